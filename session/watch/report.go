package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report is what a watch has seen so far.
type Report struct {
	Engine  Engine
	Elapsed time.Duration
	// Threads is how many threads were watched when the watch began. Those that
	// they make are watched as well.
	Threads int
	Points  []PointReport // in the order in which they were given
}

// PointReport is what has happened at one point.
type PointReport struct {
	Point Point
	// Count is how often it was hit, which Exact tells to be all.
	Count uint64
	Exact bool
	// Sampled is how many hits were looked at: the sum of the counts of Hits. It
	// is less than Count where the kernel could not keep up.
	Sampled uint64
	// Lost is how many samples the kernel says that it dropped, because they came
	// faster than they were read. Throttled is how often it stopped sampling for
	// a moment. Both are of all points of the watch together.
	Lost, Throttled uint64
	// Hits are the instructions, the most frequent first.
	Hits []Hit
}

// Hit is one instruction that hits a point.
type Hit struct {
	// IP is the address that the processor reports: of x86 the one that it goes on
	// at afterwards, unless the point is one of execution; of arm64 that of the
	// instruction. Cause tells what it was.
	IP    uint64
	Count uint64 // hits that were sampled
	// Threads are those that made the hits, the most frequent first.
	Threads []Thread
	// Registers are those after the last hit, or before it where IP is the
	// instruction itself. LastThread made it.
	Registers  Registers
	Last       time.Time
	LastThread int
	// Cause is the instruction that did it; nil while that is being found out.
	Cause *Cause
	// Touched are the addresses that an instruction computed each time it was
	// executed, at points of [Execute], the most frequent first. There are 64 at
	// most; TouchedElsewhere counts those beyond.
	Touched          []Touch
	TouchedElsewhere uint64

	threads map[int]uint64
	touched touched
}

// Thread is a thread that hit a point.
type Thread struct {
	TID   int
	Name  string // empty when it had ended before it could be asked
	Count uint64
}

// tally counts the hits of one point.
type tally struct {
	hits            map[uint64]*Hit
	sampled         uint64
	counted         uint64
	exact           bool
	lost, throttled uint64
}

func newTally() *tally { return &tally{hits: make(map[uint64]*Hit)} }

// Report returns what has been seen so far. It is a copy; a watch that has ended
// answers as well.
func (w *Watch) Report() Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := w.ended
	if end.IsZero() {
		end = time.Now()
	}
	r := Report{Engine: w.engine, Elapsed: end.Sub(w.began), Threads: w.covered}
	for i, t := range w.tallies {
		p := PointReport{
			Point: w.points[i], Count: max(t.counted, t.sampled), Exact: t.exact, Sampled: t.sampled,
			Lost: t.lost, Throttled: t.throttled,
		}
		for _, h := range t.hits {
			p.Hits = append(p.Hits, w.copyOf(h))
		}
		slices.SortFunc(p.Hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.IP, b.IP)) })
		r.Points = append(r.Points, p)
	}
	return r
}

// copyOf copies a hit; w.mu is held.
func (w *Watch) copyOf(h *Hit) Hit {
	c := *h
	c.threads, c.touched = nil, touched{}
	c.Touched, c.TouchedElsewhere = h.touched.list(), h.touched.others
	for _, tid := range slices.Sorted(maps.Keys(h.threads)) {
		c.Threads = append(c.Threads, Thread{TID: tid, Name: w.names[tid], Count: h.threads[tid]})
	}
	slices.SortStableFunc(c.Threads, func(a, b Thread) int { return cmp.Compare(b.Count, a.Count) })
	return c
}
