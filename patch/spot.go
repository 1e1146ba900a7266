package patch

import (
	"fmt"
	"strings"

	"quarry/session"
)

// Spot is an address as messages name it.
type Spot struct {
	Addr   uint64
	Module string // the module that it is in; empty when it is in none
	Offset uint64 // from the module's base
}

// String writes the address, and the module with the offset where there is one.
func (s Spot) String() string {
	if s.Module == "" {
		return fmt.Sprintf("%#x", s.Addr)
	}
	return fmt.Sprintf("%#x (%s+%#x)", s.Addr, s.Module, s.Offset)
}

// spotIn finds the module of an address.
func spotIn(modules []session.Module, addr uint64) Spot {
	for _, m := range modules {
		for _, r := range m.Regions {
			if r.Contains(addr) {
				return Spot{addr, m.Name, addr - m.Base}
			}
		}
	}
	return Spot{Addr: addr}
}

// spots names where an edit was found, as many places as are listed.
func (l *locator) spots(places []Place) ([]Spot, error) {
	if len(places) == 0 {
		return nil, nil
	}
	if l.modules == nil {
		modules, err := l.target.Modules()
		if err != nil {
			return nil, err
		}
		l.modules = modules
	}
	var out []Spot
	for _, p := range places[:min(len(places), listed)] {
		out = append(out, spotIn(l.modules, p.Addr))
	}
	return out, nil
}

// list writes the spots, and how many there are beside them.
func list(spots []Spot, total int) string {
	texts := make([]string, 0, len(spots)+1)
	for _, s := range spots {
		texts = append(texts, s.String())
	}
	if more := total - len(spots); more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}
