package watch

import (
	"quarry/session"
	"quarry/session/disasm"
)

// Cause is the instruction that hit a point, as far as it can be told. The
// processor reports where it goes on afterwards, so what it did before is found by
// decoding backwards, checked against the registers.
type Cause struct {
	// Candidates are the instructions that it may have been, the likeliest first.
	// There are none if what it did cannot be told, which Note explains.
	Candidates []Candidate
	// Ambiguous tells that it cannot be told which of several candidates it was.
	Ambiguous bool
	// Note tells what must be known, in a short clause, or is empty.
	Note string
}

// Candidate is an instruction that may have hit a point.
type Candidate struct {
	disasm.Instruction // in Intel's syntax
	// Operand is the place in memory that it used, if Named. Its registers are
	// those at the hit: for a pop, rsp is what it was afterwards.
	Operand disasm.Operand
	Named   bool
	// Addr is the address that it computed, if Computed: it has overwritten the
	// registers otherwise. Base and Index are the values of these registers.
	Addr        uint64
	Base, Index uint64
	Computed    bool
	Place       Place
}

// Place tells where an address is. What is not known is empty.
type Place struct {
	Module   string // and how far from its base
	Offset   uint64
	Function string // as in the source, and how far from its start
	Within   uint64
	File     string // source file and line, if the module tells
	Line     int
}

// scene is what is known about a hit.
type scene struct {
	layout  session.Layout
	decoder disasm.Decoder
	point   Point
	sample  sample
	code    window // around the address that was reported
	caller  window // around the address on top of the stack
	// start is where the function begins that holds the byte before, if known.
	start    uint64
	hasStart bool
	// entry tells that a function begins at the address that was reported.
	entry bool
	// callerStart is like start, for the address on top of the stack.
	callerStart    uint64
	hasCallerStart bool
}

// window is a piece of the process's memory.
type window struct {
	start uint64
	data  []byte
}

// from returns the bytes from addr on, or none.
func (w window) from(addr uint64) []byte {
	if addr < w.start || addr-w.start >= uint64(len(w.data)) {
		return nil
	}
	return w.data[addr-w.start:]
}

// between returns the bytes of a range if all of it is there.
func (w window) between(from, to uint64) []byte {
	p := w.from(from)
	if from >= to || uint64(len(p)) < to-from {
		return nil
	}
	return p[:to-from]
}

// How well an instruction goes with what is known.
const (
	contradicts = iota // it does not touch the point
	possible           // its address cannot be computed
	matches            // it computed an address in the point
)

// cause finds the instruction.
func (sc *scene) cause() Cause {
	ip := sc.sample.ip
	if sc.point.Kind == Execute || sc.layout.Arch == "arm64" {
		return sc.itself(ip)
	}
	var found []graded
	if g, ok := sc.grade(sc.code.from(ip), ip); ok && g.repeats && g.how == matches {
		found = append(found, g)
	}
	found = append(found, sc.calls()...)
	before, sure := sc.before()
	if !(sc.entry && len(found) > 0) { // nothing falls into the start of a function that was called
		found = append(found, before...)
	}
	c := Cause{Ambiguous: len(found) > 1}
	for _, want := range []int{matches, possible} {
		for _, g := range found {
			if g.how == want {
				c.Candidates = append(c.Candidates, g.Candidate)
			}
		}
	}
	if len(found) > 0 {
		if !sure && len(found) == 1 && found[0].how == possible {
			c.Ambiguous = true
			c.Note = "its address cannot be computed afterwards, and where the function begins is not known"
		}
		return c
	}
	if c, ok := sc.returned(); ok {
		return c
	}
	c.Note = "the instruction before does not touch it: it was a jump, a call or a return that went through it"
	return c
}

// itself is the cause where the processor reports the instruction, with the
// registers before it.
func (sc *scene) itself(ip uint64) Cause {
	code := sc.code.from(ip)
	if len(code) == 0 {
		return Cause{Note: "its code cannot be read"}
	}
	c := Candidate{Instruction: sc.decoder.Decode(code, ip)}
	for _, o := range c.Memory {
		if o.AddressOnly {
			continue
		}
		c.Operand, c.Named = o, true
		if sc.locate(&c, disasm.Access{Operand: o}, false) == matches {
			break
		}
	}
	return Cause{Candidates: []Candidate{c}}
}

// graded is a candidate and how well it goes with what is known.
type graded struct {
	Candidate
	how     int
	repeats bool
}

// grade decodes the instruction at the start of code and looks which of its
// accesses may have hit the point. It is false where there is none.
func (sc *scene) grade(code []byte, addr uint64) (best graded, ok bool) {
	if len(code) == 0 {
		return best, false
	}
	e, known := sc.decoder.Effects(code, addr)
	if !known {
		return best, false
	}
	best = graded{Candidate: Candidate{Instruction: sc.decoder.Decode(code, addr)}, repeats: e.Repeats}
	for _, a := range e.Accesses {
		if sc.point.Kind == Write && !a.Writes {
			continue
		}
		c := Candidate{Instruction: best.Instruction, Operand: a.Operand, Named: true}
		how := sc.locate(&c, a, e.Repeats)
		if how > best.how {
			best.Candidate, best.how, ok = c, how, true
		}
	}
	return best, ok
}

