package search

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"quarry/session/bug"
)

// share calls work for each of n pieces of work, from as many goroutines as
// there are workers. The first error, or the end of ctx, stops it after the
// pieces under way; that error is returned. A panic is one too, a *bug.Error.
func share(ctx context.Context, workers, n int, work func(worker, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for worker := range workers {
		group.Go(bug.Guard(func() error {
			for {
				if err := ctx.Err(); err != nil {
					return err
				}
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := work(worker, i); err != nil {
					return err
				}
			}
		}))
	}
	return group.Wait()
}

// reportEvery is how often progress is told.
const reportEvery = 100 * time.Millisecond

// meter adds up progress and reports it now and then.
type meter struct {
	report func(Progress)
	mu     sync.Mutex
	state  Progress
	last   time.Time
}

func newMeter(report func(Progress), total uint64) *meter {
	return &meter{report: report, state: Progress{Total: total}, last: time.Now()}
}

func (m *meter) add(done, matches uint64) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Done += done
	m.state.Matches += matches
	if now := time.Now(); now.Sub(m.last) >= reportEvery {
		m.last = now
		m.report(m.state)
	}
}
