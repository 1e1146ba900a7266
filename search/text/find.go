package text

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"quarry/search"
	"quarry/session"
	"quarry/session/bug"
)

// Query says which texts are looked for.
type Query struct {
	Scope session.Scope // where; the zero Scope is writable memory
	// Min is the least number of characters; 0 stands for 4.
	Min int
	// Max is the most characters of one String, but not less than Min; 0 stands
	// for 4096. A longer text comes in parts, each with its own address.
	Max int
	// UTF16 looks for UTF-16 too, at even addresses. Of all that its units may
	// mean only alphabets count, up to U+06FF, and signs of typography and
	// currency: nearly half of the other units are ideographs, so that any data
	// whatever would pass for text.
	UTF16 bool
	// Filter, when not empty, is a text that must occur in what is found.
	Filter string
}

// Options are the settings of a search for texts that do not change its result.
type Options struct {
	Workers  int                   // goroutines that read and search; 0 means one for each processor
	Progress func(search.Progress) // as that of search.Options
}

// The numbers that stand for 0 in a Query.
const (
	DefaultMin = 4
	DefaultMax = 4096
)

// ErrQuery is the state of a query that cannot be run.
var ErrQuery = errors.New("bad query")

// chunkSize is how much memory one goroutine reads at once: as much as stays in
// the processor's cache.
const chunkSize = 256 << 10

// Find finds the texts in the target and calls yield with them, in the order of
// their addresses and from one goroutine at a time. What yield is given is valid
// until it returns; an error of it ends the search and is returned. Other
// errors are [ErrQuery], session.ErrScope for a scope that holds nothing,
// session.ErrGone when the process ends meanwhile, and ctx.Err() when ctx is
// done. Finding nothing is no error.
func Find(ctx context.Context, t session.Target, q Query, o Options, yield func([]String) error) error {
	if q.Min < 0 || q.Max < 0 {
		return ErrQuery
	}
	if q.Min == 0 {
		q.Min = DefaultMin
	}
	if q.Max == 0 {
		q.Max = DefaultMax
	}
	q.Max = max(q.Max, q.Min) // else the first part of a text would tell nothing of its length
	regions, err := q.Scope.Select(t)
	if err != nil {
		return err
	}
	ranges, err := present(t, regions)
	if err != nil {
		return err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	h := &hunt{target: t, query: q, ranges: ranges, progress: o.Progress}
	return h.run(ctx, o.Workers, yield)
}

// present returns the ranges of the regions that can hold data, joined where
// they touch.
func present(t session.Target, regions []session.Region) ([]session.Range, error) {
	var ranges []session.Range
	for _, r := range regions {
		from := len(ranges)
		var err error
		if ranges, err = t.Present(ranges, r); err != nil {
			return nil, err
		}
		if from > 0 && from < len(ranges) && ranges[from-1].End == ranges[from].Start {
			ranges[from-1].End = ranges[from].End
			ranges = append(ranges[:from], ranges[from+1:]...)
		}
	}
	return ranges, nil
}

// hunt is a search for texts under way.
type hunt struct {
	target   session.Target
	query    Query
	ranges   []session.Range
	progress func(search.Progress)
}

// job is a chunk to search: the part of a range that it is, and where the
// finding is awaited.
type job struct {
	chunk, within session.Range
	found         chan *finding
}

// run searches chunk after chunk with several goroutines, and joins what they
// find in the order of the chunks.
func (h *hunt) run(ctx context.Context, workers int, yield func([]String) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	ahead := 4 * workers // chunks that may be done before they are wanted
	jobs, order := make(chan job), make(chan job, ahead)
	spare := make(chan *finding, ahead+workers)
	group.Go(bug.Guard(func() error {
		defer close(jobs)
		defer close(order)
		return h.deal(ctx, jobs, order)
	}))
	for range workers {
		group.Go(bug.Guard(func() error {
			w := newWorker(h)
			for j := range jobs {
				f, err := w.search(j, spare)
				if err != nil {
					return err
				}
				j.found <- f
			}
			return nil
		}))
	}
	group.Go(bug.Guard(func() error { return h.join(ctx, order, spare, yield) }))
	return group.Wait()
}

// deal cuts the ranges into chunks and hands them out. Borders lie at multiples
// of the chunk size, so that pages are not read twice.
func (h *hunt) deal(ctx context.Context, jobs, order chan<- job) error {
	for _, r := range h.ranges {
		for at := r.Start; at < r.End; {
			end := min(r.End-at, chunkSize-at%chunkSize) + at
			j := job{session.Range{Start: at, End: end}, r, make(chan *finding, 1)}
			for _, to := range []chan<- job{order, jobs} {
				select {
				case to <- j:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			at = end
		}
	}
	return nil
}

// join joins the findings and yields the texts.
func (h *hunt) join(ctx context.Context, order <-chan job, spare chan<- *finding, yield func([]String) error) error {
	state := search.Progress{}
	for _, r := range h.ranges {
		state.Total += r.Size()
	}
	last := time.Now()
	texts := joiner{least: h.query.Min, most: h.query.Max, filter: []byte(h.query.Filter)}
	texts.yield = func(batch []String) error {
		state.Matches += uint64(len(batch))
		return yield(batch)
	}
	for j := range order {
		var f *finding
		select {
		case f = <-j.found:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := texts.add(f); err != nil {
			return err
		}
		select {
		case spare <- f:
		default:
		}
		state.Done += j.chunk.Size()
		if now := time.Now(); h.progress != nil && now.Sub(last) >= reportEvery {
			last = now
			h.progress(state)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return texts.end()
}

// reportEvery is how often progress is told.
const reportEvery = 100 * time.Millisecond

// worker is what one goroutine needs to search chunks.
type worker struct {
	*hunt
	scanner scanner
	buffer  []byte
	spans   []session.Range
}

func newWorker(h *hunt) *worker {
	return &worker{hunt: h, scanner: scanner{least: h.query.Min, utf16: h.query.UTF16, basic: basic()}, buffer: make([]byte, chunkSize+2*reach)}
}

// search searches a chunk. Pages that cannot be read part the texts.
func (w *worker) search(j job, spare <-chan *finding) (*finding, error) {
	f := &finding{}
	select {
	case f = <-spare:
	default:
	}
	*f = finding{chunk: j.chunk, runs: f.runs[:0], text: f.text[:0]}
	w.scanner.found = f
	start := j.chunk.Start - min(reach, j.chunk.Start-j.within.Start)
	end := j.chunk.End + min(reach, j.within.End-j.chunk.End)
	buffer := w.buffer[:end-start]
	spans, err := session.ReadSpans(w.target, buffer, start, w.spans[:0])
	if err != nil {
		return nil, err
	}
	w.spans = spans
	for _, span := range spans {
		w.scanner.scan(buffer[span.Start-start:span.End-start], span.Start)
	}
	return f, nil
}
