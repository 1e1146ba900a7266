package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"quarry/patch"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
)

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
	by := w.atlas()
	edit, err := w.describe(ctx, by, reference, o.Type)
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
		if next, err = by.renamed(next, former, name); err != nil {
			return Entry{}, err
		}
	}
	if err := w.setTable(next, title); err != nil {
		return Entry{}, err
	}
	by.table = w.table // with the entry
	return w.locate(ctx, by, edit, w.frost.statuses())
}

// describe returns the entry that a reference names, or a new one without name
// for a row or an address.
func (w *Workspace) describe(ctx context.Context, by *atlas, reference string, t value.Type) (patch.Edit, error) {
	if i := w.table.index(reference); i >= 0 {
		return w.table.file.Edits[i], nil
	}
	places, err := w.resolve(ctx, by, reference, t)
	if err != nil {
		return patch.Edit{}, err
	}
	if len(places) != 1 {
		return patch.Edit{}, &adviceError{fmt.Errorf("%w: %q names %d places, and an entry is one", ErrReference, reference, len(places)), "name one row, such as 1"}
	}
	describe, err := by.describer()
	if err != nil {
		return patch.Edit{}, err
	}
	if places[0].Type, err = by.typeOf(reference, places[0], ""); err != nil {
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
func (a *atlas) describer() (func(search.Match) patch.Edit, error) {
	regions, modules, err := a.process.Map()
	if err != nil {
		return nil, err
	}
	return func(m search.Match) patch.Edit {
		edit := patch.Edit{At: address.Durable(m.Addr, regions, modules).String(), Type: m.Type, Stored: m.Form}
		if m.Order != nil && m.Order != a.session.Layout().Order {
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
	if _, err := w.Session(); err != nil {
		return err
	}
	refers, err := w.atlas().referrer()
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
