package workspace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"quarry/patch"
	"quarry/search/text"
	"quarry/search/value"
	"quarry/session"
)

// Strings finds the texts in memory and calls yield with them as text.Find does.
func (w *Workspace) Strings(ctx context.Context, q text.Query, yield func([]text.String) error) error {
	s, err := w.Session()
	if err != nil {
		return err
	}
	return text.Find(ctx, s, q, text.Options{Progress: w.Progress}, yield)
}

// ReadOptions say how memory is read as values.
type ReadOptions struct {
	Type   value.Type       // Invalid: that of the row or entry, at an address i32 or as wide as the variable
	Count  int              // values side by side; 0 stands for 1
	Length int              // of a text or bytes at an address, at most; 0: 4096 for texts, 16 for bytes
	Order  binary.ByteOrder // nil: that of the row, the entry or the process
}

// Reading is what a part of a reference names, with what is there.
type Reading struct {
	Ref    string
	Name   string // of the entry, may be empty
	Hex    bool   // the entry asks for hexadecimal numbers
	Names  []patch.Named
	Type   value.Type
	Form   value.Form
	Order  binary.ByteOrder
	Addr   uint64
	Values []Element
	Err    error // why there are less values than asked for
}

// Element is one value of a reading.
type Element struct {
	Addr uint64
	Raw  []byte // of a text without what ends it
	Cut  bool   // the text is longer than was read
}

// mostRead is how many bytes of values one reference may mean.
const mostRead = 64 << 20

// Read reads the values at the places that a reference names. Type Any reads
// each place as every number type. What cannot be read is the Err of its
// reading; where that is all, it is the error.
func (w *Workspace) Read(ctx context.Context, reference string, o ReadOptions) ([]Reading, error) {
	o.Count = max(o.Count, 1)
	var out []Reading
	read, by := false, w.atlas()
	for _, word := range w.words(reference) {
		readings, err := w.readings(ctx, by, word, o)
		if err != nil {
			return nil, err
		}
		for i := range readings {
			if err := w.fill(ctx, &readings[i], o); err != nil {
				return nil, err
			}
			read = read || len(readings[i].Values) > 0
		}
		if out = append(out, readings...); len(out) > maxPlaces {
			return nil, fmt.Errorf("%w: %q names more than %d places", ErrReference, reference, maxPlaces)
		}
	}
	if !read {
		return nil, out[0].Err
	}
	return out, nil
}

// readings returns what one word of a reference names, without values.
func (w *Workspace) readings(ctx context.Context, by *atlas, word string, o ReadOptions) ([]Reading, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	places, err := w.resolveWord(ctx, by, word, value.Invalid)
	if err != nil {
		return nil, err
	}
	var out []Reading
	for _, m := range places {
		r := Reading{Ref: word, Type: m.Type, Form: m.Form, Order: m.Order, Addr: m.Addr}
		if i := w.table.index(word); i >= 0 {
			edit := w.table.file.Edits[i]
			r.Name, r.Hex, r.Names = edit.Name, edit.Hex, edit.Names
		}
		width := len(m.Value)
		if o.Type != value.Invalid && o.Type != r.Type {
			r.Type, r.Form, r.Names, width = o.Type, value.Form{}, nil, 0
		}
		if r.Type == value.Invalid {
			r.Type = by.typeAt(word, m.Addr)
		}
		if o.Length > 0 && (r.Type.Number() || r.Type == value.Any) {
			return nil, &adviceError{fmt.Errorf("%w, and %s is read as %s", ErrLength, word, r.Type), "-t bytes reads so many bytes, and --count N so many numbers"}
		}
		r.Order = cmp.Or(o.Order, r.Order, s.Layout().Order)
		if width > 0 && o.Length == 0 && r.Type.Size() == 0 || r.Form.Text() {
			r.Values = []Element{{Raw: make([]byte, width)}} // as long as what was found
		}
		if r.Type != value.Any {
			out = append(out, r)
			continue
		}
		for _, r.Type = range value.Numbers() {
			out = append(out, r)
		}
	}
	return out, nil
}

// fill reads the values of a reading. An error is one that holds for all of
// them.
func (w *Workspace) fill(ctx context.Context, r *Reading, o ReadOptions) error {
	s, err := w.Session()
	if err != nil {
		return err
	}
	width, until := r.Form.Size(r.Type), 0 // a text goes on until NUL
	switch {
	case len(r.Values) > 0:
		width = len(r.Values[0].Raw)
	case width > 0:
	case r.Type == value.Bytes:
		width = orNumber(o.Length, 16)
	default:
		until = orNumber(o.Length, 4096)
	}
	r.Values = nil
	if o.Count > mostRead/max(width, until, 1) {
		return &adviceError{fmt.Errorf("%w: %d values are more than %d MiB", ErrReference, o.Count, mostRead>>20), "dump writes as much as you like to a file"}
	}
	if until > 0 {
		err = r.readTexts(ctx, s, until, o.Count)
	} else {
		err = r.readArray(s, width, o.Count)
	}
	if errors.Is(err, session.ErrUnreadable) {
		r.Err = w.unreadable(err)
		return nil
	}
	return err
}

