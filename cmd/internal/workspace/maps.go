package workspace

import (
	"quarry/session"
)

// seenMap is the memory map as it was last shown, of one session.
type seenMap struct {
	session *session.Session
	regions []session.Region
}

// SawMap remembers the memory map that has been shown.
func (w *Workspace) SawMap(regions []session.Region) { w.seen = seenMap{w.session, regions} }

// SeenMap returns the memory map that was last shown of the attached process; ok
// is false when none was.
func (w *Workspace) SeenMap() (regions []session.Region, ok bool) {
	return w.seen.regions, w.seen.session != nil && w.seen.session == w.session
}
