package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"quarry/cmd/internal/render"
	"quarry/session/sessiontest"
)

var fullLoad = flag.Bool("load", false, "TestLoad at full size: 12 GiB, 60,000 regions, 2,000 threads, 100 M matches, 10,000 entries")

// load is how much there is of everything.
type load struct {
	mib, regions, threads, matches, entries int
	written                                 int // at once, of the matches
	ceiling                                 int // of search results, MiB
}

var (
	smallForm = load{mib: 64, regions: 6000, threads: 300, matches: 5_000_000, entries: 1000, written: 5000, ceiling: 16}
	fullForm  = load{mib: 12 << 10, regions: 60_000, threads: 2000, matches: 100_000_000, entries: 10_000, written: 100_000, ceiling: 256}
)

// margin is what quarry takes beside search results, in MiB: itself, the memory
// map, and what it knows of the entries.
const margin = 160

// loaded is a process under load, and quarry at work on it.
type loaded struct {
	load
	t              *testing.T
	target, quarry *sessiontest.Proc
	words, entries uint64
	end            uint64
}

func startLoad(t *testing.T, l load) *loaded {
	t.Helper()
	target := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/load.c", "-O2", "-pthread"),
		strconv.Itoa(l.mib), strconv.Itoa(l.regions), strconv.Itoa(l.threads), strconv.Itoa(l.matches))
	x := &loaded{load: l, t: t, target: target}
	line := target.Line(t)
	for line == "so far" {
		line = target.Line(t)
	}
	if _, err := fmt.Sscanf(line, "%v %v %v", &x.words, &x.entries, &x.end); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	x.quarry = sessiontest.StartCmd(t, quarryCommand(t, "attach", strconv.Itoa(target.PID), "--memory", fmt.Sprintf("%dMiB", l.ceiling)))
	return x
}

// step has quarry run a line, checks that it answers with a text, and logs how long
// that took, and the most memory quarry had so far.
func (x *loaded) step(line, answer string) {
	x.t.Helper()
	began := time.Now()
	x.quarry.Send(x.t, line)
	x.quarry.Send(x.t, "version") // tells that the answer is at its end
	answered, first := false, ""
	x.quarry.WaitLineFunc(x.t, func(line string) bool {
		answered = answered || strings.Contains(line, answer)
		first = cmp.Or(first, line)
		return strings.HasPrefix(line, "quarry ")
	})
	x.t.Logf("%8.3f s  %4d MiB  %s", time.Since(began).Seconds(), x.most(), line)
	if !answered {
		x.t.Errorf("%s: no answer with %q, but %q", line, answer, first)
	}
}

// table writes a table with all entries, and returns its name.
func (x *loaded) table() string {
	x.t.Helper()
	var text strings.Builder
	text.WriteString("quarry = 1\n")
	for i := range x.load.entries {
		fmt.Fprintf(&text, "[[edit]]\nname = 'e%d'\nat = '%#x'\ntype = 'i32'\nexpect = %d\nset = %d\n", i, x.entries+uint64(4*i), i, i+1)
	}
	path := filepath.Join(x.t.TempDir(), "table.toml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		x.t.Fatal(err)
	}
	return path
}

// sum checks what the process has in its entries.
func (x *loaded) sum(want int) {
	x.t.Helper()
	if got := x.target.Ask(x.t, "sum"); got != strconv.Itoa(want) {
		x.t.Errorf("the entries add up to %s, want %d", got, want)
	}
}

// Quarry works on a process that has much of everything, within its ceiling of
// memory.
func TestLoad(t *testing.T) {
	l := smallForm
	if *fullLoad {
		l = fullForm
	} else {
		t.Parallel()
	}
	x := startLoad(t, l)
	thousands := func(n int) string { return render.Thousands(uint64(n)) }
	x.step("maps", "rw-")
	x.step("info", "threads")
	x.step("find 47110815 -t i32 --in anon", thousands(l.matches)+" matches")
	x.step("narrow same", thousands(l.matches)+" matches")
	every := l.matches / l.written
	if got := x.target.Ask(t, strconv.Itoa(every)); got != fmt.Sprintf("changed %d", l.written) {
		t.Fatal(got)
	}
	x.step("narrow up", thousands(l.written)+" matches")
	x.step("set all 7 --pause", fmt.Sprintf("set %d places to 7", l.written))
	x.step("undo", "undo")
	first := fmt.Sprintf("%#x..%#x", x.words, min(x.words+512<<20, x.end))
	x.step("find unknown -t i32 --in "+first, "matches")
	x.step("narrow same", "matches")
	x.step("find 0x5a5a5a5a -t i32 --in "+fmt.Sprintf("%#x..%#x", x.words, x.end), "matches")

	whole := 10_000 * 9_999 / 2
	x.sum(whole)
	x.step("load "+x.table(), fmt.Sprintf("e%d ", l.entries-1))
	x.step("entries", fmt.Sprintf("e%d ", l.entries-1))
	x.step("patch apply "+x.table(), "")
	x.sum(whole + l.entries)
	x.step("patch revert "+x.table(), "")
	x.sum(whole)
	sessiontest.Verified(t, 2*4*l.entries)

	if mib := x.most(); mib > l.ceiling+margin && !raceEnabled {
		t.Errorf("at most %d MiB of memory, want %d for results and %d", mib, l.ceiling, margin)
	}
}

// most returns the most memory that quarry had so far, in MiB.
func (x *loaded) most() int {
	x.t.Helper()
	kib, err := strconv.Atoi(strings.TrimSuffix(statusOf(x.t, x.quarry.PID)["VmHWM"], " kB"))
	if err != nil {
		x.t.Fatal(err)
	}
	return kib >> 10
}
