package watch

import (
	"slices"

	"golang.org/x/sys/unix"
)

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
