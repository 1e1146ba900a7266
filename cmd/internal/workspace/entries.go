package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"quarry/patch"
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

// Entry is a labelled place with what it holds now.
type Entry struct {
	patch.Edit
	Addr uint64 // 0 when Err is set
	Now  []byte // nil when Err is set
	Err  error  // why the place cannot be told or read
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
	w.setTable(next, title)
	return w.locate(ctx, edit)
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
		t = t.freezing(from, false).freezing(to, true)
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
	edit, err := w.newEdit(places[0])
	if _, _, isRow := rows(reference); !isRow {
		edit.At = strings.TrimSpace(reference)
	}
	return edit, err
}

// newEdit returns an entry for a candidate or an address, by an expression that
// outlives the process where there is one.
func (w *Workspace) newEdit(m search.Match) (patch.Edit, error) {
	s, err := w.Session()
	if err != nil {
		return patch.Edit{}, err
	}
	regions, err := s.Regions()
	if err != nil {
		return patch.Edit{}, err
	}
	modules, err := s.Modules()
	if err != nil {
		return patch.Edit{}, err
	}
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
	return edit, nil
}

// Unlabel takes entries off the table.
func (w *Workspace) Unlabel(names []string) error {
	next := w.table
	for _, name := range names {
		i := next.index(name)
		if i < 0 {
			return w.noEntry(name)
		}
		next = next.freezing(name, false)
		next.file.Edits = slices.Delete(slices.Clone(next.file.Edits), i, i+1)
	}
	w.setTable(next, "label --delete "+strings.Join(names, " "))
	return nil
}

func (w *Workspace) noEntry(name string) error {
	hint := "entries lists them"
	if len(w.table.file.Edits) == 0 {
		hint = "label REF NAME makes one"
	}
	return &adviceError{fmt.Errorf("%w: no entry is called %q", ErrReference, name), hint}
}

// Entries returns the table of entries with what they hold now.
func (w *Workspace) Entries(ctx context.Context) ([]Entry, error) {
	var out []Entry
	for _, edit := range w.table.file.Edits {
		e, err := w.locate(ctx, edit)
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
func (w *Workspace) locate(ctx context.Context, edit patch.Edit) (Entry, error) {
	s, err := w.Session()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Edit: edit}
	m, err := w.resolveEntry(ctx, edit, nil)
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

// resolveEntry returns the place of an entry; its Value has the length of what
// is there and no meaning. outer are the entries whose address names this one.
func (w *Workspace) resolveEntry(ctx context.Context, edit patch.Edit, outer []string) (search.Match, error) {
	m := search.Match{Type: edit.Type, Form: edit.Stored, Order: edit.Order}
	if m.Type == value.Invalid {
		m.Type = edit.Guess()
	}
	if edit.At == "" {
		return w.findEntry(ctx, edit, m)
	}
	var err error
	if m.Addr, err = w.address(ctx, edit.At, append(outer, edit.Name)); err != nil {
		return m, err
	}
	m.Value = make([]byte, edit.Width())
	return m, nil
}

// findEntry finds an entry that is located by content.
func (w *Workspace) findEntry(ctx context.Context, edit patch.Edit, m search.Match) (search.Match, error) {
	edit.Disabled = false
	plan, err := w.Plan(ctx, &patch.File{Edits: []patch.Edit{edit}})
	if err != nil {
		return m, err
	}
	found := plan.Edits[0]
	if len(found.Places) != 1 {
		return m, errors.Join(ErrReference, found.Err)
	}
	m.Addr, m.Value = found.Places[0].Addr, found.Places[0].Before
	return m, nil
}

// address resolves an address expression. outer are the entries that are being
// resolved already: among them a name means something else, as that of a module.
func (w *Workspace) address(ctx context.Context, text string, outer []string) (uint64, error) {
	s, err := w.Session()
	if err != nil {
		return 0, err
	}
	expr, err := address.Parse(text)
	if err != nil {
		return 0, err
	}
	var inner error // why an entry that the expression names has no address
	addr, err := expr.Resolve(ctx, address.In(s, func(name string) (uint64, bool) {
		i := w.table.index(name)
		if i < 0 || slices.Contains(outer, name) {
			return 0, false
		}
		m, err := w.resolveEntry(ctx, w.table.file.Edits[i], outer)
		inner = errors.Join(inner, err)
		return m.Addr, err == nil
	}))
	switch {
	case err != nil && inner != nil:
		return 0, inner
	case errors.Is(err, address.ErrUnresolved):
		return 0, fmt.Errorf("%w: %w", ErrReference, err)
	}
	return addr, err
}

// setTable makes next the table of entries, which can be undone.
func (w *Workspace) setTable(next table, title string) {
	w.history.add(w.tableStep(next, title))
}

// tableStep makes next the table of entries and returns the step that does so.
func (w *Workspace) tableStep(next table, title string) Step {
	before := w.table
	put := func(t table) func(context.Context) error {
		return func(context.Context) error {
			w.table = t
			return w.keepFrozen()
		}
	}
	w.table = next
	return Step{Title: title, undo: put(before), redo: put(next)}
}
