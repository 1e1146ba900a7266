package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"quarry/session/sessiontest"
)

// The walk-through is done as it is written: every line is typed, and what is
// printed is compared with the text. Addresses, PIDs, sizes and times are not,
// and a line of three dots stands for any lines.
//
// A block of "console" is the second terminal, where quarry is. A block of
// "console first" is the first: it starts a program, or shows what the one that
// runs there goes on to print, after an Enter when it is "console first enter".
func TestWalkThrough(t *testing.T) {
	sessiontest.NeedTool(t, "cc", "gcc")
	text, err := os.ReadFile("../../examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newWalk(t)
	blocks := regexp.MustCompile("(?ms)^```(\\S.*?)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	for _, block := range blocks {
		switch block[1] {
		case "console":
			w.second(block[2])
		case "console first", "console first enter":
			w.first(block[2], strings.HasSuffix(block[1], "enter"))
		default:
			t.Fatalf("what is a block of %q?", block[1])
		}
	}
	w.endSession()
	if w.compared < 20 {
		t.Errorf("only %d answers were compared", w.compared)
	}
}

// walk is who walks: two terminals.
type walk struct {
	t        *testing.T
	folder   string
	programs map[string]*sessiontest.Proc // those that were started, by name
	running  *sessiontest.Proc            // in the first terminal
	session  *window                      // quarry's prompt in the second terminal, or nil
	assigned string                       // what was assigned in the shell
	compared int
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{t: t, folder: t.TempDir(), programs: make(map[string]*sessiontest.Proc)}
	quarry, err := exec.LookPath("quarry")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"quarry": quarry, "examples": examples} {
		if err := os.Symlink(to, filepath.Join(w.folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// first does a block in the first terminal.
func (w *walk) first(block string, press bool) {
	w.t.Helper()
	lines := strings.Split(strings.TrimSuffix(block, "\n"), "\n")
	if command, ok := strings.CutPrefix(lines[0], "$ "); ok {
		build, program, both := strings.Cut(command, " && ")
		if !both {
			program = command
		} else {
			w.shell(build)
		}
		if w.running != nil {
			w.running.Kill()
		}
		name := strings.TrimPrefix(program, "./")
		w.running = sessiontest.Start(w.t, filepath.Join(w.folder, name))
		w.programs[name] = w.running
		lines = lines[1:]
	} else if press {
		w.running.Send(w.t, "")
	}
	for _, line := range lines {
		w.running.WaitLine(w.t, line)
		w.compared++
	}
}

var typedLine = regexp.MustCompile(`^(\$|\S+\[\d+\](?: \d+)?>) (.*)$`)

// second does a block in the second terminal.
func (w *walk) second(block string) {
	w.t.Helper()
	lines := strings.Split(strings.TrimSuffix(block, "\n"), "\n")
	for len(lines) > 0 {
		typed := typedLine.FindStringSubmatch(lines[0])
		if typed == nil {
			w.t.Fatalf("nothing was typed before %q", lines[0])
		}
		n := 1
		for n < len(lines) && typedLine.FindString(lines[n]) == "" {
			n++
		}
		w.check(typed[1], typed[2], lines[1:n])
		lines = lines[n:]
	}
}

// check types a line after a prompt and compares what is printed with the text.
// What is read is read again: the program may not have come so far.
func (w *walk) check(prompt, line string, text []string) {
	w.t.Helper()
	printed := w.run(prompt, line)
	for began := time.Now(); !agrees(printed, text) && strings.HasPrefix(line, "read ") && time.Since(began) < patience; {
		printed = w.run(prompt, line)
	}
	w.compared++
	if !agrees(printed, text) {
		w.t.Errorf("%s %s\nprints\n%s\nand examples/README.md says\n%s", prompt, line, printed, strings.Join(text, "\n"))
	}
}

// run types a line after a prompt and returns what is printed.
func (w *walk) run(prompt, line string) string {
	w.t.Helper()
	if prompt != "$" {
		if w.session == nil {
			w.t.Fatalf("no prompt is open for %q", line)
		}
		w.session.press(line, enter)
		answer := w.session.waitMatch(regexp.MustCompile(`(?s)^[^\n]*\n(.*?)[^\n]*\[\d+\][^\n]*> $`))
		return answer[1]
	}
	w.endSession()
	for name, program := range w.programs { // another of this name may run on the machine
		line = regexp.MustCompile(`(-p|attach) `+name+`\b`).ReplaceAllString(line, "$1 "+strconv.Itoa(program.PID))
		line = strings.ReplaceAll(line, "$(pgrep -x "+name+")", strconv.Itoa(program.PID))
	}
	if strings.HasPrefix(line, "./quarry attach ") {
		cmd := quarryCommand(w.t, strings.Fields(line)[1:]...)
		cmd.Dir = w.folder
		cmd.Env = append(cmd.Env, "TERM=dumb")
		w.session = openSized(w.t, cmd, 120, 50)
		return w.session.waitMatch(regexp.MustCompile(`(?s)^(.*?)[^\n]*> $`))[1]
	}
	if line == "go build ./cmd/quarry" {
		return "" // it is built already
	}
	if regexp.MustCompile(`^\w+=`).MatchString(line) {
		w.assigned += line + "\n"
		return ""
	}
	return w.shell(w.assigned + line)
}

// shell runs a line of the shell.
func (w *walk) shell(line string) string {
	w.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = w.folder
	cmd.Env = quarryEnviron(w.folder)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if code := waitOrFail(w.t, cmd); code != 0 && !strings.Contains(line, "quarry") {
		w.t.Fatalf("%s: exit code %d, %s", line, code, &printed)
	}
	return printed.String()
}

func waitOrFail(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return waitForCode(t, cmd)
}

func (w *walk) endSession() {
	if w.session != nil {
		w.session.press(ctrlD)
		w.session.waitEnd()
		w.session = nil
	}
}

// mask takes out of a text what differs from run to run.
func mask(line string) string {
	for _, m := range []struct{ find, put string }{
		{`\b0x[0-9a-f]{8,16}\b`, "ADDRESS"}, {`\b[0-9.]+ ([KMGT]i)?B\b`, "SIZE"}, {`in [0-9.]+ s\b`, "in TIME"},
		{`([\[(/])\d{2,}([\])/])`, "${1}PID$2"}, {`process \d+`, "process PID"}, {`─+`, "─"}, {`/\S*/(loop|hunt)\b`, "/$1"}, {`\s+`, " "},
	} {
		line = regexp.MustCompile(m.find).ReplaceAllString(line, m.put)
	}
	return strings.TrimSpace(line)
}

// agrees reports whether what was printed is what the text says.
func agrees(printed string, text []string) bool {
	var want, got strings.Builder
	for _, line := range text {
		if line == "..." {
			want.WriteString(`(?:.*\n)*?`)
			continue
		}
		fmt.Fprintf(&want, "%s\n", regexp.QuoteMeta(mask(line)))
	}
	for line := range strings.Lines(printed) {
		fmt.Fprintf(&got, "%s\n", mask(line))
	}
	return regexp.MustCompile(`^` + want.String() + `$`).MatchString(got.String())
}
