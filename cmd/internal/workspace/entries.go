package workspace

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
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

// origin is the file that a table came from or was saved to. Later tables share
// it, so that a step back does not forget what was saved.
type origin struct {
	path string
	held [sha256.Size]byte // what the file held then
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

// Entry is a labelled place with what it holds now.
type Entry struct {
	patch.Edit
	Addr   uint64         // 0 when Err is set
	Now    []byte         // nil when Err is set
	Err    error          // why the place cannot be told or read
	Frozen *freeze.Status // nil when it was never frozen in this run
}

// LabelOptions are what is known about a place beside its name.
type LabelOptions struct {
	Type   value.Type // of what is at an address; Invalid stands for i32
	Length int        // of a text, in bytes
	Group  string
	Note   string
}

// checkName refuses names that a reference could not mean.
func checkName(name string) error {
	err := patch.CheckName(name)
	switch {
	case err != nil:
	case name == "heap" || name == "stack" || name == "all":
		err = fmt.Errorf("%w: %q cannot be told from a region or all rows", patch.ErrName, name)
	case strings.TrimSpace(name) != name || strings.ContainsAny(name, ",\x00\n") || !utf8.ValidString(name):
		err = fmt.Errorf("%w: %q has a comma, a line end, or space around it", patch.ErrName, name)
	default:
		return nil
	}
	return &adviceError{fmt.Errorf("%w: %w", ErrReference, err), "begin it with a letter, such as lives"}
}

// Label names the place that a reference means, which must be one, and adds it
// to the table. An entry is renamed, or given what o says; one that is frozen
// keeps its type and length.
func (w *Workspace) Label(ctx context.Context, reference, name string, o LabelOptions) (Entry, error) {
	if err := checkName(name); err != nil {
		return Entry{}, err
	}
	edit, err := w.describe(ctx, reference, o.Type)
	if err != nil {
		return Entry{}, err
	}
	former, was := edit.Name, edit
	if former != name && w.table.index(name) >= 0 {
		return Entry{}, &adviceError{fmt.Errorf("%w: an entry is called %q already", ErrReference, name), "label --delete " + name + " takes it off the table"}
	}
	edit.Name = name
	edit.Group = orElse(o.Group, edit.Group)
	edit.Note = orElse(o.Note, edit.Note)
	if o.Type != value.Invalid {
		edit.Type = o.Type
	}
	if o.Length > 0 {
		edit.Length = o.Length
	}
	if err := edit.Check(); err != nil {
		return Entry{}, err
	}
	if w.table.isFrozen(former) && (edit.Type != was.Type || edit.Length != was.Length) { // would be written at once
		return Entry{}, &adviceError{fmt.Errorf("%w: %q is frozen as what it is, of type %s", ErrReference, former, was.Type), "unfreeze " + former + " first"}
	}
	next := w.table.with(former, edit)
	title := "label " + edit.At + " " + name
	if former != "" {
		title = "label " + former + " " + name
		if next, err = w.renamed(next, former, name); err != nil {
			return Entry{}, err
		}
	}
	if err := w.setTable(next, title); err != nil {
		return Entry{}, err
	}
	return w.locate(ctx, w.atlas(), edit, w.frost.statuses())
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// describe returns the entry that a reference names, or a new one without name
// for a row or an address.
func (w *Workspace) describe(ctx context.Context, reference string, t value.Type) (patch.Edit, error) {
	if i := w.table.index(reference); i >= 0 {
		return w.table.file.Edits[i], nil
	}
	places, err := w.Resolve(ctx, reference, t)
	if err != nil {
		return patch.Edit{}, err
	}
	if len(places) != 1 {
		return patch.Edit{}, &adviceError{fmt.Errorf("%w: %q names %d places, and an entry is one", ErrReference, reference, len(places)), "name one row, such as 1"}
	}
	describe, err := w.describer()
	if err != nil {
		return patch.Edit{}, err
	}
	if places[0].Type, err = w.typeOf(reference, places[0], ""); err != nil {
		return patch.Edit{}, err
	}
	edit := describe(places[0])
	if outlives(reference) {
		edit.At = strings.TrimSpace(reference)
	}
	return edit, nil
}

// outlives reports whether a reference is an expression that says more than the
// address it stands for now.
func outlives(reference string) bool {
	expr, err := address.Parse(reference)
	_, _, isRow := rows(reference)
	return err == nil && !isRow && !expr.Absolute() && !passing.MatchString(reference)
}

// describer returns what makes entries of candidates and addresses, by
// expressions that outlive the process where there are any.
func (w *Workspace) describer() (func(search.Match) patch.Edit, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	regions, modules, err := s.Map()
	if err != nil {
		return nil, err
	}
	return func(m search.Match) patch.Edit {
		edit := patch.Edit{At: address.Durable(m.Addr, regions, modules).String(), Type: m.Type, Stored: m.Form}
		if m.Order != nil && m.Order != s.Layout().Order {
			edit.Order = m.Order
		}
		if edit.Type == value.Invalid {
			edit.Type = value.I32
		}
		if edit.Type.Size() == 0 {
			edit.Length = len(m.Value)
		}
		return edit
	}, nil
}

// Unlabel takes entries off the table. One that the address of another begins
// with is taken off only together with that.
func (w *Workspace) Unlabel(names []string) error {
	for _, name := range names {
		if w.table.index(name) < 0 {
			return w.noEntry(name)
		}
	}
	edits := slices.DeleteFunc(slices.Clone(w.table.file.Edits), func(e patch.Edit) bool {
		return e.Name != "" && slices.Contains(names, e.Name)
	})
	refers, err := w.referrer()
	if err != nil {
		return err
	}
	for _, name := range names {
		if by := refers.of(name, edits); by != nil {
			return &adviceError{
				fmt.Errorf("%w: %q is what the address of %s begins with", ErrReference, name, strings.Join(by, ", ")),
				"take these off the table first, or together with it",
			}
		}
	}
	return w.setTable(w.table.thawed(names...).holdingEdits(edits), "label --delete "+strings.Join(names, " "))
}

func (w *Workspace) noEntry(name string) error {
	hint := "entries lists them"
	if len(w.table.file.Edits) == 0 {
		hint = "label REF NAME makes one"
	}
	return &adviceError{fmt.Errorf("%w: no entry is called %q", ErrReference, name), hint}
}

// Entries returns the table of entries with what they hold now; given names,
// those entries.
func (w *Workspace) Entries(ctx context.Context, names ...string) ([]Entry, error) {
	edits := w.table.file.Edits
	if names != nil {
		edits = nil
		for _, name := range names {
			i := w.table.index(name)
			if i < 0 {
				return nil, w.noEntry(name)
			}
			edits = append(edits, w.table.file.Edits[i])
		}
	}
	frozen, places := w.frost.statuses(), w.atlas()
	var out []Entry
	for _, edit := range edits {
		e, err := w.locate(ctx, places, edit, frozen)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// EntryNames returns the names of the entries, in the order of the table.
func (w *Workspace) EntryNames() []string {
	var names []string
	for _, e := range w.table.file.Edits {
		if e.Name != "" {
			names = append(names, e.Name)
		}
	}
	return names
}

// Groups returns the groups that entries are listed under, each once.
func (w *Workspace) Groups() []string {
	var groups []string
	for _, e := range w.table.file.Edits {
		if e.Group != "" && !slices.Contains(groups, e.Group) {
			groups = append(groups, e.Group)
		}
	}
	return groups
}

// locate finds the place of an entry and reads it. An error is one that holds
// for all entries.
func (w *Workspace) locate(ctx context.Context, places *atlas, edit patch.Edit, frozen map[string]*freeze.Status) (Entry, error) {
	s, err := w.Session()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Edit: edit, Frozen: frozen[edit.Name]}
	m, err := places.entry(ctx, edit, nil)
	if f := e.Frozen; errors.Is(err, ErrReference) && edit.At == "" && f != nil && f.Enabled && f.Ready { // it is kept there, and is neither old nor new
		m, err = search.Match{Addr: f.Address, Value: make([]byte, f.Width)}, nil
	}
	if err == nil {
		e.Addr, e.Now = m.Addr, make([]byte, len(m.Value))
		_, err = s.Read(e.Now, m.Addr)
	}
	switch {
	case ctx.Err() != nil:
		return Entry{}, ctx.Err()
	case errors.Is(err, session.ErrGone):
		return Entry{}, err
	case err != nil:
		e.Addr, e.Now, e.Err = 0, nil, err
	}
	return e, nil
}

// setTable makes next the table of entries, which can be undone.
func (w *Workspace) setTable(next table, title string) error {
	step, err := w.tableStep(next, title)
	if err == nil {
		w.history.add(step)
	}
	return err
}

// tableStep makes next the table of entries, and what is kept frozen what it
// says, and returns the step that does so.
func (w *Workspace) tableStep(next table, title string) (Step, error) {
	_ = w.learnTarget() // save asks again, and tells
	if w.table.origin == nil {
		w.table.origin = new(origin)
	}
	if next.origin == nil {
		next.origin = w.table.origin
	}
	put := func(t table) func(context.Context) error {
		return func(context.Context) error { return w.putTable(t) }
	}
	step := Step{Title: title, undo: put(w.table), redo: put(next)}
	return step, w.putTable(next)
}

// putTable makes t the table of entries. When what it freezes cannot be frozen
// the former one stays.
func (w *Workspace) putTable(t table) error {
	if err := w.keep(t); err != nil {
		_ = w.keep(w.table) // as far as it goes: err tells what is wrong
		return err
	}
	w.table = t
	return nil
}

// quietly makes writes that next belongs to, while nothing is kept frozen that
// next keeps otherwise: it would be written back at once. When they fail the
// freezing goes on as before.
func (w *Workspace) quietly(next table, write func() error) error {
	still := w.table
	for name, how := range w.table.frozen {
		i, j := w.table.index(name), next.index(name)
		if then, kept := next.frozen[name]; !kept || j < 0 || asFrozen(w.table.file.Edits[i], how) != asFrozen(next.file.Edits[j], then) {
			still = still.thawed(name)
		}
	}
	if len(still.frozen) == len(w.table.frozen) {
		return write()
	}
	if err := w.keep(still); err != nil {
		return err
	}
	err := write()
	if err != nil {
		err = errors.Join(err, w.keep(w.table))
	}
	return err
}
