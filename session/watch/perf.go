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

// longestClone is how long a thread may take to be made: one that was begun before
// its maker was watched is listed afterwards.
const longestClone = time.Second

// armNew watches the threads that are not watched yet and reports whether there
// were none.
func (p *perf) armNew() (complete bool, err error) {
	tids, complete, err := p.s.TIDs()
	if err != nil {
		return false, err
	}
	p.listed = max(p.listed, len(tids))
	first := p.open() == 0 // these began before any event was opened
	for _, tid := range tids {
		if p.threads[tid] {
			continue
		}
		complete = false
		inherited := 0
		if !first {
			p.twins.possible[tid] = true
			inherited = p.inherited(tid)
		}
		switch err := p.armThread(tid, inherited); {
		case err == unix.ESRCH: // it has ended
		case err != nil:
			return false, p.meaning(err)
		}
		p.threads[tid] = true
	}
	p.sure = p.anySure(tids)
	return complete, nil
}

// order lists the events of a thread, in the order in which they are opened: for
// each piece those that sample, of so many processors, and the one that counts.
func (p *perf) order(processors int) (events []event) {
	for i := range p.w.pieces {
		for n := range processors {
			events = append(events, event{i, n})
		}
		if i < p.counts {
			events = append(events, event{i, onAll})
		}
	}
	return events
}

// event is one of the events of a thread.
type event struct {
	piece     int
	processor int // index of the one that it samples, or onAll for the one that counts
}

const onAll = -1

// armThread opens the events of a thread, but for the first ones, which it has
// inherited.
func (p *perf) armThread(tid, inherited int) error {
	for _, e := range p.order(len(p.processors))[inherited:] {
		at := p.w.pieces[e.piece]
		if e.processor == onAll {
			fd, err := p.openEvent(p.attr(at, false), tid, -1, -1)
			if err != nil {
				return err
			}
			p.counters[e.piece] = append(p.counters[e.piece], opened{e, tid, fd})
			continue
		}
		fd, err := p.openEvent(p.attr(at, true), tid, p.processors[e.processor], p.rings[e.processor].fd)
		if err != nil {
			return err
		}
		o := opened{e, tid, fd}
		p.samplers[e.piece] = append(p.samplers[e.piece], o)
		id, err := eventID(fd)
		if err != nil {
			return err
		}
		p.ids[id] = o
	}
	return nil
}

// eventID returns what the samples of an event, and of those that have inherited
// it, are marked with.
func eventID(fd int) (id uint64, err error) {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.PERF_EVENT_IOC_ID, uintptr(unsafe.Pointer(&id)))
	if errno != 0 {
		return 0, errno
	}
	return id, nil
}

// openEvent opens an event, in the way of older kernels where it must be. Samples
// go to the buffer, if it is not -1.
func (p *perf) openEvent(a *unix.PerfEventAttr, tid, cpu, buffer int) (int, error) {
	flags := unix.PERF_FLAG_FD_CLOEXEC
	if buffer >= 0 {
		flags |= unix.PERF_FLAG_FD_OUTPUT | unix.PERF_FLAG_FD_NO_GROUP
	}
	fd, err := unix.PerfEventOpen(a, tid, cpu, buffer, flags)
	if err == unix.EINVAL && !p.processes && p.open() == 0 {
		a.Bits &^= bitInheritThread | bitRemoveOnExec
		if fd, err = unix.PerfEventOpen(a, tid, cpu, buffer, flags); err == nil {
			p.processes = true
		}
	}
	return fd, err
}

// inherited returns how many events a thread has inherited that was not there
// before the first was opened: if its maker was watched already, all; if it was made
// between the opening of two, those that had been opened; or none. How many of its
// debug registers are in use on each processor tells which case it is.
func (p *perf) inherited(tid int) int {
	events, last := p.order(len(p.processors)), len(p.processors)-1
	used, others := make([]int, len(p.processors)), make([]int, len(p.processors))
	for n := last; n >= 0; n-- {
		free := p.freeRegisters(tid, n)
		if free < 0 { // it has ended
			return len(events)
		}
		used[n], others[n] = debugRegisters-free, p.others(n)
		// The last event is on the last processor, too.
		if n == last && used[n] == others[n]+len(p.w.pieces)+p.counts {
			return len(events)
		}
	}
	return likeliest(events, used, others)
}

// likeliest returns how many of the events a thread has inherited that uses so many
// debug registers on each processor. Those of others, of which a thread has so many
// that is watched for sure, are inherited if they are another watch, and are not if
// they are what tracing has left. All or none is likelier than some.
func likeliest(events []event, used, others []int) int {
	none := make([]int, len(others))
	for _, some := range []bool{false, true} {
		for _, base := range [][]int{others, none} {
			for k := len(events); k >= 0; k-- {
				if (k > 0 && k < len(events)) == some && slices.Equal(inUse(events[:k], base), used) {
					return k
				}
			}
		}
	}
	return len(events)
}

// inUse returns how many debug registers are in use on each processor by events
// and by others.
func inUse(events []event, others []int) []int {
	used := slices.Clone(others)
	for n := range used {
		for _, e := range events {
			if e.processor == n || e.processor == onAll {
				used[n]++
			}
		}
	}
	return used
}

// others returns how many debug registers of a thread that is watched for sure are
// in use by others on a processor.
func (p *perf) others(processor int) int {
	if p.sure == 0 {
		return 0
	}
	free := p.freeRegisters(p.sure, processor)
	if free < 0 {
		return 0
	}
	return debugRegisters - len(p.w.pieces) - p.counts - free
}

// anySure returns a thread that is watched for sure and has not ended, or 0.
func (p *perf) anySure(tids []int) int {
	for _, tid := range tids {
		if p.freeRegisters(tid, 0) >= 0 {
			return tid
		}
	}
	return 0
}

// freeRegisters returns how many debug registers of a thread are not in use on a
// processor, or -1 if it has ended. It opens events that are off until it gets no
// more.
func (p *perf) freeRegisters(tid, processor int) (n int) {
	a := p.attr(p.w.pieces[0], false)
	a.Bits = a.Bits&^(unix.PerfBitInherit|bitInheritThread) | unix.PerfBitDisabled
	for ; n < debugRegisters; n++ {
		fd, err := unix.PerfEventOpen(a, tid, p.processors[processor], -1, unix.PERF_FLAG_FD_CLOEXEC)
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
