package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"quarry/session"
	"quarry/session/bug"
)

// Engine is the way in which a process is watched.
type Engine uint8

// The engines.
const (
	// Perf has the kernel count and sample, by perf_event_open(2). The process is
	// neither traced nor stopped.
	Perf Engine = iota
	// Trace traces the process, by ptrace(2), and stops the thread at each hit.
	Trace
)

// String returns the engine in one lower-case word.
func (e Engine) String() string {
	if e == Trace {
		return "trace"
	}
	return "perf"
}

// driver is what an engine has to do.
type driver interface {
	// arm begins to watch all threads, or leaves nothing behind.
	arm(ctx context.Context) error
	// run hands what happens to the watch until ctx is done, with no error, or the
	// process is gone. When it returns nothing is watched any more.
	run(ctx context.Context) error
}

// Watch is a process that is being watched. Its methods may be called from
// several goroutines at once.
type Watch struct {
	s      *session.Session
	engine Engine
	points []Point
	pieces []piece
	began  time.Time

	cancel  context.CancelFunc
	changed chan struct{}
	done    chan struct{}
	err     error // once done is closed

	explainer *explainer

	mu      sync.Mutex
	tallies []*tally // one for each point
	names   map[int]string
	covered int
	ended   time.Time
}

// Start begins to watch points, up to four at once, as the debug registers of the
// processor allow; a point takes several of them if it is longer than 8 bytes or
// crosses a multiple of its length. It returns when all threads are watched. The
// watch ends when ctx is done, when [Watch.Stop] is called, or with the process.
//
// The errors are [*PointError], [*RegistersError], [*UnsupportedError],
// [*PermissionError], [*DescriptorsError], of [Trace] also [*TracedError] and
// [*session.PermissionError]; and [session.ErrGone], and that of ctx.
func Start(ctx context.Context, s *session.Session, engine Engine, points ...Point) (*Watch, error) {
	pieces, err := split(points, s.Layout().WordSize)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &Watch{
		s: s, engine: engine, points: slices.Clone(points), pieces: pieces, began: time.Now(), cancel: cancel,
		changed: make(chan struct{}, 1), done: make(chan struct{}), names: make(map[int]string),
		explainer: newExplainer(s), // hits may come before arm returns
	}
	for range points {
		w.tallies = append(w.tallies, newTally())
	}
	var d driver = newPerf(w)
	if engine == Trace {
		d = newTracer(w)
	}
	if err := d.arm(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("watch: %w", err)
	}
	go w.explainer.work(w)
	go func() {
		defer close(w.done)
		defer cancel()
		w.err = bug.Guard(func() error { return d.run(ctx) })()
		w.mu.Lock()
		w.ended = time.Now()
		w.mu.Unlock()
		if err := w.explainer.finish(); w.err == nil {
			w.err = err
		}
		w.notify()
	}()
	return w, nil
}

// Stop ends the watch and returns when nothing of it is left in the process. It
// may be called more than once. The error is that of [Watch.Wait].
func (w *Watch) Stop() error {
	w.cancel()
	return w.Wait()
}

// Wait waits until the watch has ended. The error is nil if that was asked for,
// by the context or by Stop, and [session.ErrGone] when the process has ended or
// runs another program.
func (w *Watch) Wait() error {
	<-w.done
	return w.err
}

// Done returns a channel that is closed when the watch has ended.
func (w *Watch) Done() <-chan struct{} { return w.done }

// Changed returns a channel that tells that [Watch.Report] has something new. One
// message may stand for many changes.
func (w *Watch) Changed() <-chan struct{} { return w.changed }

func (w *Watch) notify() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// sample is a hit as an engine saw it.
type sample struct {
	pid, tid int
	ip       uint64 // as the processor reports it
	when     time.Time
	regs     Registers
	stack    uint64 // the word at the stack pointer
	hasStack bool
}

// hit adds a hit of a point. Only the engine's goroutine calls it.
func (w *Watch) hit(point int, sm sample) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tallies[point]
	h := t.hits[sm.ip]
	if h == nil {
		h = &Hit{IP: sm.ip, threads: make(map[int]uint64)}
		t.hits[sm.ip] = h
		code := w.explainer.ask(question{point: w.points[point], sample: sm, hit: h})
		if w.points[point].Kind == Execute && w.explainer.known {
			h.touched.begin(&scene{layout: w.s.Layout(), decoder: w.explainer.decoder, point: w.points[point], sample: sm, code: code})
		}
	}
	h.touched.add(sm)
	if w.names[sm.tid] == "" {
		w.names[sm.tid] = w.s.ThreadName(sm.tid)
	}
	h.Count++
	h.threads[sm.tid]++
	h.Registers, h.Last, h.LastThread = sm.regs, sm.when, sm.tid
	t.sampled++
}
