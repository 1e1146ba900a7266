package symbol

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"quarry/session"
	"quarry/session/bug"
)

// Source is a process whose modules have symbols. [*session.Session] is one.
type Source interface {
	session.Target
	// Exe returns the path of the program, as its module has it.
	Exe() string
	// BuildID returns the build ID of a module as it stands in memory, or
	// nothing when it has none.
	BuildID(session.Module) (string, error)
	// OpenModule opens the file that a module is mapped from.
	OpenModule(session.Module) (*os.File, error)
	// OpenDebugFile opens the separate debug file for a build ID.
	OpenDebugFile(buildID string) (*os.File, error)
}

var _ Source = (*session.Session)(nil)

// Index knows the symbols of a process. It reads those of a module when they are
// first needed and keeps them while the module stays where it is. All methods
// may be called from several goroutines at once.
type Index struct {
	source Source

	mu     sync.Mutex
	tables map[identity]*slot
}

// identity tells one module, loaded at one place, from every other.
type identity struct {
	path, device string
	inode, base  uint64
	buildID      string
}

// slot is a table that is there, or is being read.
type slot struct {
	once  sync.Once
	table *Table
	err   error
}

// NewIndex returns the index of a process. It reads nothing yet.
func NewIndex(s Source) *Index {
	return &Index{source: s, tables: make(map[identity]*slot)}
}

// Modules returns the modules that may have symbols: those of the process, the
// program first, and the kernel's [vdso].
func (x *Index) Modules() ([]session.Module, error) {
	v, err := x.now()
	return v.modules, err
}

// vdso is what maps calls the code that the kernel gives each process; vdso(7).
const vdso = "[vdso]"

func (x *Index) isProgram(m session.Module) bool {
	return m.Path == x.source.Exe() && m.Path != ""
}

// place tells where a module is, without its build ID.
func place(m session.Module) identity {
	id := identity{path: m.Path, base: m.Base}
	if len(m.Regions) > 0 {
		id.device, id.inode = m.Regions[0].Device, m.Regions[0].Inode
	}
	return id
}

// forget drops the tables of modules that are gone.
func (x *Index) forget(modules []session.Module) {
	present := make(map[identity]bool, len(modules))
	for _, m := range modules {
		present[place(m)] = true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for id := range x.tables {
		id.buildID = ""
		if !present[id] {
			x.drop(id)
		}
	}
}

// drop drops the tables of what is at a place, whatever its build ID.
func (x *Index) drop(at identity) {
	for id := range x.tables {
		same := id
		same.buildID = ""
		if same == at {
			delete(x.tables, id)
		}
	}
}

// Table returns the symbols of a module.
func (x *Index) Table(m session.Module) (*Table, error) {
	id := place(m)
	if m.Path != vdso {
		var err error
		if id.buildID, err = x.source.BuildID(m); errors.Is(err, session.ErrGone) {
			return nil, err
		}
	}
	x.mu.Lock()
	s := x.tables[id]
	if s == nil {
		x.drop(place(m)) // another build was there before
		s = new(slot)
		x.tables[id] = s
	}
	x.mu.Unlock()
	s.once.Do(func() {
		defer bug.Catch(&s.err)
		s.table, s.err = x.load(m, id.buildID)
	})
	if s.err != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.tables[id] == s { // the next time may do better
			delete(x.tables, id)
		}
	}
	return s.table, s.err
}

func (x *Index) load(m session.Module, buildID string) (*Table, error) {
	if m.Path == vdso {
		return x.loadFromMemory(m)
	}
	f, err := x.source.OpenModule(m)
	if err != nil {
		return nil, fmt.Errorf("symbols of %w", err)
	}
	defer f.Close()
	im, err := fileImage(f)
	if err != nil {
		return nil, fmt.Errorf("symbols of %s: %w", m.Name, err)
	}
	t, err := newTable(im, m, uint64(x.source.Layout().PageSize))
	if err != nil {
		return nil, fmt.Errorf("symbols of %s: %w", m.Name, err)
	}
	if t.Stripped() && buildID != "" {
		x.addDebugFile(t, im, buildID)
	}
	return t, nil
}

func fileImage(f *os.File) (*image, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return readImage(f, uint64(max(0, info.Size())))
}

// addDebugFile adds the symbols of the separate debug file, if there is one that
// was made together with the module.
func (x *Index) addDebugFile(t *Table, loaded *image, buildID string) {
	f, err := x.source.OpenDebugFile(buildID)
	if err != nil {
		return
	}
	defer f.Close()
	im, err := fileImage(f)
	if err != nil || hex.EncodeToString(im.buildID()) != buildID || im.machine != loaded.machine || im.is64 != loaded.is64 {
		return
	}
	// What it has is welcome, what it lacks is no error of the module.
	_ = t.add(loaded, im)
}

// loadFromMemory reads symbols out of an image that is mapped whole.
func (x *Index) loadFromMemory(m session.Module) (*Table, error) {
	const most = 1 << 20
	p := make([]byte, min(m.End-m.Base, most))
	n, err := x.source.Read(p, m.Base)
	if n == 0 {
		return nil, fmt.Errorf("symbols of %s: %w", m.Name, err)
	}
	t, err := New(bytes.NewReader(p[:n]), int64(n), m, x.source.Layout().PageSize)
	if err != nil {
		return nil, fmt.Errorf("symbols of %s: %w", m.Name, err)
	}
	return t, nil
}

// At returns the symbol that an address lies in, and how far; ok is false when
// there is none. The error tells that the process or the module's file cannot be
// read.
func (x *Index) At(addr uint64) (s Symbol, offset uint64, ok bool, err error) {
	v, err := x.now()
	if err != nil {
		return Symbol{}, 0, false, err
	}
	return v.At(addr)
}

// named returns the modules of a name: the base name, the whole path, or the
// base name without what follows a dot, so that libc is libc.so.6.
func named(modules []session.Module, name string) []session.Module {
	var exact, short []session.Module
	for _, m := range modules {
		switch {
		case m.Name == name || m.Path == name || m.Path == vdso && name == "vdso":
			exact = append(exact, m)
		case strings.HasPrefix(m.Name, name+"."):
			short = append(short, m)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return short
}
