package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"quarry/session/sessiontest"
)

// startWatched starts a program whose values, at 0x10000000, change when it is
// told to.
func startWatched(t *testing.T) *sessiontest.Proc {
	t.Helper()
	target := startNamed(t, "watched", "testdata/watched.c")
	target.WaitLine(t, "ready")
	return target
}

// Each change is told in a line of its own, also that of a place that a pointer
// leads to when the pointer is moved, is lost and comes back.
func TestMonitorTellsChanges(t *testing.T) {
	t.Parallel()
	target := startWatched(t)
	quarry := sessiontest.StartCmd(t, quarryCommand(t, "-p", strconv.Itoa(target.PID), "monitor", "0x10000004,[0x10000020]", "--json", "--interval", "2ms"))
	type seen struct {
		Ref, Address, Problem string
		Value, Was            *int
	}
	next := func() (s seen) {
		t.Helper()
		line := quarry.Line(t)
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		return s
	}
	number := func(n int) *int { return &n }
	check := func(want seen) {
		t.Helper()
		got := next()
		if got.Problem != "" && want.Problem != "" {
			got.Problem = want.Problem
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
	check(seen{Ref: "0x10000004", Address: "0x10000004", Value: number(95)})
	check(seen{Ref: "[0x10000020]", Address: "0x10000040", Value: number(7)})
	target.Ask(t, "hit")
	check(seen{Ref: "0x10000004", Address: "0x10000004", Value: number(90), Was: number(95)})
	target.Ask(t, "move")
	check(seen{Ref: "[0x10000020]", Address: "0x10000080", Value: number(8), Was: number(7)})
	target.Ask(t, "lose")
	check(seen{Ref: "[0x10000020]", Was: number(8), Problem: "it leads nowhere"})
	target.Ask(t, "move")
	check(seen{Ref: "[0x10000020]", Address: "0x10000080", Value: number(8)})
}

// When the process ends, so does what watches it, with one line; what was
// recorded stays.
func TestMonitorEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	target := startWatched(t)
	file := filepath.Join(t.TempDir(), "out.csv")
	quarry := quarryCommand(t, "-p", strconv.Itoa(target.PID), "monitor", "0x10000004", "--csv", file, "--interval", "2ms", "--quiet", "--plot")
	var stdout, stderr bytes.Buffer
	quarry.Stdout, quarry.Stderr = &stdout, &stderr
	if err := quarry.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		data, _ := os.ReadFile(file) // it may not be there yet
		if bytes.Count(data, []byte("\n")) >= 4 {
			break
		}
		if time.Since(began) > patience {
			t.Fatalf("nothing is recorded: %s", stderr.String())
		}
	}
	target.Kill()
	if code := waitForCode(t, quarry); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
	if want := fmt.Sprintf("quarry: watched (%d) has ended\n", target.PID); stderr.String() != want {
		t.Errorf("stderr is %q, want %q", stderr.String(), want)
	}
	if !strings.Contains(stdout.String(), " 95 ┼─") {
		t.Errorf("the plot is missing: %s", stdout.String())
	}
}

// Too many candidates to look at are refused, with what to do instead.
func TestMonitorOfTooMany(t *testing.T) {
	t.Parallel()
	target := sessiontest.Start(t, sessiontest.BuildC(t, "../../search/testdata/memory.c", "-O2"), "8", "random")
	target.Line(t)
	got := runQuarry(t, "attach", strconv.Itoa(target.PID), "-e", "find unknown -t i32 --limit 1", "-e", "monitor --for 1ms")
	const want = "quarry: bad reference: \"all\" names more than 1048576 places\nhint: narrow them first, or name some, such as 1..20\n"
	if got.Code != 2 || !strings.HasSuffix(got.Stderr, want) {
		t.Errorf("exit code %d, %s", got.Code, got.Stderr)
	}
}

// On a terminal the values are drawn in place, within the window whatever its
// size, with a star at what has changed; Ctrl-C leads back to the prompt.
func TestMonitorOnATerminal(t *testing.T) {
	t.Parallel()
	target := startWatched(t)
	w := attachWindow(t, target.PID)
	w.press("monitor 0x10000000,0x10000004,0x10000008 --plot --interval 5ms", enter)
	w.waitMatch(regexp.MustCompile(`3 places  0 s  Ctrl-C ends\n0x10000000  anon  i32   95\n0x10000004  anon  i32   95\n`))
	target.Ask(t, "hit")
	w.waitMatch(regexp.MustCompile(`\n0x10000004  anon  i32  \*90  was 95\n`))
	w.mu.Lock()
	inPlace := regexp.MustCompile("\x1b\\[[0-9]+A\rwatched").Match(w.shown)
	w.mark = len(w.shown)
	w.mu.Unlock()
	if !inPlace {
		t.Error("nothing is drawn in place")
	}
	for _, size := range []pty.Winsize{{Rows: 10, Cols: 40}, {Rows: 2, Cols: 20}, {Rows: 60, Cols: 200}} {
		if err := pty.Setsize(w.ptmx, &size); err != nil {
			t.Fatal(err)
		}
		drawn := w.waitRaw("\x1b[H\x1b[2J", "\x1b[J")
		lines := strings.Split(strings.TrimSuffix(controls.ReplaceAllString(drawn, ""), "\n"), "\n")
		if len(lines) >= int(size.Rows) {
			t.Errorf("%d lines in a window of %d", len(lines), size.Rows)
		}
		for _, line := range lines {
			if runewidth.StringWidth(line) > int(size.Cols) {
				t.Errorf("%q is wider than a window of %d", line, size.Cols)
			}
		}
	}
	w.press(ctrlC)
	w.wait(fmt.Sprintf("watched[%d]> ", target.PID))
	w.line("read 0x10000004", "90")
	w.leave()
}

// waitRaw waits until something stands between two texts in what was shown since
// it was last asked or keys were pressed, and returns it, with all controls.
func (w *window) waitRaw(from, to string) string {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		changed, shown := w.changed, string(w.shown[w.mark:])
		if _, rest, ok := strings.Cut(shown, from); ok {
			if between, after, ok := strings.Cut(rest, to); ok {
				w.mark = len(w.shown) - len(after)
				w.mu.Unlock()
				return between
			}
		}
		w.mu.Unlock()
		select {
		case <-changed:
		case <-deadline:
			w.t.Fatalf("waited in vain for %q; shown was %q", from, shown)
		}
	}
}
