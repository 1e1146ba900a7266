package workspace

import (
	"maps"
	"slices"

	"quarry/patch"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
)

// table is the table of entries: a patch file whose edits are the entries. It
// is never changed, only replaced, so that a step back is an older table.
type table struct {
	file   patch.File
	names  map[string]int  // the place of each entry that has a name
	frozen map[string]hold // the entries that are kept frozen now
	origin *origin
}

// hold is how an entry is kept frozen beside what its edit says.
type hold struct {
	files bool // also where that changes a file on disk
}

// index returns the place of an entry in the table, or -1.
func (t table) index(name string) int {
	if i, ok := t.names[name]; ok {
		return i
	}
	return -1
}

// holdingEdits returns a table with these edits as its entries.
func (t table) holdingEdits(edits []patch.Edit) table {
	t.file.Edits, t.names = edits, make(map[string]int, len(edits))
	for i, e := range edits {
		if e.Name != "" {
			t.names[e.Name] = i
		}
	}
	return t
}

// with returns a table in which e stands in place of the entry called name, or
// at the end when there is none.
func (t table) with(name string, e patch.Edit) table {
	edits := slices.Clone(t.file.Edits)
	if i := t.index(name); i >= 0 {
		edits[i] = e
	} else {
		edits = append(edits, e)
	}
	return t.holdingEdits(edits)
}

// location is what tells entries without a name apart.
type location struct {
	at, find, in string
	offset       int
	typ          value.Type
}

func locationOf(e patch.Edit) location {
	at := e.At
	if expr, err := address.Parse(at); err == nil {
		at = expr.String()
	}
	return location{at, e.Find.Text, e.In, e.Offset, e.Type}
}

// withAll returns a table with entries in place of those of the same names, or at
// the end. Where one of the two has no name they are the same when they are at the
// same location, and the name that there is stays.
func (t table) withAll(added []patch.Edit) table {
	edits := slices.Clone(t.file.Edits)
	at := make(map[location][]int)
	for i, e := range edits {
		at[locationOf(e)] = append(at[locationOf(e)], i)
	}
	for _, e := range added {
		place := locationOf(e)
		if i := t.index(e.Name); i >= 0 {
			edits[i] = e
			continue
		}
		same := slices.IndexFunc(at[place], func(i int) bool { return e.Name == "" || edits[i].Name == "" })
		if same < 0 {
			edits = append(edits, e)
			continue
		}
		i := at[place][same]
		e.Name = orElse(e.Name, edits[i].Name)
		edits[i], at[place] = e, slices.Delete(slices.Clone(at[place]), same, same+1)
	}
	return t.holdingEdits(edits)
}

// holding returns a table in which entries are kept frozen.
func (t table) holding(how hold, names ...string) table {
	frozen := make(map[string]hold, len(t.frozen)+len(names))
	maps.Copy(frozen, t.frozen)
	for _, name := range names {
		frozen[name] = how
	}
	t.frozen = frozen
	return t
}

// thawed returns a table in which entries are not kept frozen.
func (t table) thawed(names ...string) table {
	t.frozen = maps.Clone(t.frozen)
	for _, name := range names {
		delete(t.frozen, name)
	}
	return t
}

func (t table) isFrozen(name string) bool {
	_, on := t.frozen[name]
	return on
}

// same returns the entry among some that a place is, or -1: the one of its type,
// else one as wide. A place whose type is not told is whatever entry begins there.
func (t table) same(among []int, m search.Match) int {
	best := -1
	for _, i := range among {
		e := t.file.Edits[i]
		switch {
		case m.Type == value.Invalid, m.Type == e.Type && m.Form == e.Stored:
			return i
		case best < 0 && max(m.Type.Size(), len(m.Value)) == e.Width():
			best = i
		}
	}
	return best
}

// namesByLocation returns the names of the entries that have one.
func (t table) namesByLocation() map[location]string {
	out := make(map[location]string)
	for _, e := range t.file.Edits {
		if e.Name != "" {
			out[locationOf(e)] = e.Name
		}
	}
	return out
}
