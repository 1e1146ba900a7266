package workspace

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/watch"
)

// MostWatched is how many places can be watched at once.
const MostWatched = 4

// WatchOptions say how places are watched.
type WatchOptions struct {
	Kind   watch.Kind
	Length int // of each place in bytes; 0 is that of its type, or 4
	Engine watch.Engine
}

// Watching is places that are being watched.
type Watching struct {
	*watch.Watch
	Refs []string // of its points: how each was named
	work *Workspace
}

// Watch begins to watch the places of some references, until ctx ends.
func (w *Workspace) Watch(ctx context.Context, references []string, o WatchOptions) (*Watching, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	out := &Watching{work: w}
	var points []watch.Point
	by := w.atlas()
	for _, reference := range references {
		for _, word := range w.words(reference) {
			places, err := w.resolveWord(ctx, by, word, value.Invalid)
			if err != nil {
				return nil, err
			}
			if len(points)+len(places) > MostWatched {
				return nil, &adviceError{fmt.Errorf("%w: %s name more than %d places, and no more can be watched at once", ErrReference, strings.Join(references, " "), MostWatched), "narrow them first, or watch some of them"}
			}
			for i, place := range places {
				points, out.Refs = append(points, o.point(place)), append(out.Refs, refOf(word, i))
			}
		}
	}
	out.Watch, err = watch.Start(ctx, s, o.Engine, points...)
	if err != nil {
		return nil, watchError(err, o.Engine)
	}
	return out, nil
}

// refOf names one of the places that a word names.
func refOf(word string, i int) string {
	if from, _, isRows := rows(word); isRows {
		return strconv.FormatUint(from+uint64(i), 10)
	}
	return word
}

// point returns what is to be watched of a place.
func (o WatchOptions) point(place search.Match) watch.Point {
	const usual = 4
	p := watch.Point{Addr: place.Addr, Length: o.Length, Kind: o.Kind}
	switch size := place.Form.Size(place.Type); {
	case o.Kind == watch.Execute:
		p.Length = 1
	case o.Length > 0:
	case size > 0:
		p.Length = size
	case len(place.Value) > 0:
		p.Length = len(place.Value)
	default:
		p.Length = usual
	}
	return p
}

// watchError adds to the error of a watch what would work here. Points that
// cannot be are bad references.
func watchError(err error, engine watch.Engine) error {
	var registers *watch.RegistersError
	switch {
	case errors.Is(err, watch.ErrPoint):
		return &pointError{err}
	case errors.As(err, &registers) && registers.Cause == nil:
		return &pointError{err}
	case errors.Is(err, watch.ErrUnsupported) && errors.Is(err, syscall.EINVAL): // tracing cannot either
		return err
	case engine == watch.Perf && (errors.Is(err, session.ErrPermission) || errors.Is(err, watch.ErrUnsupported) ||
		errors.Is(err, watch.ErrDescriptors) || errors.Is(err, watch.ErrRegisters)):
		hint := "--trace watches by tracing: the process then stops for a moment at each hit"
		if first := session.Hint(err); first != "" {
			hint = first + "\n" + hint
		}
		return &adviceError{err, hint}
	}
	return err
}

// pointError is a place that cannot be watched. It is ErrReference.
type pointError struct{ error }

func (e *pointError) Unwrap() error { return e.error }

// Is matches ErrReference.
func (e *pointError) Is(target error) bool { return target == ErrReference }

// Sighting is an instruction that a watch has seen, by the name it goes by.
type Sighting struct {
	watch.Hit
	Number int
	Kind   watch.Kind
}

// Name is how an instruction that was seen is referred to.
func (s Sighting) Name() string { return fmt.Sprintf("hit%d", s.Number) }

// End ends the watch. What it has seen is from then on hit1, hit2 and so on, in
// the order of the report. The error is session.ErrGone when the process has
// ended.
func (x *Watching) End() (watch.Report, error) {
	err := x.Stop()
	report := x.Report()
	x.work.sightings = nil
	for _, p := range report.Points {
		for _, h := range p.Hits {
			x.work.sightings = append(x.work.sightings, Sighting{h, len(x.work.sightings) + 1, p.Point.Kind})
		}
	}
	return report, err
}

// Sightings returns what the last watch has seen.
func (w *Workspace) Sightings() []Sighting { return w.sightings }

// sighting returns the instruction that a word names: hit1 and so on.
func (w *Workspace) sighting(word string) (Sighting, bool) {
	i := slices.IndexFunc(w.sightings, func(s Sighting) bool { return s.Name() == word })
	if i < 0 {
		return Sighting{}, false
	}
	return w.sightings[i], true
}

// passing matches the names of sightings, which mean something else after the
// next watch.
var passing = regexp.MustCompile(`\bhit[0-9]+\b`)

// Code returns the instruction that did it. The error is one for an instruction
// that is not known for sure.
func (s Sighting) Code() (watch.Candidate, error) {
	c := s.Cause
	switch {
	case c == nil || len(c.Candidates) == 0:
		why := "it is not known which instruction that was"
		if c != nil && c.Note != "" {
			why = c.Note
		}
		return watch.Candidate{}, &adviceError{fmt.Errorf("%w: %s: %s", ErrReference, s.Name(), why), fmt.Sprintf("disasm %#x shows where the program went on", s.IP)}
	case c.Ambiguous:
		var all []string
		for _, one := range c.Candidates {
			all = append(all, fmt.Sprintf("%#x (%s)", one.Instruction.Addr, one.Text))
		}
		return watch.Candidate{}, &adviceError{fmt.Errorf("%w: %s is one of several instructions: %s", ErrReference, s.Name(), strings.Join(all, ", ")), "name one by its address"}
	}
	return c.Candidates[0], nil
}
