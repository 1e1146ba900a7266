package watch

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"
	"unsafe"

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

	processors []int
	rings      []*ring // one for each processor
	counts     int     // how many pieces have an event that counts
	threads    map[int]bool
	samplers   [][]int // descriptors, for each piece
	counters   [][]int
	settled    time.Time // no thread can be missing that is made after that
	// processes tells that this kernel lets the processes that a watched one makes
	// inherit, too.
	processes bool

	lost, throttled uint64
	last            lastHit
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

// Bits of struct perf_event_attr since Linux 5.13: only threads inherit, and
// nothing is watched any more after execve.
const (
	bitInheritThread = 1 << 35
	bitRemoveOnExec  = 1 << 36
)

// attr describes the event for a piece; a sampling one samples each hit.
func (p *perf) attr(at piece, sampling bool) *unix.PerfEventAttr {
	const read, write, execute = 1, 2, 4 // HW_BREAKPOINT_R and so on, linux/hw_breakpoint.h
	a := &unix.PerfEventAttr{
		Type: unix.PERF_TYPE_BREAKPOINT, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Ext1: at.addr, Ext2: uint64(at.length), // bp_addr and bp_len
		Bits: unix.PerfBitInherit | unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}
	if !p.processes {
		a.Bits |= bitInheritThread | bitRemoveOnExec
	}
	switch at.kind {
	case Write:
		a.Bp_type = write
	case Access:
		a.Bp_type = read | write
	case Execute:
		a.Bp_type, a.Ext2 = execute, executeLength
	}
	if sampling {
		a.Sample, a.Sample_type = 1, sampleType
		a.Sample_regs_user, a.Sample_stack_user = sampledRegisters, sampledStack
		a.Bits |= unix.PerfBitUseClockID | unix.PerfBitWatermark
		a.Clockid, a.Wakeup = unix.CLOCK_MONOTONIC, 8<<10
	}
	return a
}

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
	return err
}

// armAll opens the events of all threads.
func (p *perf) armAll(ctx context.Context) (err error) {
	pieces := len(p.w.pieces)
	p.threads, p.samplers, p.counters = make(map[int]bool), make([][]int, pieces), make([][]int, p.counts)
	if p.processors, err = online(); err != nil {
		return &UnsupportedError{Reason: "the processors cannot be told", Cause: err}
	}
	for _, cpu := range p.processors {
		r, err := newRing(cpu, pageSize)
		if err != nil {
			return p.meaning(err)
		}
		p.rings = append(p.rings, r)
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
	const longestClone = time.Second
	p.settled = time.Now().Add(longestClone)
	p.w.mu.Lock()
	p.w.covered = len(p.threads)
	p.w.mu.Unlock()
	return p.s.SameProgram()
}

// armNew watches the threads that are not watched yet and reports whether there
// were none.
func (p *perf) armNew() (complete bool, err error) {
	tids, complete, err := p.s.TIDs()
	if err != nil {
		return false, err
	}
	for _, tid := range tids {
		p.threads[tid] = p.threads[tid] // known
	}
	// Those of the first list began before any was watched. Those that came later
	// may have inherited, or their makers were not watched in time.
	first := !slices.ContainsFunc(tids, func(tid int) bool { return p.threads[tid] })
	for _, tid := range tids {
		if p.threads[tid] {
			continue
		}
		complete = false
		if !first && p.inherited(tid, tids) {
			p.threads[tid] = true
			continue
		}
		switch err := p.armThread(tid); {
		case err == unix.ESRCH: // it has ended
			p.threads[tid] = true
		case err != nil:
			return false, p.meaning(err)
		default:
			p.threads[tid] = true
		}
	}
	return complete, nil
}

// armThread opens the events of a thread.
func (p *perf) armThread(tid int) error {
	for i, at := range p.w.pieces {
		for n, cpu := range p.processors {
			fd, err := p.openEvent(p.attr(at, true), tid, cpu)
			if err == unix.ENODEV || err == unix.ENXIO { // the processor has been switched off
				continue
			}
			if err != nil {
				return err
			}
			p.samplers[i] = append(p.samplers[i], fd)
			if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_OUTPUT, p.rings[n].fd); err != nil {
				return err
			}
		}
		if i < p.counts {
			fd, err := p.openEvent(p.attr(at, false), tid, -1)
			if err != nil {
				return err
			}
			p.counters[i] = append(p.counters[i], fd)
		}
	}
	return nil
}

// openEvent opens an event, in the way of older kernels where it must be.
func (p *perf) openEvent(a *unix.PerfEventAttr, tid, cpu int) (int, error) {
	fd, err := unix.PerfEventOpen(a, tid, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err == unix.EINVAL && !p.processes && len(p.threads) > 0 && p.open() == 0 {
		a.Bits &^= bitInheritThread | bitRemoveOnExec
		if fd, err = unix.PerfEventOpen(a, tid, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC); err == nil {
			p.processes = true
		}
	}
	return fd, err
}

// inherited reports whether a thread is watched already, by inheritance: then as
// many of its debug registers are in use as of one that surely is.
func (p *perf) inherited(tid int, tids []int) bool {
	for _, sure := range tids {
		if sure == tid || !p.threads[sure] {
			continue
		}
		if n := p.freeRegisters(sure); n >= 0 {
			return p.freeRegisters(tid) <= n
		}
	}
	return false
}

// freeRegisters returns how many debug registers of a thread are not in use, or
// -1 if it has ended. It opens events that are off until it gets no more.
func (p *perf) freeRegisters(tid int) (n int) {
	a := p.attr(p.w.pieces[0], false)
	a.Bits |= unix.PerfBitDisabled
	for ; n < debugRegisters; n++ {
		fd, err := unix.PerfEventOpen(a, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err == unix.ESRCH {
			return -1
		}
		if err != nil {
			break
		}
		defer unix.Close(fd)
	}
	return n
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
		return &DescriptorsError{
			Threads: len(p.threads), Processors: len(p.processors), Registers: len(p.w.pieces) + p.counts, Cause: err,
		}
	case errors.Is(err, unix.EINVAL):
		return &UnsupportedError{Reason: "the kernel takes no breakpoint of that kind or at that address", Cause: err}
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

// disable stops all events, in all threads that have inherited them.
func (p *perf) disable() {
	for _, fds := range append(slices.Clone(p.samplers), p.counters...) {
		for _, fd := range fds {
			_ = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_DISABLE, 0)
		}
	}
}

// close closes all descriptors; the kernel then frees the debug registers.
func (p *perf) close() {
	for _, fds := range append(slices.Clone(p.samplers), p.counters...) {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
	for _, r := range p.rings {
		r.close()
	}
	p.samplers, p.counters, p.rings = nil, nil, nil
}
