package workspace

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"quarry/search"
)

// defaultScan is the name of a scan that was given none.
const defaultScan = "main"

// scans are the open searches by name, each with its last generation.
type scans struct {
	byName  map[string]*search.Generation
	current string // the one that verbs and references mean, or empty
}

// with returns scans in which name stands for g and is the current one; a g of
// nil closes the scan. The former scans stay as they are.
func (s scans) with(name string, g *search.Generation) scans {
	next := scans{byName: maps.Clone(s.byName), current: name}
	if next.byName == nil {
		next.byName = make(map[string]*search.Generation)
	}
	if g != nil {
		next.byName[name] = g
		return next
	}
	delete(next.byName, name)
	if next.current = s.current; name == s.current {
		next.current = ""
	}
	return next
}

// Scan is an open search.
type Scan struct {
	Name    string
	Current bool
	*search.Generation
}

// Scans returns the open searches, sorted by name.
func (w *Workspace) Scans() []Scan {
	var out []Scan
	for _, name := range slices.Sorted(maps.Keys(w.scans.byName)) {
		out = append(out, Scan{name, name == w.scans.current, w.scans.byName[name]})
	}
	return out
}

// Scan returns the present generation of the current search.
func (w *Workspace) Scan() (*search.Generation, error) { return w.scan("") }

// scan returns the present generation of the search with that name, or of the
// current one when it is empty.
func (w *Workspace) scan(name string) (*search.Generation, error) {
	if name == "" {
		name = w.scans.current
	}
	g, ok := w.scans.byName[name]
	switch {
	case ok:
		return g, nil
	case name == "" && len(w.scans.byName) == 0:
		return nil, &adviceError{ErrNoSearch, "begin with find; a search lasts as long as the prompt of quarry attach"}
	case name == "":
		return nil, &adviceError{ErrNoSearch, "matches NAME chooses one of those that scans lists"}
	}
	return nil, &adviceError{fmt.Errorf("%w: no scan is called %q", ErrReference, name), "scans lists those that are open"}
}

// Choose makes the scan with that name the current one, which references mean.
func (w *Workspace) Choose(name string) error {
	if _, err := w.scan(name); err != nil {
		return err
	}
	if name != "" {
		w.scans.current = name
	}
	return nil
}

// scanName returns the name of the scan that a search goes to.
func (w *Workspace) scanName(name string) string {
	switch {
	case name != "":
		return name
	case w.scans.current != "":
		return w.scans.current
	}
	return defaultScan
}

// setScan makes g the present generation of a scan, which can be undone.
func (w *Workspace) setScan(name string, g *search.Generation, title string) {
	before, after := w.scans, w.scans.with(name, g)
	if name != defaultScan {
		title = name + ": " + title
	}
	w.scans = after
	w.history.add(Step{
		Title: title, scans: []scans{before, after},
		undo: func(context.Context) error { w.scans = before; return nil },
		redo: func(context.Context) error { w.scans = after; return nil },
	})
}

// Reset forgets the search with that name, or the current one, which can be
// undone.
func (w *Workspace) Reset(name string) error {
	g, err := w.scan(name)
	if err != nil {
		return err
	}
	w.setScan(w.scanName(name), nil, fmt.Sprintf("reset of the search for %s", g.Asked()))
	return nil
}

// Forget forgets all searches for good and gives back what they hold. What else
// was done can still be undone.
func (w *Workspace) Forget() {
	w.scans = scans{}
	w.history.drop(func(s Step) bool { return s.scans != nil })
	w.store.Collect()
}

// Held returns how many bytes all searches take in memory and in the temporary
// file, with what undo and redo would bring back.
func (w *Workspace) Held() (memory, file uint64) {
	var all []*search.Generation
	for _, known := range append(w.history.scans(), w.scans) {
		for _, g := range known.byName {
			all = append(all, g, g.First())
		}
	}
	return search.Usage(all...)
}

// Usage returns how many bytes the scan takes in memory and in the temporary
// file: its candidates, and those of the search it began with.
func (s Scan) Usage() (memory, file uint64) { return search.Usage(s.Generation, s.First()) }
