package watch

import (
	"encoding/binary"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

var pageSize = os.Getpagesize()

// drain takes what is in the buffers, and then the counts, so that these are never
// less.
func (p *perf) drain() {
	before := p.sum()
	for _, r := range p.rings {
		p.last = lastHit{}
		r.records(p.record)
	}
	p.takeCounts()
	if p.sum() != before {
		p.w.notify()
	}
}

// sum tells whether anything has changed.
func (p *perf) sum() (n uint64) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	for _, t := range p.w.tallies {
		n += t.sampled + t.counted + t.lost + t.throttled
	}
	return n
}

// record takes one record of a buffer.
func (p *perf) record(kind uint32, body []byte) {
	switch kind {
	case unix.PERF_RECORD_SAMPLE:
		sm, id, ok := parseSample(body, p.clock)
		if o, known := p.ids[id]; ok && known && sm.pid == p.s.PID() && !p.twins.second(sm.tid, id, o) {
			p.sample(sm, o.piece)
		}
	case unix.PERF_RECORD_LOST: // id, lost
		if len(body) >= 16 {
			p.lost += binary.NativeEndian.Uint64(body[8:])
		}
	case unix.PERF_RECORD_THROTTLE:
		p.throttled++
	}
}

// sample hands a sample to the watch, once for each instruction: one that hits
// several pieces of a point makes a sample for each of them, with nothing else in
// between, and registers that are the same.
func (p *perf) sample(sm sample, i int) {
	point := p.w.pieces[i].point
	repeated := p.last.tid == sm.tid && p.last.ip == sm.ip && p.last.pieces>>i&1 == 0 && slices.Equal(p.last.regs, sm.regs)
	if !repeated {
		p.last = lastHit{sample: sm}
	}
	counted := false // of this point
	for n, at := range p.w.pieces {
		counted = counted || p.last.pieces>>n&1 != 0 && at.point == point
	}
	p.last.pieces |= 1 << i
	if !counted {
		p.w.hit(point, sm)
	}
}

// takeCounts reads the events that count. Where a piece has none, the one that
// samples has counted as well, but for the moments in which it was throttled.
func (p *perf) takeCounts() {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	for point, t := range p.w.tallies {
		var total uint64
		exact, pieces := !p.processes, 0
		for i, at := range p.w.pieces {
			if at.point != point {
				continue
			}
			pieces++
			fds := p.samplers[i]
			if i < p.counts {
				fds = p.counters[i]
			} else if p.throttled > 0 {
				exact = false
			}
			total += p.readCounts(fds)
		}
		t.lost, t.throttled = p.lost, p.throttled
		if pieces > 1 { // an instruction may have hit several
			total, exact = t.sampled, exact && p.lost == 0 && p.throttled == 0
		}
		t.counted, t.exact = total, exact
	}
}

// readCounts adds the counts of events, each with those of the threads that have
// inherited it, but for those of threads that have another of the same.
func (p *perf) readCounts(events []opened) (total uint64) {
	var b [8]byte
	for _, o := range events {
		if p.twins.found[o.tid] {
			continue
		}
		if n, err := unix.Read(o.fd, b[:]); err == nil && n == len(b) {
			total += binary.NativeEndian.Uint64(b[:])
		}
	}
	return total
}

// twins are events of one thread for one piece and processor: opened, because the
// thread seemed to have inherited none, and inherited nevertheless. That is rare,
// and shows by samples that come twice, from events with different IDs.
type twins struct {
	possible map[int]bool            // threads that were made while events were opened
	chosen   map[placeOfEvent]uint64 // the ID that counts
	found    map[int]bool            // threads whose own events do not count
}

// placeOfEvent is an event of one thread.
type placeOfEvent struct {
	tid   int
	event event
}

func newTwins() twins {
	return twins{make(map[int]bool), make(map[placeOfEvent]uint64), make(map[int]bool)}
}

// second reports whether a sample is to be left out, because it comes from the
// second of two twins.
func (t twins) second(tid int, id uint64, from opened) bool {
	if !t.possible[tid] {
		return false
	}
	at := placeOfEvent{tid, from.event}
	chosen, known := t.chosen[at]
	if !known {
		t.chosen[at] = id
		return false
	}
	if chosen != id {
		t.found[tid] = true
	}
	return chosen != id
}

// online returns the processors that are switched on.
func online() ([]int, error) {
	data, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	return parseProcessors(strings.TrimSpace(string(data)))
}

// parseProcessors reads a list such as 0-3,8.
func parseProcessors(text string) (list []int, err error) {
	const most = 1 << 16
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.ParseUint(from, 10, 16)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(to, 10, 16)
		}
		if err != nil || last >= most {
			return nil, strconv.ErrSyntax
		}
		for n := first; n <= last; n++ {
			list = append(list, int(n))
		}
	}
	return list, nil
}
