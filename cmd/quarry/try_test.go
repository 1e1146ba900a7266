package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"quarry/session/sessiontest"
)

// Each value is written, asked about, and put back unless it was the right one,
// which becomes an entry; one undo takes both back.
func TestTryAsks(t *testing.T) {
	t.Parallel()
	target := startWatched(t)
	check := func(want string) {
		t.Helper()
		if got := target.Ask(t, "show"); got != want {
			t.Fatalf("the program tells %q, want %q", got, want)
		}
	}
	w := attachWindow(t, target.PID)
	w.line("find 95 --in 0x10000000..0x10001000", "3 matches of = 95")
	w.press("try 9999 --as lives", enter)
	w.waitMatch(regexp.MustCompile(`1 of 3  0x10000000  anon  95 -> 9999\nwas that it\? \[y/n/q\] $`))
	check("9999 95 95")
	w.press("what?", enter)
	w.wait("q: put it back, stop [y/n/q] ")
	check("9999 95 95")
	w.press("n", enter)
	w.wait("2 of 3  0x10000004")
	check("95 9999 95")
	w.line("Yes", "lives  0x10000004  anon  95 -> 9999\n1 place taken back\n1 place not tried")
	check("95 9999 95")
	w.line("entries", "lives  0x10000004  i32   9999")
	w.line("undo", "undo: try 9999: lives is 0x10000004")
	check("95 95 95")
	w.line("entries", "the table has no entries")
	w.line("redo", "redo: try 9999: lives is 0x10000004")
	check("95 9999 95")
	w.line("undo", "undo: try 9999")

	// What the program has changed meanwhile is left alone; none was it.
	w.press("try 50", enter)
	w.wait("1 of 3")
	w.press("n", enter)
	w.wait("2 of 3")
	check("95 50 95")
	target.Ask(t, "hit")
	w.press("n", enter)
	w.wait("3 of 3")
	w.line("n", "none was it\n2 places taken back\n0x10000004 left alone: the program has changed it since; it was 95")
	check("95 45 95")
	w.line("history", "find = 95: 3")

	// A mistake writes nothing.
	w.line("try 99999999999", "99999999999 does not fit i32")
	w.line("try 5 0x10000000 --as all", "bad name")
	w.line("try 5 nosuch", "bad reference")
	w.line("label 0x10000000 gold", "gold")
	w.line("try 5 --as gold", `an entry is called "gold" already`)
	check("95 45 95")

	// An entry stays the entry that it is; names are free ones.
	w.press("try 77 gold", enter)
	w.wait("1 of 1")
	w.line("y", "gold  0x10000000  anon  95 -> 77")
	w.line("undo", "undo: try 77: gold is 0x10000000")
	w.press("try 78 0x10000008", enter)
	w.wait("1 of 1")
	w.line("y", "found1  0x10000008  anon  95 -> 78")
	w.leave()
}

// Whatever ends the asking, what was written last is taken back.
func TestTryBrokenOff(t *testing.T) {
	for _, test := range []struct {
		name  string
		end   func(w *window, target *sessiontest.Proc)
		code  int
		shown string
	}{
		{"q", func(w *window, _ *sessiontest.Proc) { w.press("q", enter) }, 3, "\nstopped at 2 of 3: 0x10000004 holds 95 again\n2 places taken back\n1 place not tried\n"},
		{"Ctrl-D", func(w *window, _ *sessiontest.Proc) { w.press(ctrlD) }, 3, "\nstopped at 2 of 3: 0x10000004 holds 95 again\n"},
		{"Ctrl-C", func(w *window, _ *sessiontest.Proc) { w.press(ctrlC) }, 1, "\nstopped at 2 of 3: 0x10000004 holds 95 again\n2 places taken back\n1 place not tried\ninterrupted\n"},
		{"SIGTERM", func(w *window, _ *sessiontest.Proc) { _ = w.quarry.Process.Signal(syscall.SIGTERM) }, 1, "interrupted"},
		{"the process ends", func(_ *window, target *sessiontest.Proc) { target.Kill() }, 5, " has ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			target := startWatched(t)
			w := openWindow(t, quarryCommand(t, "-p", strconv.Itoa(target.PID), "try", "9999", "0x10000000,0x10000004,0x10000008"))
			w.wait("1 of 3")
			w.press("n", enter)
			w.wait("2 of 3")
			test.end(w, target)
			code := w.waitEnd()
			w.wait(test.shown)
			if answer := w.answer(); code != test.code || !strings.Contains(answer, "1 place not tried") {
				t.Errorf("exit code %d, want %d: %q", code, test.code, answer)
			}
			if test.code == 5 {
				return
			}
			if got := target.Ask(t, "show"); got != "95 95 95" {
				t.Errorf("the program tells %q", got)
			}
		})
	}
}

// What cannot be written to is passed over, unless that is all there is.
func TestTryWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	target := startWatched(t)
	w := attachWindow(t, target.PID)
	w.press("try 9999 0x10,0x10000000", enter)
	w.wait("2 of 2  0x10000000")
	w.line("y", "found1  0x10000000")
	if answer := w.answer(); !strings.Contains(answer, "0x10 not tried: ") {
		t.Errorf("nothing is told of 0x10: %q", answer)
	}
	w.line("try 9999 0x10", "quarry: 0x10 is not ")
	w.line("try 9999 0x10000000", fmt.Sprintf("quarry: %#x holds that value already", 0x10000000))
	w.leave()
}
