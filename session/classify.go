package session

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// file is what tells one mapped file from another.
type file struct {
	device string
	inode  uint64
	path   string
}

func (r Region) file() file { return file{r.Device, r.Inode, r.Path} }

// classify gives each region its kind and its module, cuts regions at the ends
// of a bss, and returns them with the modules, sorted by base. inspect returns
// the ELF headers of a file by its lowest mapping, or nil when it is no ELF file
// or cannot be read.
func classify(regions []Region, page uint64, inspect func(lowest Region) *elfImage) ([]Region, []Module) {
	modules := findModules(regions, page, inspect)
	regions = modules.cut(regions)
	for i := range regions {
		r := &regions[i]
		m := modules.of(*r)
		if m != nil {
			r.Module = m.Name
		}
		r.Kind = kindOf(*r)
		if m != nil {
			m.Regions = append(m.Regions, *r)
			m.End = max(m.End, r.End)
		}
	}
	return regions, modules.sorted()
}

// loaded is a module while its regions are being found.
type loaded struct {
	Module
	span Range // where its file can be mapped
}

// bssRange is the part of a module that no file backs.
type bssRange struct {
	Range
	module *loaded
}

// moduleSet is all that is loaded, ready to be asked whose a region is.
type moduleSet struct {
	byFile map[file][]*loaded // one file can be loaded several times
	bss    []bssRange         // sorted by address
}

// findModules finds the files that are programs or libraries, once for each
// time that they are loaded.
func findModules(regions []Region, page uint64, inspect func(Region) *elfImage) *moduleSet {
	executable := make(map[file]bool)
	for _, r := range regions {
		if r.Perms&PermExec != 0 {
			executable[r.file()] = true
		}
	}
	set := &moduleSet{byFile: make(map[file][]*loaded)}
	isNot := make(map[file]bool) // looked at, and no module
	for _, r := range regions {
		if !r.mayBeModule() || isNot[r.file()] || set.of(r) != nil {
			continue
		}
		image := inspect(r)
		if image == nil && !executable[r.file()] {
			isNot[r.file()] = true
			continue
		}
		set.add(r, regions, page, image)
	}
	slices.SortFunc(set.bss, func(a, b bssRange) int { return cmp.Compare(a.Start, b.Start) })
	return set
}

// mayBeModule reports whether the region is mapped from a file in the way that
// programs and libraries are.
func (r Region) mayBeModule() bool {
	return r.Inode != 0 && r.Perms&PermShared == 0 && strings.HasPrefix(r.Path, "/") &&
		!r.ofDevice() && r.Path != "/dev/zero"
}

// add adds the module whose lowest mapping is given. Without ELF headers all
// higher mappings of the file belong to it.
func (set *moduleSet) add(lowest Region, regions []Region, page uint64, image *elfImage) {
	m := &loaded{
		Module: Module{
			Name: path.Base(lowest.Path), Path: lowest.Path, Base: lowest.Start - lowest.Offset, End: lowest.End,
		},
		span: Range{lowest.Start, ^uint64(0)},
	}
	set.byFile[lowest.file()] = append(set.byFile[lowest.file()], m)
	if image == nil {
		return
	}
	bias, ok := image.bias(lowest, page)
	if !ok {
		return
	}
	m.span = image.span(bias, page)
	written := func(addr uint64) bool {
		r, ok := FindRegion(regions, addr)
		return ok && r.file() == lowest.file() && r.Writable()
	}
	for _, b := range image.bss(bias, page, written) {
		set.bss = append(set.bss, bssRange{b, m})
	}
}

// mayHoldBSS reports whether the region can be zero-initialised variables. The
// brk heap can: the kernel joins it to the bss of the program when it does not
// randomise addresses.
func (r Region) mayHoldBSS() bool {
	return r.Inode == 0 && r.Perms&PermShared == 0 && (r.Path == "" || r.named("heap") || r.named("anon:"))
}

// of returns the module that a region belongs to, or nil.
func (set *moduleSet) of(r Region) *loaded {
	if r.mayBeModule() {
		for _, m := range set.byFile[r.file()] {
			if m.span.Contains(r.Start) {
				return m
			}
		}
		return nil
	}
	if !r.mayHoldBSS() {
		return nil
	}
	i, _ := slices.BinarySearchFunc(set.bss, r.Start, func(b bssRange, addr uint64) int {
		return cmp.Compare(b.End, addr+1)
	})
	if i < len(set.bss) && set.bss[i].Contains(r.Start) {
		return set.bss[i].module
	}
	return nil
}

// cut cuts anonymous regions where the bss of a module begins or ends.
func (set *moduleSet) cut(regions []Region) []Region {
	var edges []uint64
	for _, b := range set.bss {
		edges = append(edges, b.Start, b.End)
	}
	slices.Sort(edges)
	out := make([]Region, 0, len(regions)+len(edges))
	for _, r := range regions {
		if r.mayHoldBSS() {
			i, _ := slices.BinarySearch(edges, r.Start+1)
			for ; i < len(edges) && edges[i] < r.End; i++ {
				if edges[i] > r.Start {
					out = append(out, r.clip(Range{r.Start, edges[i]}))
					r = r.clip(Range{edges[i], r.End})
				}
			}
		}
		out = append(out, r)
	}
	return out
}

// sorted returns the modules by their base.
func (set *moduleSet) sorted() []Module {
	var modules []Module
	for _, loads := range set.byFile {
		for _, m := range loads {
			modules = append(modules, m.Module)
		}
	}
	slices.SortFunc(modules, func(a, b Module) int {
		return cmp.Or(cmp.Compare(a.Base, b.Base), cmp.Compare(a.Path, b.Path))
	})
	return modules
}

// ofDevice reports whether a device is mapped. Some names under /dev are shared
// memory instead, and a private mapping of /dev/zero is anonymous memory.
func (r Region) ofDevice() bool {
	return strings.HasPrefix(r.Path, "/dev/") && !strings.HasPrefix(r.Path, "/dev/shm/") && r.Path != "/dev/zero"
}

// ofShared reports whether the path names memory made to be shared, whatever
// the mapping is.
func (r Region) ofShared() bool {
	for _, prefix := range []string{"/dev/shm/", "/memfd:", "/SYSV", "[anon_shmem:"} {
		if strings.HasPrefix(r.Path, prefix) {
			return true
		}
	}
	return false
}

// kindOf tells what a region is used for, from its line and its module. The
// order matters: the first that fits is the kind.
func kindOf(r Region) Kind {
	switch {
	case r.kernelOwned():
		return KindKernel
	case r.Perms&(PermRead|PermWrite|PermExec) == 0:
		return KindGuard
	case r.Module != "":
		return moduleKind(r)
	case r.named("heap"):
		return KindHeap
	case r.named("stack"):
		return KindStack
	case r.ofDevice():
		return KindDevice
	case r.Perms&PermShared != 0 || r.ofShared():
		return KindShared
	case r.Path == "" || r.named("anon:") || r.Path == "/dev/zero":
		return KindAnon
	case strings.HasPrefix(r.Path, "/"):
		return KindFile
	}
	return KindOther
}

// kernelOwned reports whether the kernel supplies the pages.
func (r Region) kernelOwned() bool {
	for _, name := range []string{"vdso", "vvar", "vsyscall", "vectors", "sigpage", "uprobes"} {
		if r.named(name) {
			return true
		}
	}
	return false
}

// moduleKind tells the parts of a program or library apart.
func moduleKind(r Region) Kind {
	switch {
	case r.Writable():
		return KindData
	case r.Perms&PermExec != 0:
		return KindCode
	}
	return KindConst
}
