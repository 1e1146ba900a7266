package patch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/bug"
	"quarry/session/sessiontest"
)

// shared is a region of game() that is mapped from a file.
func shared(change func(*session.Region)) *sessiontest.Fake {
	f := game(fiveBefore)
	r := session.Region{
		Range: session.Range{Start: 0x60_0000}, Kind: session.KindShared, Device: "08:01", Inode: 7, Path: "/srv/save.db",
		Perms: session.PermRead | session.PermWrite | session.PermShared,
	}
	if change != nil {
		change(&r)
	}
	f.Add(sessiontest.Segment{Region: r, Data: []byte("saved game")})
	return f
}

// TestFileWrites: what would change a file on disk is refused, however it is
// asked for, unless it is allowed.
func TestFileWrites(t *testing.T) {
	const want = "0x600000 is a shared mapping of /srv/save.db: writing there would change the file"
	patchFile := file(t, edit("find='aa'", "set='AA'", "in='heap'"), edit("at='0x600000'", "expect='saved'", "set='SAVED'"))
	undo := file(t, edit("at='0x600000'", "expect='SAVED'", "set='saved'"))
	for name, act := range map[string]func(*sessiontest.Fake, ...patch.Option) error{
		"apply": func(f *sessiontest.Fake, o ...patch.Option) error {
			p := plan(t, f, patchFile)
			if p.Check() != nil || p.Edits[0].File != nil || errorText(p.Edits[1].File) != want || errorText(p.CheckFiles()) != want {
				t.Errorf("plan: %v, %v", p.Check(), p.CheckFiles())
			}
			_, err := p.Apply(t.Context(), f, o...)
			return err
		},
		"set": func(f *sessiontest.Fake, o ...patch.Option) error {
			_, err := patch.Set(t.Context(), f, []search.Match{{Addr: heap, Type: value.U8}, {Addr: 0x600000, Type: value.U8}}, "7", o...)
			return err
		},
		"replace": func(f *sessiontest.Fake, o ...patch.Option) error {
			_, err := patch.Replace(t.Context(), f, patch.Replacement{Old: "saved", New: "SAVED"}, o...)
			return err
		},
		"revert": func(f *sessiontest.Fake, o ...patch.Option) error {
			f.Poke(0x600000, []byte("SAVED"))
			r, err := patch.Revert(t.Context(), f, patchFile, search.Options{}, o...)
			if err != nil {
				t.Error(err)
			}
			return r.Err()
		},
		"restore": func(f *sessiontest.Fake, o ...patch.Option) error {
			f.Poke(0x600000, []byte("SAVED"))
			r, err := patch.Restore(t.Context(), f, undo, search.Options{}, o...)
			if err != nil {
				t.Error(err)
			}
			return r.Err()
		},
	} {
		f := shared(nil)
		err := act(f)
		var refused *patch.FileWriteError
		if !errors.As(err, &refused) || refused.Error() != want || !errors.Is(err, session.ErrPermission) || f.Writes() != 0 {
			t.Errorf("%s: %v after %d writes", name, err, f.Writes())
		}
		if !strings.HasPrefix(session.Hint(refused), "--allow-file-writes ") {
			t.Errorf("%s: hint %q", name, session.Hint(refused))
		}
		f = shared(nil)
		if err := act(f, patch.WithFileWrites()); err != nil || f.Writes() == 0 {
			t.Errorf("%s, allowed: %v after %d writes", name, err, f.Writes())
		}
	}
}

