package watch

import (
	"cmp"
	"slices"

	"quarry/session/disasm"
)

// Touch is an address that an instruction computed.
type Touch struct {
	Addr  uint64
	Count uint64
}

// mostTouched is how many addresses of an instruction are told apart.
const mostTouched = 64

// touched counts the addresses that one executed instruction computes. The zero
// value is ready to use.
type touched struct {
	scene    *scene
	operands []disasm.Operand
	counts   map[uint64]uint64
	others   uint64
}

// begin decodes the instruction that code begins with; it is the one at the
// address that a point of execution is hit at.
func (t *touched) begin(sc *scene) {
	t.counts = make(map[uint64]uint64)
	code := sc.code.from(sc.sample.ip)
	if len(code) == 0 {
		return
	}
	t.scene = sc
	for _, o := range sc.decoder.Decode(code, sc.sample.ip).Memory {
		if !o.AddressOnly {
			t.operands = append(t.operands, o)
		}
	}
}

// add counts what the instruction computes with the registers of a sample.
func (t *touched) add(sm sample) {
	for _, o := range t.operands {
		var c Candidate
		t.scene.sample = sm
		t.scene.locate(&c, disasm.Access{Operand: o}, false)
		if !c.Computed {
			continue
		}
		if _, known := t.counts[c.Addr]; known || len(t.counts) < mostTouched {
			t.counts[c.Addr]++
		} else {
			t.others++
		}
	}
}

// list returns the addresses, the most frequent first.
func (t *touched) list() (list []Touch) {
	for addr, n := range t.counts {
		list = append(list, Touch{addr, n})
	}
	slices.SortFunc(list, func(a, b Touch) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Addr, b.Addr)) })
	return list
}
