package workspace

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"quarry/search"
	"quarry/search/value"
)

// maxPlaces is how many places one reference may name: writing more is hardly
// ever meant.
const maxPlaces = 1 << 20

// Resolve returns the places that a reference names: rows of the present search
// (3, 1..5, all, joined by commas), entries, instructions that the last watch has
// seen (hit1), or an address expression. t is the
// type of what is there; Invalid stands for the types that candidates and
// entries have, and tells nothing of an address.
func (w *Workspace) Resolve(ctx context.Context, reference string, t value.Type) ([]search.Match, error) {
	return w.resolve(ctx, w.atlas(), reference, t)
}

// resolve is Resolve by an atlas.
func (w *Workspace) resolve(ctx context.Context, by *atlas, reference string, t value.Type) ([]search.Match, error) {
	var places []search.Match
	for _, word := range w.words(reference) {
		found, err := w.resolveWord(ctx, by, word, t)
		if err != nil {
			return nil, err
		}
		if places = append(places, found...); len(places) > maxPlaces {
			return nil, fmt.Errorf("%w: %q names more than %d candidates; narrow them first", ErrReference, reference, maxPlaces)
		}
	}
	return places, nil
}

// words returns the parts of a reference.
func (w *Workspace) words(reference string) []string {
	if _, _, isRow := rows(reference); !isRow && w.table.index(reference) >= 0 {
		return []string{reference}
	}
	return splitReference(reference)
}

// splitReference splits a reference at its commas, but for those within quotes
// and brackets. What is not closed does not count.
func splitReference(reference string) []string {
	var words []string
	var quote rune
	depth, from := 0, 0
	for i, r := range reference {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case strings.ContainsRune("[({<", r):
			depth++
		case strings.ContainsRune("])}>", r):
			depth--
		case r == ',' && depth <= 0:
			words, from = append(words, strings.TrimSpace(reference[from:i])), i+1
		}
	}
	if words = append(words, strings.TrimSpace(reference[from:])); quote == 0 && depth == 0 {
		return words
	}
	words = strings.Split(reference, ",")
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
	}
	return words
}

func (w *Workspace) resolveWord(ctx context.Context, by *atlas, word string, t value.Type) ([]search.Match, error) {
	if _, err := w.Session(); err != nil {
		return nil, err
	}
	if from, to, ok := rows(word); ok {
		return w.resolveRows(word, from, to)
	}
	if i := w.table.index(word); i >= 0 {
		m, err := by.entry(ctx, w.table.file.Edits[i], nil)
		if t != value.Invalid {
			m = search.Match{Addr: m.Addr, Type: t}
		}
		return []search.Match{m}, err
	}
	if s, ok := w.sighting(word); ok && t == value.Invalid {
		c, err := s.Code()
		return []search.Match{{Addr: c.Instruction.Addr, Type: value.Bytes, Value: c.Bytes}}, err
	}
	addr, err := by.address(ctx, word, nil)
	return []search.Match{{Addr: addr, Type: t}}, err
}

// rows reads a word that names rows; to is the last of them.
func rows(word string) (from, to uint64, ok bool) {
	if word == "all" {
		return 1, math.MaxUint64, true
	}
	first, last, isRange := strings.Cut(word, "..")
	if !isRange {
		last = first
	}
	from, err1 := strconv.ParseUint(first, 10, 64)
	to, err2 := strconv.ParseUint(last, 10, 64)
	return from, to, err1 == nil && err2 == nil
}

func (w *Workspace) resolveRows(word string, from, to uint64) ([]search.Match, error) {
	g, err := w.Scan()
	if err != nil {
		return nil, err
	}
	n := g.Len()
	switch {
	case n == 0:
		return nil, &adviceError{fmt.Errorf("%w: %q, and the search has no candidates", ErrReference, word), "undo brings the former ones back"}
	case from < 1 || from > to || word != "all" && to > n:
		return nil, fmt.Errorf("%w: %q; the candidates are 1..%d", ErrReference, word, n)
	}
	return g.Page(from-1, int(min(to, n, from+maxPlaces)-from+1))
}
