package freeze

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"time"

	"quarry/session"
)

// group is what is looked at together: the entries of one interval, or those
// among them that were written a moment ago, which are hot.
type group struct {
	interval time.Duration
	due      time.Time
	entries  []*entry
	hot      *group // nil where the interval is long, and in a hot group
	isHot    bool

	batches []batch
	filed   bool // batches hold what is found
	todo    []*entry
}

// batch is the entries of one width, by address.
type batch struct {
	width   int
	entries []*entry
	addrs   []uint64
	raw     []byte // their values, one after the other
}

// file makes the batches of the entries whose place is found.
func (g *group) file() {
	g.filed, g.batches = true, nil
	found := slices.DeleteFunc(slices.Clone(g.entries), func(e *entry) bool { return !e.found })
	slices.SortStableFunc(found, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(a.place, b.place))
	})
	for _, e := range found {
		if n := len(g.batches); n == 0 || g.batches[n-1].width != e.width {
			g.batches = append(g.batches, batch{width: e.width})
		}
		b := &g.batches[len(g.batches)-1]
		b.entries, b.addrs = append(b.entries, e), append(b.addrs, e.place)
	}
	for i := range g.batches {
		b := &g.batches[i]
		b.raw = make([]byte, len(b.addrs)*b.width)
	}
}

// unfile makes the batches be made anew, also those of the hot group.
func (g *group) unfile() {
	g.filed = false
	if g.hot != nil {
		g.hot.filed = false
	}
}

// look reads the values of a group and writes those that must be. An error ends
// the freezer.
func (l *loop) look(g *group, now time.Time) error {
	if g.isHot {
		g.cool(now)
	}
	for _, e := range g.entries {
		if now.Before(e.again) || e.found && e.Locate == nil {
			continue
		}
		if err := l.locate(e, now); err != nil {
			return err
		}
	}
	if !g.filed {
		g.file()
	}
	g.todo = g.todo[:0]
	for i := range g.batches {
		b := &g.batches[i]
		missing, err := l.target.Gather(b.raw, b.width, b.addrs)
		if err != nil {
			return err
		}
		l.alive = now
		l.compare(g, b, missing)
	}
	for _, e := range g.todo {
		if err := l.settle(e, now); err != nil {
			return err
		}
	}
	return nil
}

// cool takes out of a hot group what has not been written for a while.
func (g *group) cool(now time.Time) {
	n := len(g.entries)
	g.entries = slices.DeleteFunc(g.entries, func(e *entry) bool { return now.After(e.hot) })
	if len(g.entries) != n {
		g.filed = false
	}
}

// compare puts aside the entries of a batch that are not as they should be.
func (l *loop) compare(g *group, b *batch, missing []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, e := range b.entries {
		found := b.raw[i*b.width:][:b.width]
		unread := len(missing) > 0 && missing[0] == i
		if unread {
			missing = missing[1:]
		}
		switch {
		case !e.enabled:
		case unread, !bytes.Equal(found, e.keep) && !l.adopt(e, found):
			g.todo = append(g.todo, e)
		default:
			e.ready, e.err, e.put = true, nil, false
		}
	}
}

// adopt keeps what was found, if that may be there. What was found where a path
// led a while ago is never taken over without following the path again.
func (l *loop) adopt(e *entry, found []byte) bool {
	if e.put || e.Locate != nil {
		return false
	}
	want := e.want(found, e.keep)
	if want == nil || !bytes.Equal(want, found) {
		return false
	}
	e.keep = bytes.Clone(found)
	return true
}

// locate finds the place of an entry. An error ends the freezer.
func (l *loop) locate(e *entry, now time.Time) error {
	place := e.Address
	if e.Locate != nil {
		var err error
		if place, err = e.Locate(l.ctx); err != nil {
			if l.fatal(err) {
				return err
			}
			l.lose(e, now, err)
			return nil
		}
	}
	e.again = now.Add(follow)
	if !e.found || e.place != place {
		if err := l.mayKeep(e, session.Range{Start: place, End: place + uint64(e.width)}); err != nil {
			return l.refuse(e, now, err)
		}
		l.ground.drop(e)
		e.found, e.place = true, place
		l.ground.add(e)
		e.group.unfile()
		l.mu.Lock()
		e.address = place
		l.mu.Unlock()
	}
	return nil
}

// refuse makes an entry that must not be written where it is now one that is
// waited for, and tells of it once. An error ends the freezer.
func (l *loop) refuse(e *entry, now time.Time, err error) error {
	if l.fatal(err) {
		return err
	}
	l.lose(e, now, err)
	if !e.refused {
		e.refused = true
		l.tell(Event{Name: e.Name, Err: err})
	}
	return nil
}

// lose makes an entry one that is waited for.
func (l *loop) lose(e *entry, now time.Time, err error) {
	e.again = now.Add(follow)
	if e.found {
		e.found = false
		l.ground.drop(e)
		e.group.unfile()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.enabled {
		e.ready, e.err = false, err
	}
}

// settle looks again at an entry that could not be read or is not as it should
// be, where it is now, and writes it if it must be. An error ends the freezer.
func (l *loop) settle(e *entry, now time.Time) error {
	if e.Locate != nil {
		if err := l.locate(e, now); err != nil || !e.found {
			return err
		}
	}
	found := make([]byte, e.width)
	if _, err := l.target.Read(found, e.place); err != nil {
		if l.fatal(err) {
			return err
		}
		l.lose(e, now, err)
		return nil
	}
	wrote, err := l.write(e, found)
	switch {
	case err == nil:
		if wrote {
			l.heat(e, now)
		}
		return nil
	case l.fatal(err):
		return err
	}
	if errors.Is(err, session.ErrUnwritable) {
		return l.refuse(e, now, err)
	}
	l.lose(e, now, err)
	return nil
}

// write writes what should be at the place of an entry, unless it was found
// there. Whoever disables or removes the entry waits for it.
func (l *loop) write(e *entry, found []byte) (wrote bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !e.enabled || l.ctx.Err() != nil {
		return false, nil
	}
	want := e.keep
	if !e.put {
		want = e.want(found, e.keep)
	}
	if want == nil {
		return false, errNoNumber
	}
	if !bytes.Equal(want, found) {
		if _, err := l.target.Write(want, e.place); err != nil {
			return false, err
		}
		e.writes++
		wrote, e.refused = true, false
	}
	e.keep = bytes.Clone(want)
	e.ready, e.err, e.put = true, nil, false
	return wrote, nil
}

// heat has an entry that was written looked at more often for a while.
func (l *loop) heat(e *entry, now time.Time) {
	h := e.group.hot
	if h == nil {
		return
	}
	if e.hot = now.Add(heat); slices.Contains(h.entries, e) {
		return
	}
	if len(h.entries) == 0 {
		h.due = now.Add(h.interval)
	}
	h.entries, h.filed = append(h.entries, e), false
}