// A plan also tells of files that would be changed by what is only frozen, or
// applied already and frozen.
func TestFilesOfWhatIsFrozen(t *testing.T) {
	for _, c := range []struct {
		edit   string
		state  patch.State
		onDisk bool
	}{
		{edit("at='0x600000'", "type='u8'", "freeze=true"), patch.Off, true},
		{edit("at='0x600000'", "expect='other'", "set='saved'", "freeze=true"), patch.Applied, true},
		{edit("find='saved'", "set='saved'", "freeze=true"), patch.Applied, true},
		{edit("at='0x5fffff'", "type='u16'", "freeze=true"), patch.Off, true},
		{edit("at='0x600000'", "type='u8'"), patch.Off, false},
		{edit("at='0x600000'", "type='u8'", "freeze=true", "enabled=false"), patch.Off, false},
		{edit("at='[0x600000]'", "type='u8'", "freeze=true"), patch.Off, false}, // waited for
		{edit("at='heap'", "type='u8'", "freeze=true"), patch.Off, false},
	} {
		p := plan(t, shared(nil), file(t, c.edit))
		var refused *patch.FileWriteError
		if p.Edits[0].State != c.state || errors.As(p.CheckFiles(), &refused) != c.onDisk {
			t.Errorf("%s: %s, %v", c.edit, p.Edits[0].State, p.CheckFiles())
		}
	}
}

func TestCheckFiles(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*session.Region)
		onDisk bool
	}{
		{"a file", nil, true},
		{"deleted", func(r *session.Region) { r.Deleted = true }, true},
		{"private", func(r *session.Region) { r.Perms &^= session.PermShared }, false},
		{"not writable", func(r *session.Region) { r.Perms &^= session.PermWrite }, false},
		{"memfd", func(r *session.Region) { r.Device, r.Path = "00:01", "/memfd:buffer" }, false},
		{"a file called so", func(r *session.Region) { r.Path = "/memfd:buffer" }, true},
		{"System V", func(r *session.Region) { r.Device, r.Path = "00:01", "/SYSV0000002a" }, false},
		{"shared anonymous", func(r *session.Region) { r.Device, r.Path, r.Deleted = "00:01", "/dev/zero", true }, false},
		{"tmpfs", func(r *session.Region) { r.Device, r.Path = "00:19", "/dev/shm/x" }, false},
		{"a device", func(r *session.Region) { r.Path = "/dev/dri/card0" }, false},
		{"named anonymous", func(r *session.Region) { r.Inode, r.Path = 0, "[anon_shmem:x]" }, false},
	} {
		f := shared(c.change)
		for _, r := range []session.Range{{Start: 0x600000, End: 0x600001}, {Start: 0x5ffffe, End: 0x600001}, {Start: 0x600009, End: 0x60000a}} {
			if err := patch.CheckFiles(f, r); (err != nil) != c.onDisk {
				t.Errorf("%s: %s: %v", c.name, r, err)
			}
		}
		if err := patch.CheckFiles(f, session.Range{Start: heap, End: 0x600000}, session.Range{Start: 0x60000a, End: 0x700000}); err != nil {
			t.Errorf("%s: beside it: %v", c.name, err)
		}
	}
}

// pauser is a Pause whose threads are at the given addresses, one stop after
// the other, the last for ever.
type pauser struct {
	pcs            []uint64
	stops, resumes int
	stopped        bool
	ranges         []session.Range
	resumeErr      error
}

func (p *pauser) pause(_ context.Context, ranges []session.Range) (patch.Paused, error) {
	pc := p.pcs[min(p.stops, len(p.pcs)-1)]
	p.stops++
	p.stopped, p.ranges = true, ranges
	threads := []patch.Thread{{TID: 1, Name: "main", PC: 1}, {TID: 2, Name: "worker", PC: pc}}
	return patch.Paused{Threads: threads, Resume: func() error {
		p.resumes++
		p.stopped = false
		return p.resumeErr
	}}, nil
}

func TestPause(t *testing.T) {
	f := game(fiveBefore)
	p := &pauser{pcs: []uint64{0}}
	f.OnWrite = func(uint64, int) {
		if !p.stopped {
			t.Error("written while it runs")
		}
	}
	r, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f, patch.WithPause(p.pause))
	if err != nil || heapText(f) != fiveAfter || p.stops != 1 || p.resumes != 1 || !r.Changed {
		t.Errorf("%+v, %v, %+v", r, err, p)
	}
	want := []session.Range{{Start: heap, End: heap + 2}, {Start: heap + 3, End: heap + 5}, {Start: heap + 6, End: heap + 8}, {Start: heap + 9, End: heap + 11}, {Start: heap + 12, End: heap + 13}}
	if diff := cmp.Diff(want, p.ranges); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// What is applied already needs no pause.
	if _, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f, patch.WithPause(p.pause)); err != nil || p.stops != 1 {
		t.Errorf("again: %v, %d stops", err, p.stops)
	}
	back, err := patch.Revert(t.Context(), f, five(t, "cc"), search.Options{}, patch.WithPause(p.pause))
	if err != nil || back.Err() != nil || heapText(f) != fiveBefore || p.stops != 6 || p.resumes != 6 {
		t.Errorf("revert: %v, %v, %+v", err, outcomes(back), p)
	}
}

