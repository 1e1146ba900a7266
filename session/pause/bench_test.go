package pause_test

import (
	"fmt"
	"testing"
	"time"

	"quarry/session/pause"
)

// BenchmarkStop tells how long a process stands still at least, and what a stop
// takes in all: the time to stop it and to let it go, in microseconds.
func BenchmarkStop(b *testing.B) {
	// A thousand threads that spin leave a tracer hardly any time to stop them.
	for mode, sizes := range map[string][]int{"idle": {1, 50, 1000}, "spin": {1, 50}} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/threads=%d", mode, n), func(b *testing.B) {
				p := start(b, mode, n)
				var stopping, resuming time.Duration
				for b.Loop() {
					began := time.Now()
					paused, err := pause.Stop(b.Context(), p.s)
					if err != nil {
						b.Fatal(err)
					}
					stopped := time.Now()
					if err := paused.Resume(); err != nil {
						b.Fatal(err)
					}
					stopping += stopped.Sub(began)
					resuming += time.Since(stopped)
				}
				b.ReportMetric(float64(stopping.Microseconds())/float64(b.N), "µs-stop/op")
				b.ReportMetric(float64(resuming.Microseconds())/float64(b.N), "µs-resume/op")
			})
		}
	}
}
