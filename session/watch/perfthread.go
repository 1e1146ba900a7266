package watch

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// event is one of the events of a thread.
type event struct {
	piece     int
	processor int // index of the one that it samples, or onAll for the one that counts
}

const onAll = -1

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

// longestClone is how long a thread may take to be made: one that was begun before
// its maker was watched is listed afterwards.
const longestClone = time.Second

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

// Bits of struct perf_event_attr since Linux 5.13: only threads inherit, and
// nothing is watched any more after execve.
const (
	bitInheritThread = 1 << 35
	bitRemoveOnExec  = 1 << 36
)

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
