// Package sessiontest helps tests of the floors above session: [Fake] is a
// process that exists only in memory, and [BuildC] and [Start] make real ones.
package sessiontest

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"quarry/session"
)

// Segment is a region of a [Fake] and the bytes in it.
type Segment struct {
	// Region describes the segment. An End of zero stands for the end of Data;
	// a region with neither Perms nor Kind becomes rw-p and anon.
	session.Region
	// Data is what the region holds from its Start on; what it does not cover
	// is zero. It belongs to the Fake once added.
	Data []byte
}

// Fake is a [session.Target] made of segments. Addresses outside the segments
// cannot be read, nor those in a hole. Inside a segment everything can be read
// and written whatever its Perms, as through /proc/PID/mem, except what
// [Fake.WriteProtect] names.
//
// All methods may be called from several goroutines. The hooks must be set
// before the Fake is shared.
type Fake struct {
	// OnRead, when set, is called before each Read (with the length of its
	// buffer) and before each address of a Gather (with its width). No lock is
	// held: it may change the memory, the regions, or cancel a context.
	OnRead func(addr uint64, n int)
	// OnWrite, when set, is called before each Write. No lock is held.
	OnWrite func(addr uint64, n int)

	reads, gathers, writes atomic.Int64
	gone                   atomic.Bool

	mu        sync.RWMutex
	layout    session.Layout
	segments  []Segment        // sorted, not overlapping
	modules   []session.Module // nil: made from the segments
	identity  session.Identity
	exe       string
	buildIDs  map[string]string // by module name
	holes     []session.Range
	protected []session.Range
	present   []session.Range
	sparse    bool // present has been set
}

var _ session.Target = (*Fake)(nil)

// NewFake returns a Fake that holds the segments, with the layout of amd64.
func NewFake(segments ...Segment) *Fake {
	f := &Fake{
		layout:   session.Layout{Arch: "amd64", WordSize: 8, Order: binary.LittleEndian, PageSize: 4096},
		identity: session.Identity{PID: 4711, Start: 100},
		exe:      "/usr/games/fake",
		buildIDs: make(map[string]string),
	}
	f.Add(segments...)
	return f
}

// Add maps more segments. It panics when two overlap, which is a mistake in the
// test.
func (f *Fake) Add(segments ...Segment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range segments {
		f.segments = append(f.segments, completed(s))
	}
	slices.SortFunc(f.segments, func(a, b Segment) int { return cmp.Compare(a.Start, b.Start) })
	for i := 1; i < len(f.segments); i++ {
		if f.segments[i].Start < f.segments[i-1].End {
			panic("sessiontest: segments overlap at " + f.segments[i].Range.String())
		}
	}
}

// completed fills in what a test may leave out of a segment.
func completed(s Segment) Segment {
	if s.End == 0 {
		s.End = s.Start + uint64(len(s.Data))
	}
	if s.Perms == 0 && s.Kind == session.KindOther {
		s.Perms, s.Kind = session.PermRead|session.PermWrite, session.KindAnon
	}
	if uint64(len(s.Data)) > s.Size() {
		s.Data = s.Data[:s.Size()]
	}
	return s
}

// Unmap takes away the segments that begin in r.
func (f *Fake) Unmap(r session.Range) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.segments = slices.DeleteFunc(f.segments, func(s Segment) bool { return r.Contains(s.Start) })
}

// Hole makes ranges unreadable and unwritable while maps still lists them, like
// the pages past the end of a mapped file.
func (f *Fake) Hole(ranges ...session.Range) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holes = append(f.holes, ranges...)
}

// WriteProtect makes every write that touches the ranges fail with
// [session.ErrUnwritable] at their first byte.
func (f *Fake) WriteProtect(ranges ...session.Range) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.protected = append(f.protected, ranges...)
}

// SetLayout replaces the layout.
func (f *Fake) SetLayout(l session.Layout) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.layout = l
}

// SetModules replaces the answer of Modules, and names the module in the
// regions that lie in one. Until it is called, Modules answers with the
// modules that the segments name.
func (f *Fake) SetModules(modules ...session.Module) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.modules = modules
	for i := range f.segments {
		for _, m := range modules {
			if m.Base <= f.segments[i].Start && f.segments[i].End <= m.End {
				f.segments[i].Module = m.Name
			}
		}
	}
}

// SetProgram sets what Identity and Exe answer.
func (f *Fake) SetProgram(id session.Identity, exe string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.identity, f.exe = id, exe
}

// SetBuildID sets what BuildID answers for the module of that name.
func (f *Fake) SetBuildID(module, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.buildIDs[module] = id
}

// Identity answers as [session.Session.Identity] does.
func (f *Fake) Identity() session.Identity {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.identity
}

// Exe answers as [session.Session.Exe] does.
func (f *Fake) Exe() string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.exe
}

// BuildID answers as [session.Session.BuildID] does.
func (f *Fake) BuildID(m session.Module) (string, error) {
	if f.gone.Load() {
		return "", session.ErrGone
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.buildIDs[m.Name], nil
}

// SetPresent lists the only ranges that Present answers with, sorted. Until it
// is called, Present answers with the whole region.
func (f *Fake) SetPresent(ranges ...session.Range) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.present, f.sparse = ranges, true
}

// Gone ends the process: from now on every method returns [session.ErrGone].
func (f *Fake) Gone() { f.gone.Store(true) }

// Reads returns how often Read was called.
func (f *Fake) Reads() int { return int(f.reads.Load()) }

// Gathers returns how often Gather was called.
func (f *Fake) Gathers() int { return int(f.gathers.Load()) }

// Writes returns how often Write was called.
func (f *Fake) Writes() int { return int(f.writes.Load()) }

// Layout implements [session.Target].
func (f *Fake) Layout() session.Layout {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.layout
}

// Regions implements [session.Target].
func (f *Fake) Regions() ([]session.Region, error) {
	regions, _, err := f.Map()
	return regions, err
}

// Modules implements [session.Target].
func (f *Fake) Modules() ([]session.Module, error) {
	_, modules, err := f.Map()
	return modules, err
}

// Map implements [session.Target].
func (f *Fake) Map() ([]session.Region, []session.Module, error) {
	if f.gone.Load() {
		return nil, nil, session.ErrGone
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	regions := make([]session.Region, len(f.segments))
	for i, s := range f.segments {
		regions[i] = s.Region
	}
	if f.modules != nil {
		return regions, slices.Clone(f.modules), nil
	}
	return regions, f.namedModules(), nil
}

// namedModules makes modules of the segments that name one.
func (f *Fake) namedModules() []session.Module {
	var modules []session.Module
	for _, s := range f.segments {
		if s.Module == "" {
			continue
		}
		i := slices.IndexFunc(modules, func(m session.Module) bool { return m.Name == s.Module })
		if i < 0 {
			i = len(modules)
			modules = append(modules, session.Module{Name: s.Module, Path: s.Path, Base: s.Start - s.Offset})
		}
		modules[i].End = s.End
		modules[i].Regions = append(modules[i].Regions, s.Region)
	}
	return modules
}

// Present implements [session.Target].
func (f *Fake) Present(dst []session.Range, r session.Region) ([]session.Range, error) {
	if f.gone.Load() {
		return dst, session.ErrGone
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if !f.sparse {
		return append(dst, r.Range), nil
	}
	for _, p := range f.present {
		part := session.Range{Start: max(p.Start, r.Start), End: min(p.End, r.End)}
		if part.Start < part.End {
			dst = append(dst, part)
		}
	}
	return dst, nil
}
