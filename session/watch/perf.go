package watch

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
)

// perf watches by performance events of the type breakpoint. For each debug
// register there is an event for each thread and processor, which samples, and
// where registers are left another for each thread, which only counts. Both are
// inherited by the threads that a watched one makes.
type perf struct {
	w     *Watch
	s     *session.Session
	clock clock

	online     int // how many processors are switched on
	listed     int // how many threads the process has
	processors []int
	rings      []*ring // one for each processor
	counts     int     // how many pieces have an event that counts
	threads    map[int]bool
	samplers   [][]opened // for each piece
	counters   [][]opened
	ids        map[uint64]opened
	twins      twins
	sure       int       // a thread that is watched, or 0
	settled    time.Time // no thread can be missing that is made after that
	// processes tells that this kernel lets the processes that a watched one makes
	// inherit, too.
	processes bool

	lost, throttled uint64
	last            lastHit
}

// opened is an event of a thread.
type opened struct {
	event
	tid, fd int
}

// lastHit is what a sample is compared with, to tell whether both are of one
// instruction that hit two pieces.
type lastHit struct {
	sample
	pieces uint64 // set of those that it hit
}

func newPerf(w *Watch) *perf { return &perf{w: w, s: w.s, clock: newClock()} }

// registerCount is the number of registers in a sample.
var registerCount = bits.OnesCount64(sampledRegisters)

func (p *perf) arm(ctx context.Context) error {
	var err error
	for p.counts = min(len(p.w.pieces), debugRegisters-len(p.w.pieces)); p.counts >= 0; p.counts-- {
		err = p.armAll(ctx)
		if err == nil {
			p.s.Record(session.Call{
				Name: "perf_event_open", Path: fmt.Sprintf("process %d", p.s.PID()),
				Note: fmt.Sprintf("%d descriptors, so that the kernel counts and samples in all of its %d threads and those to come",
					p.open(), len(p.threads)),
			})
			return nil
		}
		p.close()
		if !errors.Is(err, ErrRegisters) { // else with fewer that only count
			break
		}
	}
	if errors.Is(err, unix.EMFILE) && !errors.Is(err, ErrDescriptors) { // in the looking for threads
		err = p.descriptors(err)
	}
	return err
}

// descriptors returns the error for too few descriptors.
func (p *perf) descriptors(cause error) error {
	threads := max(p.listed, 1)
	return &DescriptorsError{
		Threads: threads, Processors: p.online, Registers: len(p.w.pieces) + p.counts,
		Need: p.online + threads*len(p.order(p.online)), Cause: cause,
	}
}

// armAll opens the events of all threads.
func (p *perf) armAll(ctx context.Context) error {
	pieces := len(p.w.pieces)
	p.threads, p.samplers, p.counters = make(map[int]bool), make([][]opened, pieces), make([][]opened, p.counts)
	p.ids, p.twins = make(map[uint64]opened), newTwins()
	p.processors, p.sure = nil, 0
	processors, err := online()
	if err != nil {
		return &UnsupportedError{Reason: "the processors cannot be told", Cause: err}
	}
	p.online = len(processors)
	tids, _, err := p.s.TIDs()
	if err != nil {
		return err
	}
	p.listed = len(tids)
	for _, cpu := range processors {
		r, err := newRing(cpu, pageSize)
		if err == unix.ENODEV || err == unix.ENXIO { // it has been switched off
			continue
		}
		if err != nil {
			return p.meaning(err)
		}
		p.rings, p.processors = append(p.rings, r), append(p.processors, cpu)
	}
	for {
		complete, err := p.armNew()
		if err != nil {
			return err
		}
		if complete {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	p.settled = time.Now().Add(longestClone)
	p.w.mu.Lock()
	p.w.covered = len(p.threads)
	p.w.mu.Unlock()
	return p.s.SameProgram()
}

// open returns how many events are open.
func (p *perf) open() (n int) {
	for _, fds := range append(slices.Clone(p.samplers), p.counters...) {
		n += len(fds)
	}
	return n
}

// meaning gives an error number of perf_event_open its meaning.
func (p *perf) meaning(err error) error {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return refused(p.s.PID(), err)
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EBUSY):
		return &RegistersError{Need: len(p.w.pieces), Have: debugRegisters, Cause: err}
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EOPNOTSUPP):
		return &UnsupportedError{Reason: "there are no hardware breakpoints, as in some virtual machines", Cause: err}
	case errors.Is(err, unix.ENOSYS):
		return &UnsupportedError{Reason: "the kernel has no performance events", Cause: err}
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return p.descriptors(err)
	case errors.Is(err, unix.EINVAL):
		return &UnsupportedError{Reason: noSuchPoint, Cause: err}
	case errors.Is(err, session.ErrGone):
		return err
	}
	return fmt.Errorf("perf_event_open on process %d: %w", p.s.PID(), err)
}

func (p *perf) run(ctx context.Context) error {
	defer p.close()
	const nap = 20 * time.Millisecond
	poll := make([]unix.PollFd, len(p.rings))
	for {
		for i, r := range p.rings {
			poll[i] = unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN}
		}
		_, err := unix.Poll(poll, int(nap/time.Millisecond))
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("poll: %w", err)
		}
		p.drain()
		select {
		case <-ctx.Done():
			p.disable()
			p.drain()
			return nil
		default:
		}
		if err := p.look(); err != nil {
			p.disable()
			p.drain()
			return err
		}
	}
}

// look sees to threads that may have been missed, and to the end of the process.
func (p *perf) look() error {
	select {
	case <-p.s.Done():
		if err := p.s.SameProgram(); err != nil {
			return err
		}
		return session.ErrGone
	default:
	}
	if err := p.s.Alive(); err != nil {
		return err
	}
	if time.Now().Before(p.settled) {
		if _, err := p.armNew(); err != nil {
			return err
		}
	}
	return nil
}

// disable stops all events, in all threads that have inherited them. Those that
// count come first: what is sampled meanwhile counts as well.
func (p *perf) disable() {
	for _, fds := range append(slices.Clone(p.counters), p.samplers...) {
		for _, o := range fds {
			_ = unix.IoctlSetInt(o.fd, unix.PERF_EVENT_IOC_DISABLE, 0)
		}
	}
}

// close closes all descriptors; the kernel then frees the debug registers.
func (p *perf) close() {
	for _, fds := range append(slices.Clone(p.samplers), p.counters...) {
		for _, o := range fds {
			unix.Close(o.fd)
		}
	}
	for _, r := range p.rings {
		r.close()
	}
	p.samplers, p.counters, p.rings = nil, nil, nil
}
