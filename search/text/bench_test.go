package text_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quarry/search/text"
	"quarry/session"
	"quarry/session/sessiontest"
)

// benchMiB is the size of the memory that the benchmarks search.
const benchMiB = 512

// BenchmarkFind searches memory of several kinds beside the bare read, which no
// search can be faster than.
func BenchmarkFind(b *testing.B) {
	for _, content := range []string{"random", "zeros"} {
		b.Run(content, func(b *testing.B) {
			p := sessiontest.Start(b, sessiontest.BuildC(b, "../testdata/memory.c", "-O2"), strconv.Itoa(benchMiB), content)
			start, err := strconv.ParseUint(p.Line(b), 0, 64)
			if err != nil {
				b.Fatal(err)
			}
			s, err := session.Attach(p.PID)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { s.Close() })
			block := session.Range{Start: start, End: start + benchMiB<<20}
			b.Run("read", func(b *testing.B) {
				b.SetBytes(benchMiB << 20)
				for b.Loop() {
					bareRead(b, s, block)
				}
			})
			for name, q := range map[string]text.Query{"utf8": {}, "utf16": {UTF16: true}} {
				if q.Scope, err = session.ParseScope(block.String()); err != nil {
					b.Fatal(err)
				}
				b.Run(name, func(b *testing.B) {
					b.SetBytes(benchMiB << 20)
					for b.Loop() {
						found := 0
						err := text.Find(context.Background(), s, q, text.Options{}, func(batch []text.String) error { found += len(batch); return nil })
						if err != nil {
							b.Fatal(err)
						}
						b.ReportMetric(float64(found), "texts")
					}
				})
			}
		})
	}
}

// bareRead reads the range with as many goroutines as a search has.
func bareRead(b *testing.B, s *session.Session, r session.Range) time.Duration {
	const chunk = 256 << 10
	var next atomic.Uint64
	var group sync.WaitGroup
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			buffer := make([]byte, chunk)
			for at := r.Start + next.Add(chunk) - chunk; at < r.End; at = r.Start + next.Add(chunk) - chunk {
				if _, err := s.Read(buffer[:min(chunk, r.End-at)], at); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(began)
}
