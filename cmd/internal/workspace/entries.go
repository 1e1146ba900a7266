package workspace

import (
	"context"
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
	frozen map[string]bool // the entries that are kept frozen now
}

// index returns the place of an entry in the table, or -1.
func (t table) index(name string) int {
	return slices.IndexFunc(t.file.Edits, func(e patch.Edit) bool { return e.Name == name && name != "" })
}

// with returns a table in which e stands in place of the entry called name, or
// at the end when there is none.
func (t table) with(name string, e patch.Edit) table {
	t.file.Edits = slices.Clone(t.file.Edits)
	if i := t.index(name); i >= 0 {
		t.file.Edits[i] = e
	} else {
		t.file.Edits = append(t.file.Edits, e)
	}
	return t
}

// withAll returns a table with entries in place of those of the same names, or at
// the end.
func (t table) withAll(edits []patch.Edit) table {
	t.file.Edits = slices.Clone(t.file.Edits)
	at := make(map[string]int)
	for i, e := range t.file.Edits {
		at[e.Name] = i
	}
	for _, e := range edits {
		if i, ok := at[e.Name]; ok && e.Name != "" {
			t.file.Edits[i] = e
		} else {
			t.file.Edits = append(t.file.Edits, e)
		}
	}
	return t
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

// errName is the reason for refusing a name.
var errName = errors.New("bad name")

// checkName refuses names that a reference could not mean.
func checkName(name string) error {
	_, _, isRow := rows(name)
	expr, err := address.Parse(name)
	switch {
	case name == "" || isRow || strings.TrimSpace(name) != name || strings.ContainsAny(name, ",\x00\n"):
	case err == nil && strings.HasPrefix(expr.String(), "0x"):
	case name == "heap" || name == "stack":
	case !utf8.ValidString(name):
	default:
		return nil
	}
	return &adviceError{fmt.Errorf("%w: %w: %q cannot be told from a row, an address or a region", ErrReference, errName, name), "begin it with a letter, such as lives"}
}

// Label names the place that a reference means, which must be one, and adds it
// to the table. An entry is renamed, or given what o says.
func (w *Workspace) Label(ctx context.Context, reference, name string, o LabelOptions) (Entry, error) {
	if err := checkName(name); err != nil {
		return Entry{}, err
	}
	edit, err := w.describe(ctx, reference, o.Type)
	if err != nil {
		return Entry{}, err
	}
	former := edit.Name
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
	next := w.table.with(former, edit)
	title := "label " + edit.At + " " + name
	if former != "" {
		title = "label " + former + " " + name
		next = next.renamed(former, name)
	}
	if err := w.setTable(next, title); err != nil {
		return Entry{}, err
	}
	return w.locate(ctx, edit, w.frost.statuses())
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// renamed keeps an entry frozen under its new name.
func (t table) renamed(from, to string) table {
	if t.frozen[from] && from != to {
		t = t.freezing(false, from).freezing(true, to)
	}
	return t
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
	regions, err := s.Regions()
	if err != nil {
		return nil, err
	}
	modules, err := s.Modules()
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

// Unlabel takes entries off the table.
func (w *Workspace) Unlabel(names []string) error {
	next := w.table
	for _, name := range names {
		i := next.index(name)
		if i < 0 {
			return w.noEntry(name)
		}
		next = next.freezing(false, name)
		next.file.Edits = slices.Delete(slices.Clone(next.file.Edits), i, i+1)
	}
	return w.setTable(next, "label --delete "+strings.Join(names, " "))
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
	frozen := w.frost.statuses()
	var out []Entry
	for _, edit := range edits {
		e, err := w.locate(ctx, edit, frozen)
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

// locate finds the place of an entry and reads it. An error is one that holds
// for all entries.
func (w *Workspace) locate(ctx context.Context, edit patch.Edit, frozen map[string]*freeze.Status) (Entry, error) {
	s, err := w.Session()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Edit: edit, Frozen: frozen[edit.Name]}
	m, err := w.atlas().entry(ctx, edit, nil)
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
	put := func(t table) func(context.Context) error {
		return func(context.Context) error {
			if err := w.keep(t); err != nil {
				_ = w.keep(w.table) // as far as it goes: err tells what is wrong
				return err
			}
			w.table = t
			return nil
		}
	}
	step := Step{Title: title, undo: put(w.table), redo: put(next)}
	return step, put(next)(context.Background())
}