// TestPauseVerifies: what changes until the process stands still is seen.
func TestPauseVerifies(t *testing.T) {
	f := game(fiveBefore)
	p := &pauser{pcs: []uint64{0}}
	planned := plan(t, f, five(t, "cc"))
	pause := func(ctx context.Context, ranges []session.Range) (patch.Paused, error) {
		f.Poke(heap+3, []byte("z"))
		return p.pause(ctx, ranges)
	}
	if _, err := planned.Apply(t.Context(), f, patch.WithPause(pause)); !errors.Is(err, patch.ErrConflict) || f.Writes() != 0 || p.resumes != 1 {
		t.Errorf("%v after %d writes, %+v", err, f.Writes(), p)
	}
}

func TestPauseBusy(t *testing.T) {
	// Away at the third look.
	f := game(fiveBefore)
	p := &pauser{pcs: []uint64{heap + 10, heap + 10, heap + 11}}
	if _, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f, patch.WithPause(p.pause)); err != nil || p.stops != 3 || p.resumes != 3 {
		t.Errorf("%v, %+v", err, p)
	}
	// Never away.
	f = game(fiveBefore)
	p = &pauser{pcs: []uint64{heap + 10}}
	begin := time.Now()
	_, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f, patch.WithPause(p.pause))
	var busy *patch.BusyError
	const want = "thread 2 (worker) is at 0x50000a, within the bytes to be replaced at 0x500009..0x50000b"
	if !errors.As(err, &busy) || err.Error() != want || !errors.Is(err, session.ErrPermission) || session.Hint(err) == "" || f.Writes() != 0 {
		t.Errorf("%v after %d writes", err, f.Writes())
	}
	if p.stops != 10 || p.resumes != 10 || time.Since(begin) > 5*time.Second {
		t.Errorf("%+v after %v", p, time.Since(begin))
	}
	// Waiting ends when it is told to.
	ctx, cancel := context.WithCancel(t.Context())
	p = &pauser{pcs: []uint64{heap + 10}}
	planned := plan(t, f, five(t, "cc"))
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := planned.Apply(ctx, f, patch.WithPause(p.pause)); !errors.Is(err, context.Canceled) || p.stopped {
		t.Errorf("cancelled: %v, %+v", err, p)
	}
}

