package workspace

import (
	"context"
	"time"

	"quarry/patch"
	"quarry/search"
	"quarry/session"
)

// How often a finder searches, and for how long it believes a memory map.
const (
	searchAgain = time.Second // at least, between two searches
	searchShare = 20          // a search may take one part in so many of the time
	mapAge      = 250 * time.Millisecond
)

// finder finds the place of a frozen entry that is located by content. As long as
// that can be told to be where it was, it does not search. It is for one goroutine.
type finder struct {
	session *session.Session
	edit    patch.Edit
	options search.Options

	place  patch.Place
	region session.Region // where the place was found
	lost   error          // why it has no place now, or nil
	next   time.Time      // when it may search again

	regions []session.Region
	until   time.Time // regions are believed so long
}

// newFinder returns the finder of an entry, once it is found.
func newFinder(ctx context.Context, a *atlas, e patch.Edit) (*finder, error) {
	f := &finder{session: a.session, edit: e, options: a.options}
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
	f.place, f.until = place, time.Time{}
	f.region, _, err = f.mapped()
	return err
}

// stands reports whether the place is where it was found: by the bytes around it,
// or where all that was found is set, by the mapping that it is in.
func (f *finder) stands() (bool, error) {
	if f.place.Marked() {
		return f.place.Stands(f.session)
	}
	now, ok, err := f.mapped()
	was := f.region
	was.Range, was.Offset, was.Deleted = now.Range, now.Offset, now.Deleted // it may grow, or be cut in two
	return ok && was == now, err
}

// mapped returns the region that the place is in now.
func (f *finder) mapped() (session.Region, bool, error) {
	if now := time.Now(); now.After(f.until) {
		regions, err := f.session.Regions()
		if err != nil {
			return session.Region{}, false, err
		}
		f.regions, f.until = regions, now.Add(mapAge)
	}
	r, ok := session.FindRegion(f.regions, f.place.Addr)
	return r, ok, nil
}
