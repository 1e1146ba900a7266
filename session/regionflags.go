package session

// WritableCode reports whether the process may both write and execute what is
// in the region, which compilers of code do and attackers like.
func (r Region) WritableCode() bool { return r.Writable() && r.Perms&PermExec != 0 }

// StackGuard reports whether regions[i] is there to catch the overflow of the
// stack of a thread: a little memory without any access right below memory that
// looks like a stack. regions must be sorted by address.
func StackGuard(regions []Region, i int) bool {
	const most = 1 << 20
	r := regions[i]
	if r.Kind != KindGuard || r.Module != "" || r.Inode != 0 || r.Size() > most || i+1 == len(regions) {
		return false
	}
	above := regions[i+1]
	return above.Start == r.End && (above.Kind == KindAnon && above.Writable() || above.Kind == KindStack)
}