func TestPauseAlwaysResumes(t *testing.T) {
	failed := errors.New("no such thread")
	for _, c := range []struct {
		name    string
		onWrite func(*sessiontest.Fake)
		resume  error
		is      []error
		result  bool
	}{
		{"a write fails", func(f *sessiontest.Fake) { f.WriteProtect(session.Range{Start: heap + 9, End: heap + 10}) }, nil, []error{session.ErrUnwritable}, false},
		{"a write and resuming fail", func(f *sessiontest.Fake) { f.WriteProtect(session.Range{Start: heap + 9, End: heap + 10}) }, failed, []error{session.ErrUnwritable, failed}, false},
		{"resuming fails", func(*sessiontest.Fake) {}, failed, []error{failed}, true},
		{"partial", func(f *sessiontest.Fake) { f.WriteProtect(session.Range{Start: heap, End: heap + 10}) }, failed, []error{patch.ErrPartial, failed}, true},
		{"a panic", func(*sessiontest.Fake) { panic("in a write") }, nil, nil, false},
	} {
		f := game(fiveBefore)
		p := &pauser{pcs: []uint64{0}, resumeErr: c.resume}
		planned := plan(t, f, five(t, "cc"))
		f.OnWrite = func(addr uint64, _ int) {
			if addr == heap+6 {
				c.onWrite(f)
			}
		}
		r, err := planned.Apply(t.Context(), f, patch.WithPause(p.pause))
		if p.stopped || p.stops != 1 || p.resumes != 1 || bug.Is(err) != (c.is == nil) || (r != nil) != c.result {
			t.Errorf("%s: %+v, %v, %+v", c.name, p, err, r)
		}
		if slices.ContainsFunc(c.is, func(want error) bool { return !errors.Is(err, want) }) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// What could not be let go was written all the same, and can be undone.
func TestResumeErrorOfSetAndReplace(t *testing.T) {
	failed := errors.New("no such thread")
	for name, write := range map[string]func(f *sessiontest.Fake, o patch.Option) (patch.Group, error){
		"set": func(f *sessiontest.Fake, o patch.Option) (patch.Group, error) {
			set, err := patch.Set(t.Context(), f, []search.Match{{Addr: heap, Type: value.String}}, "new", o)
			if set == nil {
				return patch.Group{}, err
			}
			return set.Group, err
		},
		"replace": func(f *sessiontest.Fake, o patch.Option) (patch.Group, error) {
			scope, err := session.ParseScope("heap")
			if err != nil {
				t.Fatal(err)
			}
			replaced, err := patch.Replace(t.Context(), f, patch.Replacement{Type: value.String, Old: "old", New: "new", Scope: scope}, o)
			if replaced == nil {
				return patch.Group{}, err
			}
			return replaced.Group, err
		},
	} {
		f := game("old text")
		p := &pauser{pcs: []uint64{0}, resumeErr: failed}
		group, err := write(f, patch.WithPause(p.pause))
		var resume *patch.ResumeError
		if !errors.As(err, &resume) || resume.Earlier != nil || !errors.Is(err, failed) || p.resumes != 1 {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
		if have := string(f.Peek(heap, 8)); have != "new text" || len(group.Writes) != 1 {
			t.Errorf("%s: %q is there, and %+v is told", name, have, group)
		}
		if _, err := group.Undo(t.Context(), f); err != nil || string(f.Peek(heap, 8)) != "old text" {
			t.Errorf("%s: undo: %v, %q", name, err, f.Peek(heap, 8))
		}
	}
}

// A check is asked of all that would be written, and nothing is when it says no.
func TestCheckIsAsked(t *testing.T) {
	no := errors.New("no")
	var asked []session.Range
	refuse := patch.WithCheck(func(ranges []session.Range) error {
		asked = ranges
		return no
	})
	f := game(fiveBefore)
	before := f.Peek(heap, 8)
	patchFile := file(t, edit("find='aa'", "set='AA'", "in='heap'"))
	for name, act := range map[string]func() error{
		"set": func() error {
			_, err := patch.Set(t.Context(), f, []search.Match{{Addr: heap + 4, Type: value.U16}, {Addr: heap, Type: value.U8}}, "7", refuse)
			return err
		},
		"replace": func() error {
			_, err := patch.Replace(t.Context(), f, patch.Replacement{Old: "aa", New: "AA"}, refuse)
			return err
		},
		"apply": func() error {
			_, err := plan(t, f, patchFile).Apply(t.Context(), f, refuse)
			return err
		},
	} {
		asked = nil
		if err := act(); err != no || len(asked) == 0 || !slices.IsSortedFunc(asked, func(a, b session.Range) int { return int(a.Start) - int(b.Start) }) {
			t.Errorf("%s: %v, asked of %v", name, err, asked)
		}
		if got := f.Peek(heap, 8); !slices.Equal(got, before) {
			t.Errorf("%s: the memory holds % x", name, got)
		}
	}
	if _, err := plan(t, f, patchFile).Apply(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	r, err := patch.Revert(t.Context(), f, patchFile, search.Options{}, refuse)
	if err != nil || !errors.Is(r.Edits[0].Err, no) || len(r.Group.Writes) != 0 {
		t.Errorf("revert: %v, %+v", err, r)
	}
}
