package freeze

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"quarry/session"
)

// Freezer keeps values of one process. One goroutine does so until the process
// ends or the Freezer is closed.
//
// All methods may be called from several goroutines at once. They do not wait for
// the process to be read, only, if need be, for one value to be written.
type Freezer struct {
	target session.Target
	notify func(Event)
	nap    func(time.Duration) // waits less than precise
	wake   chan struct{}       // something has changed
	done   chan struct{}
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu      sync.Mutex
	entries []*entry // in the order in which they were added
	names   map[string]*entry
	changed bool  // entries were added, removed, enabled or disabled
	ended   error // why nothing is kept any more, or nil
}

// entry is an Entry and what became of it.
type entry struct {
	Entry
	*judge
	width int

	// Under the lock of the freezer.
	keep    []byte // nil before it is known; replaced, never changed
	put     bool   // keep is to be written whatever is there
	enabled bool
	soon    bool // to be looked at at once
	ready   bool // see Status, as the next three
	address uint64
	writes  int
	err     error

	// Of the goroutine.
	place   uint64    // where it is, while found
	found   bool      // worth reading
	again   time.Time // when its place is to be found anew
	hot     time.Time // it is looked at more often until then
	refused bool      // the last write failed, which has been told
	group   *group
}

// New returns a Freezer for a process, which keeps nothing yet. notify, which may
// be nil, is told what happens without being asked for. It is called by the
// freezer's goroutine, which does not look at anything meanwhile; it may call
// every method but Close.
func New(t session.Target, notify func(Event)) *Freezer {
	return start(t, notify, new(napper).nap)
}

func start(t session.Target, notify func(Event), nap func(time.Duration)) *Freezer {
	f := &Freezer{
		target: t, notify: notify, nap: nap,
		wake: make(chan struct{}, 1), done: make(chan struct{}), names: make(map[string]*entry),
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	go f.run()
	return f
}

// Close stops the freezer and waits until it has stopped. Nothing is written
// afterwards. What it kept stays as it is, and List tells of it. Closing twice
// does no harm.
func (f *Freezer) Close() {
	f.cancel()
	<-f.done
}

// Done is closed when the freezer has stopped: because of Close, or because the
// process ended, after notify was told.
func (f *Freezer) Done() <-chan struct{} { return f.done }

// Err returns why the freezer has stopped, and nil while it has not:
// session.ErrGone when the process ended, [ErrClosed] after Close, a *bug.Error
// after a panic.
func (f *Freezer) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// Add freezes values: all, or none of them when there is an error, an
// [*EntryError] for the first that cannot be frozen, or the one of Err. They are
// looked at at once.
func (f *Freezer) Add(entries ...Entry) error {
	added := make([]*entry, len(entries))
	for i, e := range entries {
		if e.Rule.Interval == 0 {
			e.Rule.Interval = DefaultInterval
		}
		if e.Order == nil {
			e.Order = f.target.Layout().Order
		}
		judge, width, err := newJudge(e)
		if err != nil {
			return err
		}
		e.Keep = bytes.Clone(e.Keep)
		added[i] = &entry{Entry: e, judge: judge, width: width, keep: e.Keep, put: e.Keep != nil, enabled: !e.Disabled, soon: true}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended != nil {
		return f.ended
	}
	for i, e := range added {
		if f.names[e.Name] != nil {
			for _, earlier := range added[:i] {
				delete(f.names, earlier.Name)
			}
			return &EntryError{e.Name, fmt.Errorf("a value of that name is frozen already"), "unfreeze it first"}
		}
		f.names[e.Name] = e
	}
	f.entries = append(f.entries, added...)
	f.rouse()
	return nil
}

// rouse makes the goroutine see what has changed, under the lock.
func (f *Freezer) rouse() {
	f.changed = true
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// change applies a change to the entry of that name. The error is ErrName.
func (f *Freezer) change(name string, apply func(e *entry) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.names[name]
	if e == nil {
		return fmt.Errorf("%q: %w", name, ErrName)
	}
	if err := apply(e); err != nil {
		return err
	}
	f.rouse()
	return nil
}

// Remove forgets an entry. Nothing is written to its place afterwards. The error
// is [ErrName].
func (f *Freezer) Remove(name string) error {
	return f.change(name, func(e *entry) error {
		e.enabled = false
		delete(f.names, name)
		f.entries = slices.DeleteFunc(f.entries, func(other *entry) bool { return other == e })
		return nil
	})
}

// Disable leaves an entry alone until Enable. Nothing is written to its place
// afterwards; its value and its count stay. The error is [ErrName].
func (f *Freezer) Disable(name string) error {
	return f.change(name, func(e *entry) error {
		e.enabled, e.ready, e.err = false, false, nil
		return nil
	})
}

// Enable keeps an entry again, with the value that it had. The error is
// [ErrName].
func (f *Freezer) Enable(name string) error {
	return f.change(name, func(e *entry) error {
		e.enabled, e.soon = true, true
		return nil
	})
}

// Set changes the value that an entry keeps, as it is stored. It is written at
// once, also where the rule would let be what is there, or when the entry is
// enabled. The error is [ErrName], or an [*EntryError] where the value is not of
// the entry's width, no number, or not in its range.
func (f *Freezer) Set(name string, keep []byte) error {
	return f.change(name, func(e *entry) error {
		if err := e.check(e.Entry, keep, e.width); err != nil {
			return err
		}
		e.keep, e.put, e.soon = bytes.Clone(keep), true, true
		return nil
	})
}

// List returns what is known of all entries, in the order in which they were
// added.
func (f *Freezer) List() []Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Status, len(f.entries))
	for i, e := range f.entries {
		list[i] = Status{
			Name: e.Name, Rule: e.Rule, Type: e.Type, Form: e.Form, Order: e.order, Width: e.width,
			Keep: bytes.Clone(e.keep), Enabled: e.enabled,
			Ready: e.ready, Address: e.address, Writes: e.writes, Err: e.err,
		}
	}
	return list
}
