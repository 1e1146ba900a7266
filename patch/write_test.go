package patch_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/session"
	"quarry/session/sessiontest"
)

// base is where the memory of fakes begins.
const base = 0x1000

// holding returns a fake with one region that holds text.
func holding(text string) *sessiontest.Fake {
	return sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: base}}, Data: []byte(text),
	})
}

// text returns n bytes of a fake's memory.
func text(f *sessiontest.Fake, n int) string { return string(f.Peek(base, n)) }

func write(offset uint64, before, after string) patch.Write {
	return patch.Write{Addr: base + offset, Before: []byte(before), After: []byte(after)}
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name   string
		writes []patch.Write
		want   string // memory afterwards
		err    string
		calls  int // writes to memory
	}{
		{"nothing", nil, "abcdefgh", "", 0},
		{"one", []patch.Write{write(1, "bc", "XY")}, "aXYdefgh", "", 1},
		{"all of it, first and last byte", []patch.Write{write(7, "h", "H"), write(0, "a", "A")}, "AbcdefgH", "", 2},
		{"neighbours", []patch.Write{write(2, "cd", "CD"), write(0, "ab", "AB")}, "ABCDefgh", "", 2},
		{"no change", []patch.Write{write(2, "cd", "cd")}, "abcdefgh", "", 0},
		{"empty", []patch.Write{write(2, "", "")}, "abcdefgh", "", 0},
		{"not what was expected", []patch.Write{write(0, "a", "A"), write(2, "xx", "yy")}, "abcdefgh", "0x1002 holds 63 64, not 78 78", 0},
		{"no change, but not there", []patch.Write{write(0, "a", "A"), write(2, "xx", "xx")}, "abcdefgh", "0x1002 holds 63 64, not 78 78", 0},
		{"overlap", []patch.Write{write(2, "cde", "CDE"), write(0, "abc", "ABC")}, "abcdefgh", "the writes at 0x1000 and 0x1002 overlap", 0},
		{"overlap, one inside", []patch.Write{write(0, "abcd", "ABCD"), write(2, "", ""), write(3, "d", "D")}, "abcdefgh", "the writes at 0x1000 and 0x1003 overlap", 0},
		{"twice the same", []patch.Write{write(0, "a", "A"), write(0, "a", "A")}, "abcdefgh", "the writes at 0x1000 and 0x1000 overlap", 0},
		{"lengths", []patch.Write{write(0, "a", "AB")}, "abcdefgh", "write at 0x1000: 2 bytes cannot replace 1", 0},
		{"unreadable", []patch.Write{write(0, "a", "A"), write(7, "hi", "HI")}, "abcdefgh", "0x1008 is not readable", 0},
		{"past the last address", []patch.Write{{Addr: ^uint64(0), Before: []byte("ab"), After: []byte("cd")}}, "abcdefgh", "write at 0xffffffffffffffff: 2 bytes reach past the last address", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := holding("abcdefgh")
			err := patch.Apply(t.Context(), f, c.writes)
			if got := errorText(err); got != c.err {
				t.Errorf("error is %q, want %q", got, c.err)
			}
			if got := text(f, 8); got != c.want || f.Writes() != c.calls {
				t.Errorf("memory is %q after %d writes, want %q after %d", got, f.Writes(), c.want, c.calls)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestApplyErrorStates(t *testing.T) {
	f := holding("abcdefgh")
	err := patch.Apply(t.Context(), f, []patch.Write{write(0, "x", "y")})
	var conflict *patch.ConflictError
	if !errors.As(err, &conflict) || !errors.Is(err, patch.ErrConflict) {
		t.Fatalf("error is %v", err)
	}
	want := &patch.ConflictError{Addr: base, Want: []byte("x"), Have: []byte("a")}
	if diff := cmp.Diff(want, conflict); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := patch.Apply(t.Context(), f, []patch.Write{write(0, "a", "y"), write(0, "a", "z")}); !errors.Is(err, patch.ErrOverlap) {
		t.Errorf("overlap: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := patch.Apply(ctx, f, []patch.Write{write(0, "a", "y")}); !errors.Is(err, context.Canceled) || f.Writes() != 0 {
		t.Errorf("cancelled: %v after %d writes", err, f.Writes())
	}
}

// TestApplyCancelledMidway cancels at the first write: the group is finished.
func TestApplyCancelledMidway(t *testing.T) {
	f := holding("abcdefgh")
	ctx, cancel := context.WithCancel(t.Context())
	f.OnWrite = func(uint64, int) { cancel() }
	if err := patch.Apply(ctx, f, []patch.Write{write(0, "a", "A"), write(4, "e", "E")}); err != nil {
		t.Fatal(err)
	}
	if got := text(f, 8); got != "AbcdEfgh" {
		t.Errorf("memory is %q", got)
	}
}

func TestRollBack(t *testing.T) {
	three := []patch.Write{write(0, "ab", "AB"), write(2, "cd", "CD"), write(4, "ef", "EF")}
	for _, c := range []struct {
		name    string
		prepare func(f *sessiontest.Fake)
		want    string
		err     string
	}{
		{
			"the last cannot be written",
			func(f *sessiontest.Fake) { f.WriteProtect(session.Range{Start: base + 4, End: base + 6}) },
			"abcdefgh", "0x1004 is not writable",
		},
		{
			"half of the last is written",
			func(f *sessiontest.Fake) { f.WriteProtect(session.Range{Start: base + 5, End: base + 6}) },
			"abcdefgh", "0x1005 is not writable",
		},
		{
			"the program changes the last after it was verified",
			func(f *sessiontest.Fake) {
				f.OnWrite = func(addr uint64, _ int) {
					if addr == base+2 {
						f.Poke(base+4, []byte("zz"))
					}
				}
			},
			"abcdzzgh", "0x1004 holds 7a 7a, not 65 66",
		},
		{
			"the program overwrites the second at once",
			func(f *sessiontest.Fake) {
				f.OnRead = func(addr uint64, _ int) {
					if addr == base+2 && f.Writes() == 2 {
						f.Poke(base+2, []byte("zz"))
					}
				}
			},
			"abzzefgh", "0x1002: 43 44 was written, but 7a 7a is read back",
		},
		{
			"the program changes the first before it is taken back",
			func(f *sessiontest.Fake) {
				f.WriteProtect(session.Range{Start: base + 4, End: base + 6})
				f.OnWrite = func(addr uint64, _ int) {
					if addr == base+4 {
						f.Poke(base, []byte("zz"))
					}
				}
			},
			"zzcdefgh", "0x1004 is not writable; not everything could be taken back: changed by the program meanwhile: 0x1000 (2 bytes)",
		},
		{
			"the process ends before the second",
			func(f *sessiontest.Fake) {
				f.OnWrite = func(addr uint64, _ int) {
					if addr == base+2 {
						f.Gone()
					}
				}
			},
			"ABcdefgh", "the process is gone after 1 of the writes",
		},
		{
			"the process ends before the first",
			func(f *sessiontest.Fake) { f.OnWrite = func(uint64, int) { f.Gone() } },
			"abcdefgh", "the process is gone",
		},
		{
			"what was written cannot be written any more",
			func(f *sessiontest.Fake) {
				f.OnWrite = func(addr uint64, _ int) {
					if addr == base+4 {
						f.WriteProtect(session.Range{Start: base, End: base + 8})
					}
				}
			},
			"ABCDefgh", "0x1004 is not writable; not everything could be taken back: left written: 0x1000 (2 bytes), 0x1002 (2 bytes)",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := holding("abcdefgh")
			c.prepare(f)
			err := patch.Apply(t.Context(), f, three)
			if got := errorText(err); got != c.err {
				t.Errorf("error is\n%q, want\n%q", got, c.err)
			}
			if got := text(f, 8); got != c.want {
				t.Errorf("memory is %q, want %q", got, c.want)
			}
			if partial := errors.Is(err, patch.ErrPartial); partial != (strings.Contains(c.err, "taken back") || strings.Contains(c.err, "after 1 of the writes")) {
				t.Errorf("errors.Is(%v, ErrPartial) = %v", err, partial)
			}
		})
	}
}

func TestPartialErrorLists(t *testing.T) {
	f := holding("abcdefgh")
	f.OnWrite = func(addr uint64, _ int) {
		if addr == base+4 {
			f.Gone()
		}
	}
	writes := []patch.Write{write(0, "ab", "AB"), write(2, "cd", "CD"), write(4, "ef", "EF")}
	err := patch.Apply(t.Context(), f, writes)
	var partial *patch.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, session.ErrGone) {
		t.Fatalf("error is %v", err)
	}
	if diff := cmp.Diff(writes[:2], partial.Left); diff != "" {
		t.Errorf("left: -want +got:\n%s", diff)
	}
}

func TestGroupAndJournal(t *testing.T) {
	f := holding("abcdefgh")
	ctx := t.Context()
	var j patch.Journal
	for _, title := range []string{"one", "two"} {
		g := patch.Group{Title: title, Writes: []patch.Write{write(0, text(f, 2), title[:2]), write(4, string(f.Peek(base+4, 1)), title[2:])}}
		if err := g.Redo(ctx, f); err != nil {
			t.Fatal(err)
		}
		j.Record(g)
	}
	j.Record(patch.Group{Title: "empty"})
	steps := []struct {
		do    func(context.Context, session.Memory) (patch.Group, error)
		title string
		err   error
		want  string
	}{
		{j.Redo, "", patch.ErrNothing, "twcdofgh"},
		{j.Undo, "two", nil, "oncdefgh"},
		{j.Undo, "one", nil, "abcdefgh"},
		{j.Undo, "", patch.ErrNothing, "abcdefgh"},
		{j.Redo, "one", nil, "oncdefgh"},
		{j.Redo, "two", nil, "twcdofgh"},
		{j.Undo, "two", nil, "oncdefgh"},
	}
	for i, s := range steps {
		g, err := s.do(ctx, f)
		if g.Title != s.title || !errors.Is(err, s.err) || text(f, 8) != s.want {
			t.Fatalf("step %d: %q, %v, memory %q; want %q, %v, %q", i, g.Title, err, text(f, 8), s.title, s.err, s.want)
		}
	}
	f.Poke(base, []byte("zz"))
	if g, err := j.Undo(ctx, f); g.Title != "one" || !errors.Is(err, patch.ErrConflict) || text(f, 8) != "zzcdefgh" {
		t.Errorf("undo of what the program changed: %q, %v, memory %q", g.Title, err, text(f, 8))
	}
	three := patch.Group{Title: "three", Writes: []patch.Write{write(6, "g", "G")}}
	if err := three.Redo(ctx, f); err != nil {
		t.Fatal(err)
	}
	j.Record(three)
	if _, err := j.Redo(ctx, f); !errors.Is(err, patch.ErrNothing) {
		t.Errorf("redo after something new: %v", err)
	}
	if g, err := j.Undo(ctx, f); g.Title != "three" || err != nil {
		t.Errorf("undo after recording: %q, %v", g.Title, err)
	}
	if _, err := j.Undo(ctx, f); !errors.Is(err, patch.ErrNothing) {
		t.Errorf("what was undone before is still there: %v", err)
	}
}

func TestJournalHammer(t *testing.T) {
	f := holding("abcdefgh")
	var j patch.Journal
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				j.Record(patch.Group{Writes: []patch.Write{write(0, "a", "a"), write(1, "b", "b")}})
				j.Undo(t.Context(), f)
				j.Redo(t.Context(), f)
			}
		})
	}
	wg.Wait()
	if got := text(f, 8); got != "abcdefgh" {
		t.Errorf("memory is %q", got)
	}
}
