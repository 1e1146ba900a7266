package freeze

import (
	"errors"
	"os"
	"slices"
	"time"

	"quarry/session"
	"quarry/session/bug"
)

const (
	// follow is how often the place of a value is found anew: the one of a
	// pointer that may have moved, and one that could not be read.
	follow = 250 * time.Millisecond

	// pulse is how often a freezer that reads nothing makes sure that the
	// process is there.
	pulse = time.Second

	// Of a group with an interval below fast, what was written in the last
	// heat is looked at more often, by a factor.
	fast   = time.Millisecond
	heat   = 100 * time.Millisecond
	factor = 4
)

// loop is what the goroutine of a Freezer knows.
type loop struct {
	*Freezer
	groups []*group // also the hot ones
	ground ground
	timer  *time.Timer
	alive  time.Time // when the process was last seen
}

// run keeps the values until the freezer is closed or the process ends.
func (f *Freezer) run() {
	defer close(f.done)
	defer f.cancel()
	l := &loop{Freezer: f, timer: time.NewTimer(pulse)}
	defer l.timer.Stop()
	err := bug.Guard(l.rounds)()
	f.end(err)
	if err != ErrClosed {
		// It may be what it is told that has failed.
		_ = bug.Guard(func() error { f.tell(Event{Err: err}); return nil })()
	}
}

// rounds looks at what is due until there is an error, ErrClosed at the least.
func (l *loop) rounds() error {
	for {
		next, err := l.round()
		switch {
		case l.ctx.Err() != nil:
			return ErrClosed
		case err != nil:
			return err
		}
		l.wait(next)
	}
}

func (f *Freezer) tell(e Event) {
	if f.notify != nil {
		f.notify(e)
	}
}

// end makes every entry one that is not kept any more.
func (f *Freezer) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = err
	for _, e := range f.entries {
		if e.ready = false; e.enabled {
			e.err = err
		}
	}
}

// round looks at all that is due and returns when the next is.
func (l *loop) round() (next time.Time, err error) {
	l.plan(time.Now())
	for _, g := range l.groups {
		now := time.Now()
		if len(g.entries) == 0 || g.due.Sub(now) > near {
			continue
		}
		if err := l.look(g, now); err != nil {
			return next, err
		}
		// After a look that was much too late the rhythm starts anew.
		if now.Sub(g.due) > g.interval/2 {
			g.due = now
		}
		g.due = g.due.Add(g.interval)
	}
	if time.Since(l.alive) >= pulse {
		if _, err := l.target.Gather(nil, 1, nil); err != nil {
			return next, err
		}
		l.alive = time.Now()
	}
	next = l.alive.Add(pulse)
	for _, g := range l.groups {
		if len(g.entries) > 0 && g.due.Before(next) {
			next = g.due
		}
	}
	return next, nil
}

// wait waits until then, or until something has changed.
func (l *loop) wait(until time.Time) {
	switch d := time.Until(until); {
	case d < near:
	case d < precise:
		l.nap(d)
	default:
		l.timer.Reset(d)
		select {
		case <-l.timer.C:
		case <-l.wake:
		case <-l.ctx.Done():
		}
	}
}

// plan makes groups of the entries, if they have changed.
func (l *loop) plan(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.changed {
		return
	}
	l.changed = false
	l.regroup()
	old := l.groups
	l.groups = nil
	for _, e := range l.entries {
		if !e.enabled {
			continue
		}
		g := l.groupOf(old, e.Rule.Interval)
		g.entries = append(g.entries, e)
		e.group = g
		if e.soon {
			e.soon, e.again, g.due = false, time.Time{}, now
		}
	}
}

// groupOf returns the group of an interval: one there is already, one of those
// there were, made empty, or a new one.
func (l *loop) groupOf(old []*group, interval time.Duration) *group {
	for _, g := range l.groups {
		if g.interval == interval && !g.isHot {
			return g
		}
	}
	g := &group{interval: interval}
	for _, was := range old {
		if was.interval == interval && !was.isHot {
			g.due, g.hot = was.due, was.hot
		}
	}
	l.groups = append(l.groups, g)
	if interval < fast && g.hot == nil {
		g.hot = &group{interval: interval / factor, isHot: true}
	}
	if g.hot != nil {
		g.hot.entries = slices.DeleteFunc(g.hot.entries, func(e *entry) bool { return !e.enabled })
		g.hot.filed = false
		l.groups = append(l.groups, g.hot)
	}
	return g
}

// fatal reports whether an error of one value is one of all.
func (l *loop) fatal(err error) bool {
	return errors.Is(err, session.ErrGone) || errors.Is(err, os.ErrClosed) || l.ctx.Err() != nil
}
