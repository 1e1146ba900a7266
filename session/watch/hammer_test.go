package watch_test

import (
	"sync"
	"testing"

	"quarry/session/watch"
)

// A watch is looked at, waited for and stopped by many at once while it is hit.
func TestWatchHammer(t *testing.T) {
	for name, engine := range map[string]watch.Engine{"perf": watch.Perf, "trace": watch.Trace} {
		t.Run(name, func(t *testing.T) {
			p := start(t, "store", watch.Write)
			w := p.watch(engine, p.point)
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					last := uint64(0)
					for {
						point := w.Report().Points[0]
						if point.Count < last {
							t.Errorf("%d hits, %d before", point.Count, last)
							return
						}
						last = point.Count
						for _, h := range point.Hits {
							if h.Cause != nil {
								_ = h.Cause.Candidates
							}
						}
						select {
						case <-w.Changed():
						case <-w.Done():
							return
						}
					}
				})
			}
			p.touch(200)
			for range 3 {
				all.Go(func() {
					if err := w.Stop(); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := w.Report().Points[0].Count; n != 200 {
				t.Errorf("%d hits, want 200", n)
			}
		})
	}
}
