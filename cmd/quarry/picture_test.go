package main

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updatePicture = flag.Bool("picture", false, "make docs/terminal.svg anew")

const terminalPicture = "../../docs/terminal.svg"

// The picture of the README is one of a real run, and still is what quarry shows.
func TestTerminalPicture(t *testing.T) {
	target := startNamed(t, "hunt", "../../examples/hunt/hunt.c")
	target.WaitLine(t, "Your score is 100")
	w := attachSized(t, target.PID, 96, 40, []string{"NO_COLOR="})
	w.line("find 100 --in data", " of = 100")
	target.Ask(t, "")
	w.line("95", "1 match of = 95")
	w.line("set 1 9999", "0f 27 00 00")
	w.line("label 1 score", "score")
	w.line("hex score 8", "0f 27")
	w.press("freeze sc")
	w.waitSeen(`score +entry`)
	w.mu.Lock()
	w.screen.Rewrite(stable())
	var drawn bytes.Buffer
	err := w.screen.WriteSVG(&drawn, "A hunt for a value at the prompt of quarry")
	w.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	w.press(ctrlU)
	w.leave()
	if *updatePicture {
		if err := os.WriteFile(terminalPicture, drawn.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(terminalPicture)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(textOf(t, kept), textOf(t, drawn.Bytes())); diff != "" {
		t.Errorf("docs/terminal.svg is not what quarry shows (-picture +now); go test ./cmd/quarry -run TerminalPicture -picture makes it anew:\n%s", diff)
	}
}

// stable returns what makes rows alike from run to run: the process has always
// the same PID and lies at the same addresses.
func stable() func(row string) string {
	address := regexp.MustCompile(`\b(0x)?([5-7][0-9a-f]{8})([0-9a-f]{3})\b`)
	pages := make(map[string]bool)
	page := func(match string) string {
		parts := address.FindStringSubmatch(match)
		base := "55d0c04ea"
		if parts[2][0] == '7' {
			base = "7f3a6c2d9"
		}
		pages[parts[2]] = true
		return parts[1] + base + parts[3]
	}
	pid := regexp.MustCompile(`hunt(\[| \()(\d+)`)
	folder := regexp.MustCompile(`/\S+/hunt\b`)
	seconds := regexp.MustCompile(`\(([0-9.]+ [KM]?i?B) in [0-9.]+ s\)`)
	return func(row string) string {
		row = address.ReplaceAllStringFunc(row, page)
		row = pid.ReplaceAllString(row, "hunt${1}4711")
		row = folder.ReplaceAllString(row, "/home/ada/hunt")
		return seconds.ReplaceAllString(row, "($1 in 0.0003 s)")
	}
}

// textOf returns the texts of a picture, without what other machines have
// otherwise: the places in libraries, and how much memory there is.
func textOf(t *testing.T, svg []byte) []string {
	t.Helper()
	var rows []string
	elsewhere := regexp.MustCompile(`libc|ld-linux|\d+ match(es)? of|^\d+ *$|KiB| of = `)
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	inText := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatalf("the picture is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			text := strings.TrimSpace(regexp.MustCompile(`(\[4711\]) \d+>`).ReplaceAllString(string(token), "$1 N>"))
			text = regexp.MustCompile(`0x[0-9a-f]{12}|[0-9a-f]{12}`).ReplaceAllString(text, "ADDRESS")
			if inText && !elsewhere.MatchString(text) {
				rows = append(rows, text)
			}
		}
	}
}
