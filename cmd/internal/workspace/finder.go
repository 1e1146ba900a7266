package workspace

import (
	"context"
	"sync"
	"time"

	"quarry/patch"
	"quarry/search"
	"quarry/session"
)

// How often a finder searches, and for how long it believes a memory map.
const (
	searchAgain = time.Second            // at least, between two searches
	searchShare = 20                     // a search may take one part in so many of the time
	mapAge      = 250 * time.Millisecond // or so many times as long as it took to read
)

// finder finds the place of a frozen entry that is located by content. As long as
// that can be told to be where it was, it does not search. It is for one goroutine.
type finder struct {
	session *session.Session
	edit    patch.Edit
	options search.Options
	maps    *recentMap

	place  patch.Place
	region session.Region // where the place was found
	lost   error          // why it has no place now, or nil
	next   time.Time      // when it may search again
}

// newFinder returns the finder of an entry, once it is found.
func newFinder(ctx context.Context, a *atlas, e patch.Edit, maps *recentMap) (*finder, error) {
	f := &finder{session: a.session, edit: e, options: a.options, maps: maps}
	err := f.search(ctx)
	f.options.Progress = nil // of what is done in the background
	return f, err
}

// locate is freeze.Entry.Locate.
func (f *finder) locate(ctx context.Context) (uint64, error) {
	if f.lost == nil {
		stands, err := f.stands()
		if stands || err != nil {
			return f.place.Addr, err
		}
	}
	if f.lost == nil || time.Now().After(f.next) {
		f.lost = f.search(ctx)
	}
	return f.place.Addr, f.lost
}

// search finds the place by its content.
func (f *finder) search(ctx context.Context) error {
	begin := time.Now()
	place, err := onePlace(ctx, f.session, f.edit, f.options)
	end := time.Now()
	f.next = end.Add(max(searchAgain, searchShare*end.Sub(begin)))
	if err != nil {
		return err
	}
	f.place = place
	f.region, _, err = f.maps.region(place.Addr, end)
	return err
}

// stands reports whether the place is where it was found: by the bytes around it,
// or where all that was found is set, by the mapping that it is in.
func (f *finder) stands() (bool, error) {
	if f.place.Marked() {
		return f.place.Stands(f.session)
	}
	now, ok, err := f.maps.region(f.place.Addr, time.Time{})
	was := f.region
	was.Range, was.Offset, was.Deleted = now.Range, now.Offset, now.Deleted // it may grow, or be cut in two
	return ok && was == now, err
}

// recentMap is the memory map of a process as it was a moment ago, for the finders
// of a freezer: each reading its own would take a core where there are many. It may
// be used by several goroutines at once.
type recentMap struct {
	session *session.Session

	mu      sync.Mutex
	regions []session.Region
	read    time.Time // when they were
	until   time.Time // they are believed so long
}

// region returns the region that an address is in, by a map that was not read before
// since.
func (m *recentMap) region(addr uint64, since time.Time) (session.Region, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.After(m.until) || m.read.Before(since) {
		regions, err := m.session.Regions()
		if err != nil {
			return session.Region{}, false, err
		}
		end := time.Now()
		m.regions, m.read, m.until = regions, now, end.Add(max(mapAge, searchShare*end.Sub(now)))
	}
	r, ok := session.FindRegion(m.regions, addr)
	return r, ok, nil
}
