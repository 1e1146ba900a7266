package search_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/pause"
	"quarry/session/sessiontest"
)

// A fault of our own in the middle of a search ends the program at once, whatever
// goroutine it is in. A process that stands still for it runs again, and the
// temporary file is gone.
func TestFaultPanicInAWorker(t *testing.T) {
	if pid := os.Getenv("QUARRY_PANIC_CHILD"); pid != "" {
		panicInAWorker(t, pid)
		return
	}
	sessiontest.Fault(t, "a panic in a worker, with a process paused and a temporary file open")
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/memory.c", "-O2"), "4", "zeros")
	p.Line(t)
	folder := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestFaultPanicInAWorker$", "-test.count=1")
	child.Env = append(os.Environ(), "TMPDIR="+folder, "QUARRY_PANIC_CHILD="+strconv.Itoa(p.PID))
	output, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "the memory is cursed") || !strings.Contains(string(output), "paused, with a file") {
		t.Fatalf("%v\n%s", err, output)
	}
	if line := p.Ask(t, ""); line != "ok" {
		t.Errorf("the process answers %q", line)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// panicInAWorker is what the child does.
func panicInAWorker(t *testing.T, pid string) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(n)
	if err != nil {
		t.Fatal(err)
	}
	paused, err := pause.Stop(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	store := candidate.NewStore(64<<10, "")
	f := sessiontest.NewFake(segment(0x10000, make([]byte, 64<<20)))
	q := search.Query{Type: value.U64, Condition: parse(t, value.U64, "unknown")}
	kept, err := search.Find(context.Background(), s, q, search.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	if _, file := store.InUse(); file == 0 {
		t.Fatal("there is no temporary file")
	}
	os.Stderr.WriteString("paused, with a file\n")
	f.OnRead = func(uint64, int) { panic("the memory is cursed") }
	_, err = search.Find(context.Background(), f, q, search.Options{Store: store})
	t.Fatal("it went on", err, kept.Len(), paused)
}