// locate computes the address of an access from the registers.
func (sc *scene) locate(c *Candidate, a disasm.Access, repeats bool) (how int) {
	if a.Lost {
		return possible
	}
	regs, known := sc.sample.regs, true
	value := func(name string) uint64 {
		if name == "" {
			return 0
		}
		v, ok := regs.Get(name)
		known = known && ok
		return v
	}
	disp := a.Disp
	if flags, _ := regs.Get("eflags"); a.Backwards && flags&directionFlag != 0 {
		disp = -disp
	}
	switch {
	case a.Fixed:
		c.Addr = a.Addr
	default:
		c.Base, c.Index = value(a.Base), value(a.Index)
		c.Addr = c.Base + c.Index*uint64(a.Scale) + uint64(disp)
		if a.Segment != "" {
			c.Addr += value(a.Segment + "_base")
		}
	}
	if !known {
		c.Addr = 0
		return possible
	}
	if sc.layout.WordSize == 4 {
		c.Addr &= 1<<32 - 1
	}
	size := uint64(a.Size)
	if size == 0 {
		size = largest
	}
	reach := session.Range{Start: c.Addr, End: c.Addr + size}
	if repeats { // processors move many at once, and tell afterwards
		reach.Start, reach.End = reach.Start-moved, reach.End+moved
	}
	c.Computed = true
	if watched := sc.point.Range(); reach.Start < watched.End && watched.Start < reach.End {
		return matches
	}
	return contradicts
}

const (
	directionFlag = 1 << 10
	largest       = 4096 // bytes that an instruction of unknown size may use
	moved         = 64   // bytes that a string instruction may move at once
)

// before returns the candidates that end where the processor goes on. If it is
// known where the function begins, there is one at most, and that is sure.
func (sc *scene) before() (found []graded, sure bool) {
	ip := sc.sample.ip
	if sc.hasStart {
		if addr, ok := sc.predecessor(sc.code, sc.start, ip); ok {
			if g, ok := sc.grade(sc.code.between(addr, ip), addr); ok && g.Flow == disasm.Next {
				return []graded{g}, true
			}
			i := sc.decoder.Decode(sc.code.between(addr, ip), addr)
			if _, known := sc.decoder.Effects(i.Bytes, addr); !known { // it may be anything
				return []graded{{Candidate: Candidate{Instruction: i}, how: possible}}, true
			}
			return nil, true
		}
	}
	votes := sc.votes()
	const longest = 15
	for n := uint64(1); n <= longest; n++ {
		code := sc.code.between(ip-n, ip)
		if code == nil {
			continue
		}
		g, ok := sc.grade(code, ip-n)
		if !ok || uint64(len(g.Bytes)) != n || g.Flow != disasm.Next {
			continue
		}
		at := len(found)
		for at > 0 && votes[found[at-1].Instruction.Addr] < votes[ip-n] {
			at--
		}
		found = append(found[:at], append([]graded{g}, found[at:]...)...)
	}
	return found, false
}

// predecessor decodes from start on and returns the last instruction before end,
// if one ends exactly there.
func (sc *scene) predecessor(code window, start, end uint64) (addr uint64, ok bool) {
	p := code.between(start, end)
	for offset, i := range sc.decoder.All(p, start) {
		if start+uint64(offset)+uint64(len(i.Bytes)) == end && !(i.Bad && len(i.Bytes) == 1) {
			return i.Addr, true
		}
	}
	return 0, false
}

// votes counts at which instruction one arrives before the reported address when
// decoding begins at any of the bytes before. Code of x86 puts itself right after
// a few instructions, so most arrive at the true one.
func (sc *scene) votes() map[uint64]int {
	const most = 256
	votes, ip := make(map[uint64]int), sc.sample.ip
	for n := uint64(16); n <= most; n++ {
		if addr, ok := sc.predecessor(sc.code, ip-n, ip); ok {
			votes[addr]++
		}
	}
	return votes
}

// calls returns the call that has put its return address on the point.
func (sc *scene) calls() (found []graded) {
	word := uint64(sc.layout.WordSize)
	top := sc.sample.regs.stack()
	slot := session.Range{Start: top, End: top + word}
	watched := sc.point.Range()
	if !sc.sample.hasStack || slot.Start >= watched.End || watched.Start >= slot.End {
		return nil
	}
	back := sc.returnAddress()
	if sc.hasCallerStart {
		if addr, ok := sc.predecessor(sc.caller, sc.callerStart, back); ok {
			if g, ok := sc.call(addr, back); ok {
				return []graded{g}
			}
			return nil
		}
	}
	for n := uint64(2); n <= 8; n++ {
		if g, ok := sc.call(back-n, back); ok {
			found = append(found, g)
		}
	}
	return found
}

// returnAddress is the word on top of the stack.
func (sc *scene) returnAddress() uint64 {
	if sc.layout.WordSize == 4 {
		return sc.sample.stack & (1<<32 - 1)
	}
	return sc.sample.stack
}

// call returns the call between two addresses, if it leads to the reported one.
func (sc *scene) call(addr, end uint64) (g graded, ok bool) {
	code := sc.caller.between(addr, end)
	if code == nil {
		return g, false
	}
	g, ok = sc.grade(code, addr)
	ok = ok && g.Flow == disasm.Call && g.End() == end && g.how == matches &&
		(!g.HasTarget && sc.entry || g.HasTarget && g.Target == sc.sample.ip)
	return g, ok
}

// returned is the cause if a return has read the point: which one it was, only the
// call tells that it returned to.
func (sc *scene) returned() (c Cause, ok bool) {
	word := uint64(sc.layout.WordSize)
	top := sc.sample.regs.stack()
	watched := sc.point.Range()
	if sc.point.Kind != Access || top-word >= watched.End || watched.Start >= top {
		return c, false
	}
	ip := sc.sample.ip
	for n := uint64(2); n <= 8; n++ {
		code := sc.code.between(ip-n, ip)
		if code == nil {
			continue
		}
		if i := sc.decoder.Decode(code, ip-n); i.Flow == disasm.Call && i.End() == ip {
			return Cause{Note: "a return from what is called there has read its return address"}, true
		}
	}
	return c, false
}
