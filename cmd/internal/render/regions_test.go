package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"quarry/session"
)

var update = flag.Bool("update", false, "write the golden files anew")

// UnmarshalText reads what MarshalText wrote.
func (a *Address) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 64)
	*a = Address(n)
	return err
}

// gameMap is the map of a small program with a thread and a page that is
// writable and executable.
func gameMap(t testing.TB) Regions {
	t.Helper()
	data, err := os.ReadFile("testdata/game.json")
	if err != nil {
		t.Fatal(err)
	}
	var l Regions
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	l.Totals = totals(l.Regions)
	return l
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; look at it and run go test ./cmd/internal/render -update\n%s", name, diff)
	}
}

func drawn(t *testing.T, r Result, colored bool) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := (&Output{Out: &out, Color: colored}).Result(r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestMapLooksLikeThat(t *testing.T) {
	golden(t, "game.maps", drawn(t, gameMap(t), false))
}

// Colours must not move the columns.
func TestColorsKeepTheColumns(t *testing.T) {
	plain, colored := drawn(t, gameMap(t), false), drawn(t, gameMap(t), true)
	if !bytes.Contains(colored, []byte("\x1b[31mwx")) {
		t.Errorf("wx is not marked")
	}
	if diff := cmp.Diff(string(plain), uncolored(string(colored))); diff != "" {
		t.Error(diff)
	}
}

// uncolored takes the escape sequences out of a text.
func uncolored(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		_, text, _ = strings.Cut(after, "m")
	}
}

func TestPicture(t *testing.T) {
	for _, test := range []struct {
		width, height int
		ascii         bool
	}{{40, 10, false}, {80, 24, false}, {80, 24, true}, {200, 60, false}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			p := Picture{Regions: gameMap(t), Title: "game (4711)", Program: "game", Width: test.width, Height: test.height, ASCII: test.ascii}
			got := drawn(t, p, false)
			name := fmt.Sprintf("game-%dx%d.txt", test.width, test.height)
			if test.ascii {
				name = "game-ascii.txt"
			}
			golden(t, name, got)
			rows := strings.Split(strings.TrimSuffix(string(got), "\n"), "\n")
			if len(rows) >= test.height {
				t.Errorf("%d rows for a window of %d", len(rows), test.height)
			}
			for _, row := range rows {
				if w := runewidth.StringWidth(row); w > test.width {
					t.Errorf("%d columns: %q", w, row)
				}
				if test.ascii && strings.ContainsFunc(row, func(r rune) bool { return r > 126 }) {
					t.Errorf("not ASCII: %q", row)
				}
			}
			if diff := cmp.Diff(string(got), uncolored(string(drawn(t, p, true)))); diff != "" {
				t.Errorf("with colours: %s", diff)
			}
		})
	}
}

// Whatever the size of the window, nothing fails.
func TestPictureInAnyWindow(t *testing.T) {
	all := gameMap(t)
	for width := range 30 {
		for height := range 12 {
			drawn(t, Picture{Regions: all, Title: "game", Program: "game", Width: width * 5, Height: height * 6}, false)
		}
	}
	drawn(t, Picture{Width: 80, Height: 24}, false)
}

func TestSVG(t *testing.T) {
	all := gameMap(t)
	var out bytes.Buffer
	p := Picture{Regions: all, Title: "game (4711)", Program: "game"}
	if err := p.SVG(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "../../../../docs/picture.svg", out.Bytes()) // examples/README.md shows it
	all.Regions[0].Path, all.Regions[0].Module, all.Regions[0].Kind = "/a<b>&\x01\"", "a<b>&\x01\"", "file"
	out.Reset()
	if err := (Picture{Regions: all, Title: "<&>"}).SVG(&out); err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(&out); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// All memory is in the picture, in however many pieces.
func TestLayersHoldEverything(t *testing.T) {
	regions := gameMap(t).Regions
	var want uint64
	for _, r := range regions {
		if r.Path != "[vsyscall]" {
			want += r.Size
		}
	}
	all := layers(regions, "game")
	for n := len(all); n > 0; n-- {
		var sum uint64
		list := fewer(all, n)
		for i, l := range list {
			sum += l.size
			if i > 0 && l.start < list[i-1].end {
				t.Errorf("%d layers: %v before %v", n, list[i-1], l)
			}
		}
		if sum != want || len(list) != n {
			t.Errorf("%d layers of %d: %d bytes, want %d", len(list), n, sum, want)
		}
	}
}

func TestRegionChanges(t *testing.T) {
	at := func(start, end uint64, perms session.Perms, path string) session.Region {
		return session.Region{Range: session.Range{Start: start, End: end}, Perms: perms, Path: path, Kind: session.KindAnon}
	}
	const rw = session.PermRead | session.PermWrite
	before := []session.Region{at(0x1000, 0x3000, rw, "[anon:a]"), at(0x5000, 0x6000, rw, ""), at(0x8000, 0xa000, rw, "")}
	after := []session.Region{at(0x1000, 0x4000, rw, "[anon:a]"), at(0x8000, 0x9000, rw|session.PermExec, ""), at(0x9000, 0xa000, rw, ""), at(0xc000, 0xd000, rw, "")}
	var list RegionChanges
	for _, c := range session.CompareRegions(before, after) {
		list.Changes = append(list.Changes, NewRegionChange(c))
	}
	want := `grew         0x3000-0x4000  rw-p  4.0 KiB  anon  [anon:a]  of 12 KiB
vanished     0x5000-0x6000  rw-p  4.0 KiB  anon  
permissions  0x8000-0x9000  rw-p to rwxp  4.0 KiB  anon  wx
appeared     0xc000-0xd000  rw-p  4.0 KiB  anon  
`
	if diff := cmp.Diff(want, string(drawn(t, list, false))); diff != "" {
		t.Error(diff)
	}
}
