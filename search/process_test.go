package search_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// scopeOf returns the scope of a range.
func scopeOf(t testing.TB, start, end uint64) session.Scope {
	t.Helper()
	scope, err := session.ParseScope(fmt.Sprintf("%#x..%#x", start, end))
	if err != nil {
		t.Fatal(err)
	}
	return scope
}

// Every kind of search that docs/performance.md measures finds in a stopped
// process what a naive search finds in a copy of its memory.
func TestStoppedProcessAgainstReference(t *testing.T) {
	const size = 4 << 20
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/memory.c", "-O2"), "4", "random")
	start, err := strconv.ParseUint(p.Line(t), 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(p.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	snapshot := make([]byte, size)
	if n, err := s.Read(snapshot, start); n != size {
		t.Fatal(n, err)
	}
	word := strconv.Itoa(int(int32(binary.LittleEndian.Uint32(snapshot[size-8:]))))
	for _, row := range []struct {
		typ   value.Type
		text  string
		align int
	}{
		{value.I32, word, 0}, {value.I32, word, 1}, {value.F32, "12345.6", 0}, {value.F32, "-1..1", 0},
		{value.I32, "100000..1000000", 0}, {value.I32, "> 2147000000", 0}, {value.I32, "0", 0},
		{value.Bytes, fmt.Sprintf("% x ?? %x", snapshot[70000:70006], snapshot[70007:70010]), 0},
		{value.String, string(snapshot[65530:65546]), 0}, {value.U8, "7", 0}, {value.F64, "> 1e300", 0}, {value.I64, "unknown", 0},
	} {
		q := search.Query{Type: row.typ, Condition: parse(t, row.typ, row.text), Align: row.align, Scope: scopeOf(t, start, start+size)}
		g, err := search.Find(context.Background(), s, q, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := naive(t, start, snapshot, row.typ, row.text, row.align)
		if diff := cmp.Diff(want, hits(g)); diff != "" {
			t.Errorf("%v %q align %d: %d matches, want %d", row.typ, row.text, row.align, g.Len(), len(want))
		}
	}
}

// In a process that keeps mapping, writing and unmapping, each value reported
// was at its address: every word of this one holds its own address.
func TestRestlessProcessGivesNoPhantomMatch(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/churn.c", "-O2"))
	var start, end uint64
	if _, err := fmt.Sscanf(strings.TrimSpace(p.Line(t)), "0x%x 0x%x", &start, &end); err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	q := search.Query{Type: value.U64, Condition: parse(t, value.U64, fmt.Sprintf("%d..%d", start, end)), Scope: scopeOf(t, start, end)}
	found := 0
	for range 30 {
		g, err := search.Find(context.Background(), s, q, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"same", "not changed", "!= 0"} {
			if g, err = g.Narrow(context.Background(), s, parse(t, value.U64, text), search.Options{}); err != nil {
				t.Fatal(err)
			}
			for m, err := range g.All() {
				if err != nil {
					t.Fatal(err)
				}
				if got := binary.LittleEndian.Uint64(m.Value); got != m.Addr {
					t.Fatalf("phantom match: %#x at %#x", got, m.Addr)
				}
				found++
			}
		}
	}
	if found == 0 {
		t.Error("nothing was found; the test proves nothing")
	}
}
