package workspace

import (
	"fmt"
	"slices"
	"strings"

	"quarry/patch"
	"quarry/search/address"
)

// referrer tells which entry an address expression begins with. Modules come
// before entries of the same name.
type referrer struct {
	table   table
	modules map[string]bool
}

func (a *atlas) referrer() (referrer, error) {
	r := referrer{a.table, make(map[string]bool)}
	_, modules, err := a.process.Map()
	for _, m := range modules {
		r.modules[m.Name] = true
	}
	return r, err
}

// base takes an expression to pieces: what stands before the name that it begins
// with, the name, and what stands behind. The name is empty where no entry is
// meant.
func (r referrer) base(at string) (before, name, behind string) {
	word := strings.TrimLeft(at, "[ \t")
	before = at[:len(at)-len(word)]
	if word != "" && (word[0] == '"' || word[0] == '\'') {
		end := strings.IndexByte(word[1:], word[0]) + 1
		if end > 1 && r.table.index(word[1:end]) >= 0 && !r.modules[word[1:end]] {
			return before, word[1:end], word[end+1:]
		}
		return at, "", ""
	}
	if end := strings.IndexAny(word, " \t[]\"'&"); end >= 0 {
		word = word[:end]
	}
	for n := len(word); n > 0; n-- {
		if n < len(word) && word[n] != '+' && word[n] != '-' {
			continue
		}
		switch {
		case r.modules[word[:n]]:
			return at, "", ""
		case r.table.index(word[:n]) >= 0:
			return before, word[:n], at[len(before)+n:]
		}
	}
	return at, "", ""
}

// of returns the names of those entries among some whose address begins with the
// entry called name, but for itself.
func (r referrer) of(name string, among []patch.Edit) []string {
	var out []string
	for i, e := range among {
		if _, base, _ := r.base(e.At); base == name && e.Name != name {
			out = append(out, orElse(e.Name, fmt.Sprintf("entry %d", i+1)))
		}
	}
	return out
}

// renamed returns a table, in which an entry has just got a new name, with that
// name also in the addresses of others, and with the entry frozen if it was.
func (a *atlas) renamed(t table, from, to string) (table, error) {
	refers, err := a.referrer()
	if err != nil || from == to {
		return t, err
	}
	edits := slices.Clone(t.file.Edits)
	for i, e := range edits {
		before, base, behind := refers.base(e.At)
		if base != from || e.Name == to {
			continue
		}
		word, ok := nameInAddress(to)
		if !ok || refers.modules[to] {
			return t, &adviceError{
				fmt.Errorf("%w: the address of %s begins with %q, and cannot begin with %q", ErrReference, orElse(e.Name, fmt.Sprintf("entry %d", i+1)), from, to),
				"take another name",
			}
		}
		edits[i].At = before + word + behind
	}
	t = t.holdingEdits(edits)
	if hold, ok := t.frozen[from]; ok {
		t = t.thawed(from).holding(hold, to)
	}
	return t, nil
}

// nameInAddress writes a name as an address expression takes it.
func nameInAddress(name string) (word string, ok bool) {
	if expr, err := address.Parse(name); err == nil && expr.String() == name && !strings.ContainsAny(name, "+-\"'[]&") {
		return name, true
	}
	for _, quote := range []string{`"`, "'"} {
		if !strings.Contains(name, quote) {
			return quote + name + quote, true
		}
	}
	return "", false
}
