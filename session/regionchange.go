package session

import (
	"cmp"
	"slices"
)

// Change tells what has become of a part of the memory map.
type Change uint8

// The changes.
const (
	Appeared    Change = iota // a region is new
	Grew                      // a region has become larger
	Shrank                    // a region has become smaller, at an end or in the middle
	Vanished                  // a region is there no more
	Reprotected               // a region has other access rights
)

var changeNames = [...]string{Appeared: "appeared", Grew: "grew", Shrank: "shrank", Vanished: "vanished", Reprotected: "permissions"}

// String returns the change in one lower-case word.
func (c Change) String() string { return changeNames[c] }

// RegionChange is a part of the memory map that is not as it was before.
type RegionChange struct {
	Change Change
	// Range is the part that has changed: what is new, is gone, or has other
	// rights.
	Range
	// Region is the region that the part belongs to now, or, if it is gone, that
	// it belonged to before.
	Region Region
	// Before are the rights that the part had, where it was there before.
	Before Perms
}

// CompareRegions returns what has changed between two memory maps of a process,
// sorted by address. Both must be sorted by address. It goes by addresses and
// what is mapped there, not by lines: the kernel splits and joins lines.
func CompareRegions(before, after []Region) []RegionChange {
	edges := make([]uint64, 0, 2*(len(before)+len(after)))
	for _, regions := range [][]Region{before, after} {
		for _, r := range regions {
			edges = append(edges, r.Start, r.End)
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []RegionChange
	for i := 1; i < len(edges); i++ {
		part := Range{edges[i-1], edges[i]}
		was, wasThere := FindRegion(before, part.Start)
		is, isThere := FindRegion(after, part.Start)
		switch {
		case wasThere && isThere && was.same(is):
			if was.Perms != is.Perms {
				out = addChange(out, RegionChange{Reprotected, part, is, was.Perms})
			}
			continue
		case wasThere && isThere: // something else is mapped there
			out = addChange(out, RegionChange{Vanished, part, was, was.Perms})
			out = addChange(out, RegionChange{Appeared, part, is, 0})
		case wasThere:
			c := RegionChange{Vanished, part, was, was.Perms}
			if survives(was, after) {
				c.Change = Shrank
			}
			out = addChange(out, c)
		case isThere:
			c := RegionChange{Appeared, part, is, 0}
			if survives(is, before) {
				c.Change = Grew
			}
			out = addChange(out, c)
		}
	}
	return out
}

// same reports whether the same thing is mapped at an address that two regions
// of different times hold.
func (r Region) same(other Region) bool {
	return r.file() == other.file() && r.Perms&PermShared == other.Perms&PermShared &&
		(r.Inode == 0 || r.Offset-r.Start == other.Offset-other.Start)
}

// survives reports whether a part of the region is among the regions of another
// time, with the same rights.
func survives(r Region, others []Region) bool {
	i, _ := slices.BinarySearchFunc(others, r.Start, func(o Region, addr uint64) int { return cmp.Compare(o.End, addr+1) })
	for ; i < len(others) && others[i].Start < r.End; i++ {
		if others[i].same(r) && others[i].Perms == r.Perms {
			return true
		}
	}
	return false
}

// addChange adds a change, or makes the one before longer where it is the same
// change of the same region.
func addChange(list []RegionChange, c RegionChange) []RegionChange {
	for i := len(list) - 1; i >= max(0, len(list)-2); i-- { // a replaced part adds two
		last := &list[i]
		if last.Change == c.Change && last.End == c.Start && last.Region.same(c.Region) && last.Before == c.Before && last.Region.Perms == c.Region.Perms {
			last.End = c.End
			last.Region.End = max(last.Region.End, c.Region.End)
			return list
		}
	}
	return append(list, c)
}
