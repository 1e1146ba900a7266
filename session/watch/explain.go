package watch

import (
	"sync"

	"quarry/session"
	"quarry/session/bug"
	"quarry/session/disasm"
	"quarry/session/symbol"
)

// explainer finds out which instructions hit the points, each when it is first
// seen. It has a goroutine of its own, since symbols take long to read, and the
// samples must not wait meanwhile.
type explainer struct {
	s       *session.Session
	decoder disasm.Decoder
	known   bool // there is a decoder for the process
	index   *symbol.Index
	lines   *symbol.Lines
	modules []session.Module // as they were last, for when the process has ended
	tables  map[uint64]*symbol.Table

	mu    sync.Mutex
	queue []question
	more  chan struct{} // one message stands for any number of questions
	ended chan struct{}

	failed error // once it has ended
}

// question is a hit of an instruction that is not known yet.
type question struct {
	point  Point
	sample sample
	hit    *Hit
	// The code is read at once: the process may end or change it.
	code, caller window
}

func newExplainer(s *session.Session) *explainer {
	e := &explainer{
		s: s, index: symbol.NewIndex(s), lines: symbol.NewLines(s), tables: make(map[uint64]*symbol.Table),
		more: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	d, err := disasm.New(s.Layout().Arch, disasm.Intel)
	e.decoder, e.known = d, err == nil
	return e
}

// ask has a hit explained, and returns the code around it. It is quick.
func (e *explainer) ask(q question) window {
	q.code = e.read(q.sample.ip)
	if q.sample.hasStack {
		q.caller = e.read(q.sample.stack & e.addresses())
	}
	e.mu.Lock()
	e.queue = append(e.queue, q)
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
	return q.code
}

func (e *explainer) addresses() uint64 {
	if e.s.Layout().WordSize == 4 {
		return 1<<32 - 1
	}
	return ^uint64(0)
}

// read reads what is around an address, as far as it can be read.
func (e *explainer) read(addr uint64) window {
	const before, after = 4096, 32
	page := uint64(e.s.Layout().PageSize)
	for _, start := range []uint64{addr - min(before, addr), addr &^ (page - 1), addr} {
		p := make([]byte, addr-start+after)
		n, _ := e.s.Read(p, start) // what cannot be read is missing
		if start+uint64(n) >= addr && n > 0 {
			return window{start, p[:n]}
		}
	}
	return window{}
}

// work is run as a goroutine. A fault ends the watch: what is read here comes out
// of files that may mean ill.
func (e *explainer) work(w *Watch) {
	defer close(e.ended)
	if e.failed = bug.Guard(func() error { e.run(w); return nil })(); e.failed != nil {
		w.cancel()
	}
}

// run answers questions until the watch has ended and all are answered.
func (e *explainer) run(w *Watch) {
	e.refresh()
	for range e.more {
		for {
			e.mu.Lock()
			if len(e.queue) == 0 {
				e.mu.Unlock()
				break
			}
			q := e.queue[0]
			e.queue = e.queue[1:]
			e.mu.Unlock()
			c := e.answer(q)
			w.mu.Lock()
			q.hit.Cause = &c
			w.mu.Unlock()
			w.notify()
		}
	}
}

// finish waits until all questions are answered, or returns why they are not. None
// may be asked afterwards.
func (e *explainer) finish() error {
	close(e.more)
	<-e.ended
	return e.failed
}

func (e *explainer) answer(q question) Cause {
	if !e.known {
		return Cause{Note: "no disassembler for " + e.s.Layout().Arch}
	}
	e.refresh()
	sc := &scene{
		layout: e.s.Layout(), decoder: e.decoder, point: q.point, sample: q.sample, code: q.code, caller: q.caller,
	}
	sc.start, sc.hasStart = e.functionStart(&sc.code, q.sample.ip)
	sc.callerStart, sc.hasCallerStart = e.functionStart(&sc.caller, sc.returnAddress())
	if _, offset, ok := e.symbolAt(q.sample.ip); ok && offset == 0 {
		sc.entry = true
	}
	c := sc.cause()
	for i := range c.Candidates {
		c.Candidates[i].Place = e.place(c.Candidates[i].Instruction.Addr)
	}
	return c
}

// refresh looks which modules there are now; when the process has ended, those
// that there were.
func (e *explainer) refresh() {
	if modules, err := e.index.Modules(); err == nil {
		e.modules = modules
	}
	if len(e.modules) > 0 {
		e.table(e.modules[0]) // the program's, while it can be read
	}
}

// table returns the symbols of a module, or nil.
func (e *explainer) table(m session.Module) *symbol.Table {
	if t, err := e.index.Table(m); err == nil {
		e.tables[m.Base] = t
	}
	return e.tables[m.Base]
}

func (e *explainer) moduleAt(addr uint64) (session.Module, bool) {
	for _, m := range e.modules {
		for _, r := range m.Regions {
			if r.Contains(addr) {
				return m, true
			}
		}
	}
	return session.Module{}, false
}

func (e *explainer) symbolAt(addr uint64) (s symbol.Symbol, offset uint64, ok bool) {
	m, ok := e.moduleAt(addr)
	if !ok {
		return s, 0, false
	}
	t := e.table(m)
	if t == nil {
		return s, 0, false
	}
	return t.At(addr)
}

// functionStart returns where the function begins that ends at addr or goes on
// there, and makes sure that its code is in the window.
func (e *explainer) functionStart(w *window, addr uint64) (start uint64, ok bool) {
	const longest = 1 << 20
	if addr == 0 {
		return 0, false
	}
	s, offset, ok := e.symbolAt(addr - 1)
	start = addr - 1 - offset
	if !ok || offset > longest || s.Kind != symbol.Func && s.Kind != symbol.IndirectFunc {
		return 0, false
	}
	if w.between(start, addr) != nil {
		return start, true
	}
	p := make([]byte, addr-start+32)
	n, _ := e.s.Read(p, start)
	if uint64(n) < addr-start {
		return 0, false
	}
	*w = window{start, p[:n]}
	return start, true
}

// place tells where an address is.
func (e *explainer) place(addr uint64) (p Place) {
	m, ok := e.moduleAt(addr)
	if !ok {
		return p
	}
	p.Module, p.Offset = m.Name, addr-m.Base
	if s, offset, ok := e.symbolAt(addr); ok {
		p.Function, p.Within = s.Name(), offset
	}
	if line, ok, err := e.lines.At(m, addr); err == nil && ok {
		p.File, p.Line = line.File, line.Number
	}
	return p
}
