package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"quarry/patch"
	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// groundTime is how long the test on changing ground takes: a moment, or what
// QUARRY_FAULTS_LONG says.
func groundTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("QUARRY_FAULTS_LONG")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ground is a process of testdata/ground.c and what is done to it.
type ground struct {
	t *testing.T
	*sessiontest.Proc
	session            *session.Session
	store              *candidate.Store
	arena, file, quiet session.Range

	matches int // looked at
	writes  int // to what stays: written, looked at by the process, taken back
	restive int // to what does not stay, done
	refused int // to what does not stay, refused because it had gone
}

func startGround(t *testing.T) *ground {
	t.Helper()
	g := &ground{t: t, Proc: sessiontest.Start(t, sessiontest.BuildC(t, "testdata/ground.c", "-O2", "-pthread"))}
	line := g.Line(t)
	if _, err := fmt.Sscanf(line, "%v %v %v %v %v %v", &g.arena.Start, &g.arena.End, &g.file.Start, &g.file.End, &g.quiet.Start, &g.quiet.End); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	var err error
	if g.session, err = session.Attach(g.PID); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.session.Close() })
	g.store = candidate.NewStore(1<<20, t.TempDir()) // so that the temporary file is used too
	return g
}

func condOf(t *testing.T, text string) condition.Condition {
	t.Helper()
	c, err := condition.Parse(value.U64, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stays reports whether a word is in a page that stays.
func (g *ground) stays(addr uint64) bool {
	return g.quiet.Contains(addr) || g.arena.Contains(addr) && (addr-g.arena.Start)/4096%16 == 0
}

// check looks at what a search has found: each value is the address it was found
// at, and nothing that stays is missing.
func (g *ground) check(what string, found *search.Generation) (quiet, restive []search.Match) {
	g.t.Helper()
	for m, err := range found.All() {
		if err != nil {
			g.t.Fatal(err)
		}
		if got := binary.LittleEndian.Uint64(m.Value); got != m.Addr {
			g.t.Fatalf("%s: a phantom match: %#x at %#x", what, got, m.Addr)
		}
		switch {
		case g.stays(m.Addr):
			quiet = append(quiet, m)
		case g.arena.Contains(m.Addr) && len(restive) < 32:
			restive = append(restive, m)
		}
		g.matches++
	}
	if want := int(g.quiet.Size()/8 + g.arena.Size()/8/16); len(quiet) != want {
		g.t.Fatalf("%s: %d matches in pages that stayed, want %d", what, len(quiet), want)
	}
	return quiet, restive
}

// round searches, narrows, writes and takes back.
func (g *ground) round(n int) {
	g.t.Helper()
	ctx, options := g.t.Context(), search.Options{Store: g.store}
	low := min(g.arena.Start, g.file.Start, g.quiet.Start)
	high := max(g.arena.End, g.file.End, g.quiet.End)
	scope, err := session.ParseScope(fmt.Sprintf("%#x..%#x,%#x..%#x,%#x..%#x",
		g.arena.Start, g.arena.End, g.file.Start, g.file.End, g.quiet.Start, g.quiet.End))
	if err != nil {
		g.t.Fatal(err)
	}
	found, err := search.Find(ctx, g.session, search.Query{
		Type: value.U64, Condition: condOf(g.t, fmt.Sprintf("%d..%d", low, high)), Scope: scope,
	}, options)
	if err != nil {
		g.t.Fatal(err)
	}
	quiet, restive := g.check("find", found)
	for _, text := range []string{"same", "not changed", "!= 0"} {
		if found, err = found.Narrow(ctx, g.session, condOf(g.t, text), options); err != nil {
			g.t.Fatal(err)
		}
		g.check("narrow "+text, found)
	}
	g.write(quiet, n)
	for _, m := range restive {
		g.writeRestive(m)
	}
}

// write changes some of what stays, has the process look at it, and takes it back.
func (g *ground) write(quiet []search.Match, n int) {
	g.t.Helper()
	var places []search.Match
	for i := n % 7; i < len(quiet); i += 1823 {
		places = append(places, quiet[i])
	}
	done, err := patch.Set(g.t.Context(), g.session, places, "4711")
	if err != nil {
		g.t.Fatal(err)
	}
	for _, m := range places {
		g.peek(m.Addr, 4711)
	}
	if _, err := done.Group.Undo(g.t.Context(), g.session); err != nil {
		g.t.Fatal(err)
	}
	for _, m := range places {
		g.peek(m.Addr, m.Addr)
	}
	g.writes += len(places)
}

func (g *ground) peek(addr, want uint64) {
	g.t.Helper()
	if got := g.Ask(g.t, fmt.Sprintf("peek %x", addr)); got != strconv.FormatUint(want, 16) {
		g.t.Fatalf("at %#x the process has %s, want %x", addr, got, want)
	}
}

// writeRestive writes to a word that may go or change meanwhile. It writes what
// belongs there, so that nothing is a phantom afterwards, and takes it back.
func (g *ground) writeRestive(m search.Match) {
	g.t.Helper()
	done, err := patch.Set(g.t.Context(), g.session, []search.Match{m}, fmt.Sprint(m.Addr))
	var left *patch.LeftError
	switch {
	case err == nil:
		g.restive++
	case errors.Is(err, session.ErrUnreadable), errors.Is(err, session.ErrUnwritable), errors.Is(err, patch.ErrConflict), errors.As(err, &left):
		g.refused++
		return
	default:
		g.t.Fatalf("write to %#x: %v", m.Addr, err)
	}
	if _, err := done.Group.Undo(g.t.Context(), g.session); err != nil && !errors.As(err, &left) {
		g.t.Fatalf("undo at %#x: %v", m.Addr, err)
	}
}

// usage returns how many descriptors and how many KiB of memory the test has.
func usage(t *testing.T) (descriptors, kib int) {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	kib, err = strconv.Atoi(strings.TrimSuffix(statusOf(t, os.Getpid())["VmRSS"], " kB"))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries), kib
}

// While a process maps, unmaps, moves, protects and empties pages, cuts files
// under its mappings and writes as fast as it can, no value is found where it was
// not, none is lost that stayed, and what is written is what was asked for.
func TestFaultChangingGround(t *testing.T) {
	g := startGround(t)
	period := groundTime(t)
	began := time.Now()
	var descriptors, kib, rounds int
	for ; time.Since(began) < period || rounds < 10; rounds++ {
		if rounds == 5 || descriptors == 0 && time.Since(began) > period/4 {
			descriptors, kib = usage(t)
		}
		g.round(rounds)
	}
	g.store.Collect()
	nowDescriptors, nowKiB := usage(t)
	if nowDescriptors > descriptors {
		t.Errorf("%d descriptors, %d before", nowDescriptors, descriptors)
	}
	if nowKiB > kib+64<<10 {
		t.Errorf("%d KiB of memory, %d before", nowKiB, kib)
	}
	ops, err := strconv.Atoi(g.Ask(t, "ops"))
	if err != nil || ops == 0 || g.writes == 0 || g.restive == 0 {
		t.Errorf("changes %d, %v; %d and %d writes: the test proves nothing", ops, err, g.writes, g.restive)
	}
	t.Logf("%d rounds, %d matches looked at, %d changes of memory; %d writes to what stays, %d to what does not, %d refused; %d descriptors, %d -> %d KiB",
		rounds, g.matches, ops, g.writes, g.restive, g.refused, nowDescriptors, kib, nowKiB)
	sessiontest.Faults(t, rounds, "search, narrowing, write and undo on changing ground")
	sessiontest.Verified(t, 16*g.writes)
}
