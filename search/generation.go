package search

import (
	"encoding/binary"
	"errors"
	"runtime"
	"time"

	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/group"
	"quarry/search/value"
	"quarry/session"
)

// ErrQuery is the state of a query that cannot be run, whatever the process.
var ErrQuery = errors.New("bad query")

// Query says what to look for and where.
type Query struct {
	// Type is the type of the values. Invalid takes the type that the
	// condition's operand suggests; see value.Guess.
	Type value.Type
	// Condition is what each value must meet.
	Condition condition.Condition
	// Scope says which regions to search. The zero value means all that are
	// readable and writable.
	Scope session.Scope
	// Align is the distance in bytes of the addresses looked at, a power of
	// two. 0 means the size of the type for numbers and 1 for all else.
	Align int
	// Order is the byte order of the values. nil means that of the process.
	Order binary.ByteOrder
	// Round is how far a float may be from the number asked for; see
	// condition.Binding.
	Round string
	// Fold finds text in any case.
	Fold bool
	// Form is the form in which numbers are stored; the zero value means as
	// they are.
	Form value.Form
	// Group, when not nil, is looked for in place of Type and Condition: its
	// candidates are the addresses where it begins, and their values its bytes.
	Group *group.Group
}

// binding returns how the values looked for lie in memory.
func (q *Query) binding(layout session.Layout) condition.Binding {
	b := condition.Binding{Type: q.Type, Order: q.Order, Round: q.Round, Fold: q.Fold, Form: q.Form}
	if b.Order == nil {
		b.Order = layout.Order
	}
	return b
}

// Progress is how far a search has come.
type Progress struct {
	Done, Total uint64 // bytes of the process
	Matches     uint64
}

// Options are the settings of a search that do not change its result.
type Options struct {
	// Workers is the number of goroutines that read and compare. 0 means one
	// for each processor.
	Workers int
	// Progress, when not nil, is called now and then while the search runs,
	// from one goroutine at a time.
	Progress func(Progress)
	// Store is where the candidates are kept. A narrowing without one uses that
	// of the generation it narrows; a first search without one keeps all in
	// memory. A program has one Store for all its searches, made with the
	// ceiling it wants.
	Store *candidate.Store
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Generation is the result of one search. It never changes and may be used by
// several goroutines.
type Generation struct {
	// Type is the type of the values, never Invalid.
	Type value.Type
	// Condition is what was asked.
	Condition condition.Condition
	// Scope is where the first search looked.
	Scope session.Scope
	// Align is the distance of the addresses looked at, in bytes. 0 means that
	// it differs by type, as for value.Any.
	Align int
	// Group is what was looked for at first, if it was a group.
	Group *group.Group
	// Scanned is the number of bytes of the process that were read.
	Scanned uint64
	// Unreadable is the number of bytes that a first search meant to read and
	// could not, as pages past the end of a mapped file.
	Unreadable uint64
	// Lost is the number of candidates that could not be read any more and
	// were dropped by a narrowing.
	Lost uint64
	// Elapsed is how long the search took.
	Elapsed time.Duration

	binding condition.Binding // of the values, but for type and width
	layout  session.Layout
	sets    []typedSet
	store   *candidate.Store
	first   *Generation // the first search; nil when this is it
}

// typedSet holds the candidates of one type.
type typedSet struct {
	typ    value.Type
	twin   value.Type // another type that they can be of as well, or Invalid
	set    *candidate.Set
	origin int // index of the set of this type in the first search
}

// bindingOf returns how the values of one of the sets lie in memory.
func (g *Generation) bindingOf(s typedSet) condition.Binding {
	b := g.binding
	b.Type, b.Width = s.typ, s.set.Width()
	if g.Type == value.Any && s.typ == value.String {
		b.Form = value.TextForm // the digits of a number
	}
	return b
}

// Match is one candidate.
type Match struct {
	Addr uint64
	Type value.Type
	// Value holds the bytes found at Addr.
	Value []byte
	// Form is the form in which the value is stored.
	Form value.Form
	// Order is the byte order of the value; nil is that of the process.
	Order binary.ByteOrder
}

// Len returns the number of candidates.
func (g *Generation) Len() uint64 {
	var n uint64
	for _, s := range g.sets {
		n += s.set.Len()
	}
	return n
}

// Asked says what was asked of the candidates last: the group that was looked
// for, or a condition.
func (g *Generation) Asked() string {
	if g.Group != nil && g.first == nil {
		return "group " + g.Group.String()
	}
	return g.Condition.String()
}

// Layout returns how the searched process stores its data, with the byte order
// of the values that were looked for.
func (g *Generation) Layout() session.Layout {
	layout := g.layout
	layout.Order = g.binding.Order
	return layout
}

// Memory returns the number of bytes the candidates and their values take in
// memory. What they share with another generation counts for both.
func (g *Generation) Memory() uint64 {
	memory, _ := Usage(g)
	return memory
}

// Usage returns how many bytes generations take in memory and in the temporary
// file of their store. What several of them share counts once.
func Usage(generations ...*Generation) (memory, file uint64) {
	var sets []*candidate.Set
	for _, g := range generations {
		for _, s := range g.sets {
			sets = append(sets, s.set)
		}
	}
	return candidate.Usage(sets...)
}

// First returns the first search that this generation goes back to, which may
// be itself. It is kept as long as the generation is.
func (g *Generation) First() *Generation {
	if g.first == nil {
		return g
	}
	return g.first
}
