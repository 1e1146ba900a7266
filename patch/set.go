package patch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

// Assigned is the result of [Set].
type Assigned struct {
	Count  int   // distinct places
	Padded int   // NUL bytes written after the text; where that differs by place, the most
	Group  Group // what was written, with the bytes that were there right before
}

// Set writes the value that text stands for at each place, whatever is there. A
// place is a search.Match: its Type says how text is read. Where its Value is
// not nil, the length of that is the room there is: shorter text is padded with
// NULs, shorter bytes leave the rest as it is, and anything longer is a
// [*LengthError]. Without Value as many bytes are written as the value has.
//
// All places are written or none; see [Apply]. A text that is no value of its
// type is a *value.ParseError, one that would change a file on disk a
// [*FileWriteError]. Nothing is written that is there already. With a
// [*ResumeError] that has no earlier reason everything was written, and the result
// tells it.
func Set(ctx context.Context, t session.Target, places []search.Match, text string, options ...Option) (*Assigned, error) {
	result := new(Assigned)
	var steps []step
	for _, p := range places {
		order := p.Order
		if order == nil {
			order = t.Layout().Order
		}
		after, err := p.Form.Encode(p.Type, text, order)
		if err != nil {
			return nil, err
		}
		if p.Value != nil {
			var padded int
			if after, padded, err = fit(fitting(p.Type, p.Form), after, len(p.Value)); err != nil {
				return nil, err
			}
			result.Padded = max(result.Padded, padded)
		}
		steps = append(steps, step{Write: Write{Addr: p.Addr, After: after}, accept: anything})
	}
	steps = distinct(steps)
	err := newPolicy(options).apply(ctx, t, steps)
	if !done(err) {
		return nil, err
	}
	result.Count = len(steps)
	result.Group = newGroup(setTitle(places, len(steps), text), steps)
	return result, err
}

func anything([]byte) bool { return true }

// distinct drops steps that do the same as one before.
func distinct(steps []step) []step {
	type key struct {
		addr  uint64
		after string
	}
	seen := make(map[key]bool, len(steps))
	kept := steps[:0]
	for _, s := range steps {
		k := key{s.Addr, string(s.After)}
		if !seen[k] {
			kept = append(kept, s)
		}
		seen[k] = true
	}
	return kept
}

// setTitle says what was set; some of the places may be the same.
func setTitle(places []search.Match, distinct int, text string) string {
	if len(places) == 0 {
		return "set nothing"
	}
	if t := places[0].Type; t == value.String || t == value.UTF16 {
		text = short(text)
	}
	if distinct == 1 {
		return fmt.Sprintf("set %#x to %s", places[0].Addr, text)
	}
	return fmt.Sprintf("set %s to %s", countPlaces(distinct), text)
}

func countPlaces(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}

// short quotes a text for a title, where it is long only its beginning.
func short(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// fitting returns the type by whose rules a value of type t fits its place:
// numbers that are stored as digits are text.
func fitting(t value.Type, f value.Form) value.Type {
	if f.Text() && t.Number() {
		return value.String
	}
	return t
}

// fit makes raw, a value of type t, take room bytes where it can: text is padded
// with NULs, bytes stay shorter. It returns how many bytes were padded.
func fit(t value.Type, raw []byte, room int) (after []byte, padded int, err error) {
	switch {
	case len(raw) > room:
		return nil, 0, &LengthError{Fits: room, Have: len(raw)}
	case t == value.String || t == value.UTF16:
		padded = room - len(raw)
		return append(slices.Clip(raw), make([]byte, padded)...), padded, nil
	}
	return raw, 0, nil
}

// encode is value.Encode with the room that the value has to fit in.
func encode(t value.Type, text string, order binary.ByteOrder, room int) (after []byte, padded int, err error) {
	raw, err := value.Encode(t, text, order)
	if err != nil {
		return nil, 0, err
	}
	return fit(t, raw, room)
}

// errOneType is the reason for refusing to write a value of type any.
var errOneType = errors.New("a value is written as one type: name it, such as i32")
