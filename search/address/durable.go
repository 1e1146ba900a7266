package address

import (
	"strings"

	"quarry/session"
)

// Durable returns the expression for an address that is most likely to mean the
// same place in the next run of the program: the distance from the base of its
// module, or from the start of the heap, else the address itself. regions and
// modules are those of the process now.
func Durable(addr uint64, regions []session.Region, modules []session.Module) Expr {
	r, ok := session.FindRegion(regions, addr)
	switch {
	case !ok:
	case r.Module != "":
		for _, m := range modules {
			if m.Name == r.Module && m.Base <= addr && addr < m.End {
				return from(m.Base, addr, moduleWord(m, modules))
			}
		}
	case r.Kind == session.KindHeap:
		for _, first := range regions {
			if first.Kind == session.KindHeap {
				return from(first.Start, addr, word{text: "heap"})
			}
		}
	}
	return Expr{number(addr)}
}

// from returns the expression for addr, which is not below base.
func from(base, addr uint64, w word) Expr {
	if w.text == "" {
		return Expr{number(addr)}
	}
	return Expr{shifted{name{w}, []offset{{by: addr - base}}}}
}

// moduleWord returns how to write the name of a module, its whole path where
// another has the name too, or the zero word when it cannot be written.
func moduleWord(m session.Module, modules []session.Module) word {
	text := m.Name
	for _, other := range modules {
		if other.Name == m.Name && other.Base != m.Base {
			text = m.Path
		}
	}
	if plain, err := Parse(text); err == nil && plain == (Expr{name{word{text: text}}}) && !strings.ContainsAny(text, "+-") {
		return word{text: text}
	}
	if strings.Contains(text, `"`) && strings.Contains(text, "'") {
		return word{}
	}
	return word{text: text, quoted: true}
}

// Absolute reports whether the expression is a number, which means the same
// address at all times.
func (e Expr) Absolute() bool {
	root := e.root
	if s, ok := root.(shifted); ok {
		root = s.base
	}
	_, ok := root.(number)
	return ok
}