func orNumber(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// readArray reads values of equal width that lie side by side.
func (r *Reading) readArray(s session.Memory, width, count int) error {
	raw := make([]byte, width*count)
	n, err := s.Read(raw, r.Addr)
	if err != nil && !errors.Is(err, session.ErrUnreadable) {
		return err
	}
	for at := 0; at+width <= n; at += width {
		r.Values = append(r.Values, Element{Addr: r.Addr + uint64(at), Raw: raw[at : at+width]})
	}
	return err
}

// readTexts reads texts that end with NUL, each at most most bytes long.
func (r *Reading) readTexts(ctx context.Context, s session.Memory, most, count int) error {
	unit := 1
	if r.Type == value.UTF16 {
		unit, most = 2, most&^1
	}
	buffer := make([]byte, most)
	for at := r.Addr; len(r.Values) < count; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := s.Read(buffer, at)
		if err != nil && !errors.Is(err, session.ErrUnreadable) {
			return err
		}
		text := buffer[:n]
		end := -1
		for i := 0; i+unit <= n; i += unit {
			if text[i] == 0 && text[i+unit-1] == 0 {
				end = i
				break
			}
		}
		cut := end < 0 && n == most
		switch {
		case end >= 0:
			text, n = text[:end], end+unit
		case err != nil && n < unit: // nothing is there
			return err
		}
		r.Values = append(r.Values, Element{at, bytes.Clone(text), cut})
		at += uint64(n)
	}
	return nil
}

// unreadable adds to an error of reading what is at its address.
func (w *Workspace) unreadable(err error) error {
	access := (*session.AccessError)(nil)
	if !errors.As(err, &access) || access.Advice != "" {
		return err
	}
	regions, mapErr := w.session.Regions()
	if mapErr != nil {
		return err
	}
	hint := "nothing is mapped there; maps lists what is"
	if r, ok := session.FindRegion(regions, access.Addr); ok {
		hint = fmt.Sprintf("it lies in %s, %s, %s", r.Range, r.Perms, r.Kind)
		if r.Path != "" {
			hint += " " + r.Path
		}
	}
	return &adviceError{err, hint}
}

// Meaning returns the name that the entry gives a value, or the empty string.
func (r Reading) Meaning(v Element) string {
	edit := patch.Edit{Type: r.Type, Stored: r.Form, Order: r.Order}
	for _, n := range r.Names {
		if edit.Is(n.Value, v.Raw, r.Order) {
			return n.Name
		}
	}
	return ""
}

// Place returns the one address that a reference names, and how many bytes are
// there, as far as a row or an entry tells.
func (w *Workspace) Place(ctx context.Context, reference string) (addr uint64, size int, err error) {
	return w.place(ctx, w.atlas(), reference)
}

// place is Place by an atlas.
func (w *Workspace) place(ctx context.Context, by *atlas, reference string) (addr uint64, size int, err error) {
	places, err := w.resolve(ctx, by, reference, value.Invalid)
	if err != nil {
		return 0, 0, err
	}
	if len(places) != 1 {
		return 0, 0, &adviceError{fmt.Errorf("%w: %q names %d places, and one is meant", ErrReference, reference, len(places)), "name one row, such as 1"}
	}
	return places[0].Addr, len(places[0].Value), nil
}

// View is a piece of memory as it was at one moment.
type View struct {
	session.Range
	Bytes    []byte          // zero where they cannot be read
	Readable []session.Range // the parts that can
	Labels   []Label
}

// Label is an entry that lies in a view.
type Label struct {
	Addr uint64
	Size int
	Name string
}

// View reads a piece of memory. It is an error when none of it can be read.
func (w *Workspace) View(ctx context.Context, r session.Range) (View, error) {
	s, err := w.Session()
	if err != nil {
		return View{}, err
	}
	v := View{Range: r, Bytes: make([]byte, r.Size())}
	if v.Readable, err = session.ReadSpans(s, v.Bytes, r.Start, nil); err != nil {
		return View{}, err
	}
	if len(v.Readable) == 0 {
		return View{}, w.unreadable(&session.AccessError{State: session.ErrUnreadable, Addr: r.Start})
	}
	places := w.atlas()
	for _, edit := range w.table.file.Edits {
		if edit.At == "" || edit.Name == "" {
			continue
		}
		addr, err := places.address(ctx, edit.At, []string{edit.Name})
		switch {
		case ctx.Err() != nil:
			return View{}, ctx.Err()
		case errors.Is(err, session.ErrGone):
			return View{}, err
		case err == nil && r.Contains(addr):
			v.Labels = append(v.Labels, Label{addr, edit.Width(), edit.Name})
		}
	}
	slices.SortStableFunc(v.Labels, func(a, b Label) int { return cmp.Compare(a.Addr, b.Addr) })
	return v, nil
}
