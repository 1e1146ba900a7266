package cheatengine

import (
	"fmt"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/search/value"
)

// readCodes reads the code list: instructions that can be replaced by nothing,
// with the bytes before and behind them.
func (r *reader) readCodes(list *node) error {
	for _, n := range list.kids {
		if n.name != "CodeEntry" {
			r.omit(n, "<"+n.name+">", "it is no code entry")
			continue
		}
		if r.entries++; r.entries > foreign.MaxEntries {
			return r.source.TooMany(n.at)
		}
		if err := r.readCode(n); err != nil {
			return err
		}
	}
	return nil
}

// readCode adds an edit that writes nops over an instruction.
func (r *reader) readCode(n *node) error {
	name := description(n)
	label := fmt.Sprintf("code %q", name)
	actual, err := r.readBytes(n, "Actual")
	if err != nil {
		return err
	}
	var place foreign.Place
	if module := n.textOf("ModuleName"); module != "" {
		offset, ok := readHex(n.textOf("ModuleNameOffset"))
		if _, named := foreign.Module(module); !named || !ok || offset > maxSpot {
			r.omit(n, label, "its module and offset are not understood")
			return nil
		}
		place = foreign.Place{Name: module, Offset: int64(offset)}
	} else {
		at, ok := readHex(n.textOf("Address"))
		if !ok {
			r.omit(n, label, "it has no address")
			return nil
		}
		place.Address = at
	}
	if len(actual) == 0 {
		r.omit(n, label, "it has no bytes")
		return nil
	}
	nops, _ := readNop("")
	set := make([]byte, len(actual))
	for i := range set {
		set[i] = nops[0]
	}
	r.file.Edits = append(r.file.Edits, patch.Edit{
		Name: r.names.Unique(name), At: place.String(), Type: value.Bytes, Set: patch.Value{Text: hex(set)},
		Expect: patch.Expectation{Values: []patch.Value{{Text: hex(actual)}}},
	})
	return nil
}

// readBytes reads the bytes of a code entry, one in each element.
func (r *reader) readBytes(n *node, name string) (raw []byte, err error) {
	list := n.child(name)
	if list == nil {
		return nil, nil
	}
	for _, k := range list.kids {
		text := k.text.String()
		b, ok := readHex(text)
		if !ok || b > 0xff {
			return nil, r.source.Fail(k.at, fmt.Sprintf("%q is no byte", brief(text)), "write two hexadecimal digits")
		}
		raw = append(raw, byte(b))
	}
	return raw, nil
}
