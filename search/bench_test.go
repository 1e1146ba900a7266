package search_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// benchSize is the memory of the process that benchmarks search, in MiB.
const benchSize = 1024

// workers is the number of goroutines of both sides of a comparison.
var workers = runtime.GOMAXPROCS(0)

// searched starts a process that holds memory and attaches to it. It returns
// the block to search.
func searched(t testing.TB, mib int, content string) (*session.Session, session.Region) {
	t.Helper()
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/memory.c", "-O2"), strconv.Itoa(mib), content)
	start, err := strconv.ParseUint(p.Line(t), 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, session.Region{Range: session.Range{Start: start, End: start + uint64(mib)<<20}}
}

// bareRead reads the range with as many goroutines as a search has, and does
// nothing with it: what no search can be faster than.
func bareRead(t testing.TB, s *session.Session, r session.Range) time.Duration {
	t.Helper()
	const chunk = 256 << 10
	var next atomic.Uint64
	var group sync.WaitGroup
	began := time.Now()
	for range workers {
		group.Go(func() {
			buffer := make([]byte, chunk)
			for {
				at := r.Start + next.Add(chunk) - chunk
				if at >= r.End {
					return
				}
				if _, err := s.Read(buffer[:min(chunk, r.End-at)], at); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

// BenchmarkFind compares searches with the bare read of the same bytes by as
// many threads, in turn, so that the noise of the machine meets both.
func BenchmarkFind(b *testing.B) {
	s, region := searched(b, benchSize, "random")
	scope, err := session.ParseScope(region.Range.String())
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		typ  value.Type
		cond string
	}{
		{"i32", value.I32, "123456789"},
		{"string", value.String, "no such text"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			q := search.Query{Type: bench.typ, Condition: parse(b, bench.typ, bench.cond), Scope: scope}
			b.SetBytes(int64(region.Size()))
			var reading, searching time.Duration
			for b.Loop() {
				reading += bareRead(b, s, region.Range)
				g, err := search.Find(context.Background(), s, q, search.Options{Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				searching += g.Elapsed
			}
			gib := float64(b.N) * float64(region.Size()) / (1 << 30)
			b.ReportMetric(gib/reading.Seconds(), "bare-GiB/s")
			b.ReportMetric(gib/searching.Seconds(), "find-GiB/s")
			b.ReportMetric(100*reading.Seconds()/searching.Seconds(), "%of-bare")
		})
	}
}

// BenchmarkNarrow narrows scattered candidates.
func BenchmarkNarrow(b *testing.B) {
	s, region := searched(b, benchSize, "random")
	scope, err := session.ParseScope(region.Range.String())
	if err != nil {
		b.Fatal(err)
	}
	q := search.Query{Type: value.I32, Condition: parse(b, value.I32, "0..160000"), Scope: scope}
	g, err := search.Find(context.Background(), s, q, search.Options{})
	if err != nil {
		b.Fatal(err)
	}
	same := parse(b, value.I32, "same")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Narrow(context.Background(), s, same, search.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(g.Len()), "candidates")
}
