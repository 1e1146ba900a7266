package search_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"quarry/search"
	"quarry/search/condition"
	"quarry/search/group"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// The last addresses there are can be searched.
func TestLastAddresses(t *testing.T) {
	const size = 300 << 10
	start := uint64(math.MaxUint64) - size + 1
	data := make([]byte, size-1) // the end of the last byte is no address
	data[size-8] = 7             // the last u32 that is there whole
	target := sessiontest.NewFake(segment(start, data))
	g := find(t, target, value.U32, "7", 0)
	if got := fmt.Sprint(hits(g)); got != fmt.Sprintf("[{%d 7}]", start+size-8) {
		t.Fatal(got)
	}
	if g = narrow(t, g, target, "same"); g.Len() != 1 {
		t.Errorf("%d are the same", g.Len())
	}
	if g := find(t, target, value.U8, "0", 0); g.Len() != size-2 {
		t.Errorf("%d zeros", g.Len())
	} else if g = narrow(t, g, target, "same"); g.Len() != size-2 {
		t.Errorf("%d are the same", g.Len())
	}
	if g := find(t, target, value.String, "\x00\x00\x00\x00\x00", 4096); g.Len() != 75 {
		t.Errorf("%d zeros at page borders", g.Len())
	}
}

// A group that takes long to look for is given up at once.
func TestGroupSearchStopsAtOnce(t *testing.T) {
	data := make([]byte, 8<<20)
	for i := range data {
		data[i] = byte(i*7919>>3) | 6
	}
	target := sessiontest.NewFake(segment(0x100000, data))
	for _, text := range []string{
		"u8=? u8=? u8=? u8>1 u8>2 u8>3 u8>4 u8=5",
		"u8=1 u8=3 u8=5 u8>1 u8=2 u8>3 u8>4 u8=0",
		"u8=? u8=? u8=? u8>1 u8>2 u8>3 u8>4 u8>5",
	} {
		query, err := group.Parse(text, 4096, true)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		began := time.Now()
		_, err = search.Find(ctx, target, search.Query{Group: &query}, search.Options{})
		// Far more than it takes: other programs may be running.
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: it took %v to stop", text, took)
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		cancel()
	}
}

// Wide candidates are narrowed in bounded memory.
func TestNarrowingOfWideGroupsIsBounded(t *testing.T) {
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i % 251)
	}
	target := sessiontest.NewFake(segment(0x100000, data))
	query, err := group.Parse("u8=? u8>=0", 4096, false)
	if err != nil {
		t.Fatal(err)
	}
	g, err := search.Find(context.Background(), target, search.Query{Group: &query}, search.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if g.Len() != uint64(len(data))-4095 {
		t.Fatalf("%d matches", g.Len())
	}
	target.Hole(session.Range{Start: 0x100000 + 512<<10, End: 0x100000 + 516<<10})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	next := narrow(t, g, target, "same")
	runtime.ReadMemStats(&after)
	if want := g.Len() - 4096 - 4095; next.Len() != want || next.Lost != 4096+4095 {
		t.Errorf("%d are the same, and %d are lost; want %d", next.Len(), next.Lost, want)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("narrowing 1 MiB took %d MiB", took>>20)
	}
	if held := next.Memory(); held > 8<<20 {
		t.Errorf("what is left takes %d bytes", held)
	}
}

// Bytes that cannot be read are not counted as searched.
func TestScannedIsWhatWasRead(t *testing.T) {
	target := sessiontest.NewFake(segment(0x100000, make([]byte, 1<<20)))
	target.Hole(session.Range{Start: 0x120000, End: 0x122000}, session.Range{Start: 0x13f000, End: 0x141000})
	g := find(t, target, value.I32, "1", 0)
	if g.Scanned != 1<<20-0x4000 || g.Unreadable != 0x4000 {
		t.Errorf("%d bytes were searched and %d unreadable", g.Scanned, g.Unreadable)
	}
}

// Numbers in a stored form are those of that form, whatever the comparison.
func TestStoredComparisonsLeaveOutWhatIsNoImage(t *testing.T) {
	target := sessiontest.NewFake(segment(0x10000, make([]byte, 4096)))
	form, err := value.ParseForm("2v+1")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"< 0", "<= 0", "!= 5", "0..0", "not 0..0"} {
		q := search.Query{Type: value.U32, Condition: parse(t, value.U32, text), Form: form}
		g, err := search.Find(context.Background(), target, q, search.Options{})
		if err != nil || g.Len() != 0 {
			t.Errorf("%s: %d zeros are odd, %v", text, g.Len(), err)
		}
	}
}

// A generation says what was asked, also of a group.
func TestAsked(t *testing.T) {
	target := sessiontest.NewFake(segment(0x10000, []byte{1, 2, 3, 4}))
	query, err := group.Parse("u8=1 u8=2", 0, false)
	if err != nil {
		t.Fatal(err)
	}
	g, err := search.Find(context.Background(), target, search.Query{Group: &query}, search.Options{})
	if err != nil || g.Asked() != "group u8=1 u8=2" {
		t.Fatalf("%q, %v", g.Asked(), err)
	}
	if next := narrow(t, g, target, "same"); next.Asked() != "same" {
		t.Errorf("%q", next.Asked())
	}
}

// Neither a search nor narrowings give the process memory for shared memory
// that it has not used, and what it has used is found.
func TestHolesOfSharedMemoryStayHoles(t *testing.T) {
	const size = 64 << 20
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/shared.c", "-O2"), "64")
	starts := strings.Fields(p.Line(t))
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rss, tables := statusKiB(p.PID, "VmRSS"), statusKiB(p.PID, "VmPTE")
	var all errgroup.Group
	for i, text := range starts {
		all.Go(func() error {
			start, err := strconv.ParseUint(text, 0, 64)
			if err != nil {
				return err
			}
			c := func(text string) condition.Condition { return parse(t, value.I32, text) }
			q := search.Query{Type: value.I32, Condition: c("777123"), Scope: scopeOf(t, start, start+size)}
			g, err := search.Find(context.Background(), s, q, search.Options{})
			for _, next := range []string{"same", "777123", "not changed"} {
				if err != nil || g.Len() != 3000 {
					return fmt.Errorf("mapping %d: %d matches, %w", i, g.Len(), err)
				}
				g, err = g.Narrow(context.Background(), s, c(next), search.Options{})
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	if now := statusKiB(p.PID, "VmRSS"); now > rss+1024 {
		t.Errorf("VmRSS grew from %d to %d KiB", rss, now)
	}
	if now := statusKiB(p.PID, "VmPTE"); now > tables+64 {
		t.Errorf("VmPTE grew from %d to %d KiB", tables, now)
	}
}
