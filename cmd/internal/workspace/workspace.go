// Package workspace is what one run of quarry holds: the process it is attached
// to, the search, what was written, and what can be undone. Verbs ask it and
// show what it answers; it prints nothing.
//
// A Workspace serves one verb at a time.
package workspace

import (
	"context"
	"errors"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/candidate"
	"quarry/session"
	"quarry/session/symbol"
)

// States that errors of this package stand for. Match with errors.Is.
var (
	// ErrNoProcess: a verb needs a process and none is attached.
	ErrNoProcess = errors.New("no process is attached")
	// ErrNoSearch: a verb needs the candidates of a search and there is none.
	ErrNoSearch = errors.New("there is no search yet")
	// ErrReference: a reference names no candidate.
	ErrReference = errors.New("bad reference")
	// ErrNoEntries: a file in one format has nothing that a file in another can hold.
	ErrNoEntries = errors.New("nothing in it can be an entry")
	// ErrLength: a length was given for what has that of its type.
	ErrLength = errors.New("--length goes with texts and bytes")
)

// adviceError is an error with a hint on how to get on.
type adviceError struct {
	error
	hint string
}

func (e *adviceError) Unwrap() error { return e.error }

// Hint returns what would work.
func (e *adviceError) Hint() string { return e.hint }

// Workspace is one run of quarry.
type Workspace struct {
	// Progress, when not nil, is told how far a long search or dump has come.
	Progress func(search.Progress)
	// Notify, when not nil, is told what happens to frozen entries while no verb
	// runs. It is called from another goroutine.
	Notify func(freeze.Event)

	store     *candidate.Store // of all searches
	explain   func(session.Call)
	session   *session.Session
	symbols   *symbol.Index // of the session's modules
	seen      seenMap       // the memory map that was last shown
	child     *Child
	scans     scans
	table     table
	target    patch.Requirements // what is known of the session's program
	frost     *frost
	journal   *patch.Journal // of what was written to the session
	history   history
	sightings []Sighting // of the last watch
	nops      []nop      // that were put into the session's process
}

// New returns an empty workspace. explain, when not nil, is called for each
// system call on the target.
func New(explain func(session.Call)) *Workspace { return &Workspace{explain: explain} }

// Attach attaches to a process by PID or name, in place of the former one. On
// failure the former one stays.
func (w *Workspace) Attach(pidOrName string) error {
	p, err := session.Find(pidOrName)
	if err != nil {
		return err
	}
	return w.attach(p.PID)
}

func (w *Workspace) attach(pid int) error {
	var options []session.Option
	if w.explain != nil {
		options = append(options, session.WithExplain(w.explain))
	}
	s, err := session.Attach(pid, options...)
	if err != nil {
		return err
	}
	w.Close()
	w.session, w.symbols, w.journal = s, symbol.NewIndex(s), new(patch.Journal)
	return nil
}

// Session returns the attached session.
func (w *Workspace) Session() (*session.Session, error) {
	if w.session == nil {
		return nil, &adviceError{ErrNoProcess, "name one with -p PID|NAME; quarry ps lists them"}
	}
	return w.session, w.session.Alive()
}

// Attached returns the attached session, dead or alive, or nil.
func (w *Workspace) Attached() *session.Session { return w.session }

// Detach lets go of the process and of everything found in it. A child that
// was started by [Workspace.Run] goes on. It returns the session's identity,
// or false when there was none.
func (w *Workspace) Detach() (session.Identity, bool) {
	if w.session == nil {
		return session.Identity{}, false
	}
	id := w.session.Identity()
	w.frost.close()
	w.session.Close()
	if w.child != nil {
		close(w.child.released)
	}
	w.session, w.symbols, w.child, w.scans, w.frost, w.history = nil, nil, nil, scans{}, nil, history{}
	w.table, w.target = table{}, patch.Requirements{}
	w.sightings, w.nops = nil, nil
	return id, true
}

// Close lets go of the process, and ends it when this run started it.
func (w *Workspace) Close() {
	child := w.child
	w.Detach()
	if child != nil {
		child.stop()
	}
}

// Undo takes back the last thing done and returns it. Of a write, what the
// program has changed since is left alone; the error is then a *patch.LeftError.
func (w *Workspace) Undo(ctx context.Context) (Step, error) { return w.history.undo(ctx) }

// Redo does the thing again that was taken back last and returns it.
func (w *Workspace) Redo(ctx context.Context) (Step, error) { return w.history.redo(ctx) }

// History returns what was done, earliest first, and what was taken back,
// latest first.
func (w *Workspace) History() (done, undone []Step) { return w.history.done, w.history.undone }

// Explain has explain called for each system call on the target from now on,
// or for none when it is nil.
func (w *Workspace) Explain(explain func(session.Call)) {
	w.explain = explain
	if w.session != nil {
		w.session.Explain(explain)
	}
}
