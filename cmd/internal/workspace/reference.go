package workspace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
)

// maxPlaces is how many places one reference may name: writing more is hardly
// ever meant.
const maxPlaces = 1 << 20

// Resolve returns the places that a reference names: rows of the present search
// (3, 1..5, all, joined by commas), or an address expression. t is the type of
// what is at an address; the candidates have types of their own.
func (w *Workspace) Resolve(ctx context.Context, reference string, t value.Type) ([]search.Match, error) {
	var places []search.Match
	for _, word := range strings.Split(reference, ",") {
		word = strings.TrimSpace(word)
		from, to, ok := rows(word)
		if !ok {
			m, err := w.resolveAddress(ctx, word, t)
			if err != nil {
				return nil, err
			}
			places = append(places, m)
			continue
		}
		found, err := w.resolveRows(word, from, to)
		if err != nil {
			return nil, err
		}
		if places = append(places, found...); len(places) > maxPlaces {
			return nil, fmt.Errorf("%w: %q names more than %d candidates; narrow them first", ErrReference, reference, maxPlaces)
		}
	}
	return places, nil
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

func (w *Workspace) resolveAddress(ctx context.Context, text string, t value.Type) (search.Match, error) {
	s, err := w.Session()
	if err != nil {
		return search.Match{}, err
	}
	expr, err := address.Parse(text)
	if err != nil {
		return search.Match{}, err
	}
	addr, err := expr.Resolve(ctx, address.In(s, nil))
	var unresolved *address.ResolveError
	if errors.As(err, &unresolved) {
		return search.Match{}, fmt.Errorf("%w: %w", ErrReference, err)
	}
	return search.Match{Addr: addr, Type: t}, err
}
