package patch_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// pagesProgram has three pages of its own, a shared mapping of the file named
// first, and a shared mapping without write access of the one named second. When
// asked it waits until the first byte of a page changes, and takes pages away.
const pagesProgram = `
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
static char *page(int flags, int prot, int fd) {
	return mmap(NULL, 4096, prot, flags, fd, 0);
}
int main(int argc, char **argv) {
	char *pages[3], *shared, *readonly;
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 0; i < 3; i++) {
		pages[i] = page(MAP_PRIVATE | MAP_ANONYMOUS, PROT_READ | PROT_WRITE, -1);
		sprintf(pages[i], "%d-abcdefgh", i);
	}
	shared = page(MAP_SHARED, PROT_READ | PROT_WRITE, open(argv[1], O_RDWR));
	readonly = page(MAP_SHARED, PROT_READ, open(argv[2], O_RDONLY));
	printf("%p %p %p %p %p\n", (void *)pages[0], (void *)pages[1], (void *)pages[2], (void *)shared, (void *)readonly);
	for (int c; (c = getchar()) != EOF; ) {
		if (c == 's')
			printf("%s %s %s %.10s\n", pages[0], pages[1], pages[2], shared);
		if (c == '0' || c == '1') {
			volatile char *watched = pages[c - '0'];
			char former = *watched;
			puts("watching");
			while (*watched == former)
				;
			for (int i = c == '0' ? 2 : 1; i < 3; i++)
				munmap(pages[i], 4096);
			puts("unmapped");
		}
	}
}
`

// pages is a process that runs pagesProgram.
type pages struct {
	*session.Session
	proc       *sessiontest.Proc
	own        [3]uint64
	shared     uint64
	readonly   uint64
	sharedFile string

	writes int
	// before and after, when set, are called around each write with its number.
	before, after func(n int)
}

// Write implements session.Memory.
func (p *pages) Write(data []byte, addr uint64) (int, error) {
	n := p.writes
	p.writes++
	if p.before != nil {
		p.before(n)
	}
	done, err := p.Session.Write(data, addr)
	if p.after != nil {
		p.after(n)
	}
	return done, err
}

const sharedText = "0123456789abcdefghijklmnopqrstuvwxyz"

func startPages(t *testing.T) *pages {
	t.Helper()
	dir := t.TempDir()
	p := &pages{sharedFile: filepath.Join(dir, "shared")}
	for _, path := range []string{p.sharedFile, filepath.Join(dir, "readonly")} {
		if err := os.WriteFile(path, []byte(sharedText+strings.Repeat(".", 4096-len(sharedText))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.proc = sessiontest.Start(t, sessiontest.BuildC(t, pagesProgram), p.sharedFile, filepath.Join(dir, "readonly"))
	line := p.proc.Line(t)
	if _, err := fmt.Sscanf(line, "%v %v %v %v %v", &p.own[0], &p.own[1], &p.own[2], &p.shared, &p.readonly); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	s, err := session.Attach(p.proc.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p.Session = s
	return p
}

// at is an edit that replaces a text at an address.
func at(addr uint64, from, to string) string {
	return edit(fmt.Sprintf("at='%#x'", addr), "type='string'", fmt.Sprintf("expect='%s'", from), fmt.Sprintf("set='%s'", to))
}

const pagesBefore = "0-abcdefgh 1-abcdefgh 2-abcdefgh 0123456789"

// onDiskText is what the file of the shared mapping holds.
func (p *pages) onDiskText(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(p.sharedFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(data[:len(sharedText)])
}

// TestRealKilledDuringApply kills the process around every write of a patch.
// The bytes are those of a shared file, which tells afterwards what was written:
// exactly what the error lists.
func TestRealKilledDuringApply(t *testing.T) {
	const n = 5
	for k := range 2 * n {
		t.Run(fmt.Sprintf("%d", k), func(t *testing.T) {
			sessiontest.Fault(t, "the process is killed beside a write of a patch")
			p := startPages(t)
			var edits []string
			for i := range uint64(n) {
				edits = append(edits, at(p.shared+3*i, sharedText[3*i:3*i+2], "XY"))
			}
			f := file(t, edits...)
			planned := plan(t, p, f)
			kill := func(write int) {
				if write == k/2 {
					p.proc.Kill()
				}
			}
			want := k / 2
			if p.before = kill; k%2 == 1 {
				p.before, p.after = nil, kill
				want++
			}
			r, err := planned.Apply(t.Context(), p, patch.WithFileWrites())
			if k == 2*n-1 && err == nil { // all was written and read back before it died
				t.Fatal("the process was killed before the last write was read back")
			}
			if !errors.Is(err, session.ErrGone) {
				t.Fatalf("error is %v", err)
			}
			var partial *patch.PartialError
			if want == 0 {
				if errors.As(err, &partial) || r != nil {
					t.Errorf("%+v, %v", r, err)
				}
			} else if !errors.As(err, &partial) || len(partial.Left) != want || len(partial.Changed) != 0 || r.Written != want {
				t.Fatalf("%+v, %v", r, err)
			}
			expected := []byte(sharedText)
			if partial != nil {
				for _, w := range partial.Left {
					copy(expected[w.Addr-p.shared:], w.After)
				}
			}
			if diff := cmp.Diff(string(expected), p.onDiskText(t)); diff != "" {
				t.Errorf("what was written -told +found: %s", diff)
			}
			if text := err.Error(); partial != nil && !strings.HasSuffix(text, fmt.Sprintf(" has ended after %d of the writes", want)) {
				t.Errorf("told as %q", text)
			}
			sessiontest.Verified(t, 2*want)
		})
	}
}

// TestRealPageVanishes: the program unmaps the place of the third edit when it
// sees the first.
func TestRealPageVanishes(t *testing.T) {
	sessiontest.Fault(t, "a place is unmapped in the middle of a patch")
	p := startPages(t)
	f := file(t, at(p.own[0], "0-", "X-"), at(p.own[1]+2, "abc", "XYZ"), at(p.own[2]+2, "abc", "XYZ"))
	planned := plan(t, p, f)
	ask(t, p.proc, "0", "watching")
	p.after = func(n int) {
		if n == 0 {
			p.proc.WaitLine(t, "unmapped")
		}
	}
	r, err := planned.Apply(t.Context(), p)
	var access *session.AccessError
	if !errors.As(err, &access) || access.Addr != p.own[2]+2 || errors.Is(err, patch.ErrPartial) || r != nil {
		t.Errorf("%+v, %v", r, err)
	}
	for i, want := range []string{"0-abcdefgh", "1-abcdefgh"} {
		if got := readText(t, p, p.own[i], len(want)); got != want {
			t.Errorf("page %d holds %q", i, got)
		}
	}
	back, err := patch.Revert(t.Context(), p, f, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"original 0", "original 0", fmt.Sprintf("inaccessible 0: %#x is not readable: input/output error", p.own[2]+2)}
	if diff := cmp.Diff(want, outcomes(back)); diff != "" {
		t.Errorf("revert: -want +got:\n%s", diff)
	}
}

// TestRealWrittenPageVanishes: what was written is gone when it is to be taken
// back. It is named, and the rest is taken back.
func TestRealWrittenPageVanishes(t *testing.T) {
	sessiontest.Fault(t, "what was written is unmapped before it can be taken back")
	p := startPages(t)
	planned := plan(t, p, file(t, at(p.own[0], "0-", "X-"), at(p.own[1], "1-", "XY"), at(p.own[2]+2, "abc", "XYZ")))
	ask(t, p.proc, "1", "watching")
	p.after = func(n int) {
		if n == 1 {
			p.proc.WaitLine(t, "unmapped")
		}
	}
	r, err := planned.Apply(t.Context(), p)
	var partial *patch.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, session.ErrUnreadable) || r == nil || r.Written != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	want := []patch.Write{{Addr: p.own[1], Before: []byte("1-"), After: []byte("XY")}}
	if diff := cmp.Diff(want, partial.Left); diff != "" {
		t.Errorf("left: -want +got:\n%s", diff)
	}
	if got := readText(t, p, p.own[0], 10); got != "0-abcdefgh" {
		t.Errorf("the first page holds %q", got)
	}
}

func readText(t *testing.T, mem session.Memory, addr uint64, n int) string {
	t.Helper()
	data := make([]byte, n)
	if _, err := mem.Read(data, addr); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestRealNothingChanged: whatever is wrong with one edit, none is applied.
func TestRealNothingChanged(t *testing.T) {
	p := startPages(t)
	first, last := at(p.own[0], "0-", "X-"), at(p.own[2], "2-", "X-")
	for _, c := range []struct {
		name  string
		edits []string
		is    error
	}{
		{"second edit unwritable", []string{first, at(p.readonly, "0123", "XXXX"), last}, session.ErrUnwritable},
		{"expectation wrong in edit 3 of 5", []string{first, at(p.own[0]+4, "cd", "XX"), at(p.own[1]+4, "zz", "XX"), at(p.own[1]+6, "ef", "XX"), last}, patch.ErrConflict},
		{"unmapped", []string{first, at(8, "zz", "XX"), last}, session.ErrUnreadable},
		{"a file on disk", []string{first, at(p.shared, "0123", "XXXX"), last}, session.ErrPermission},
	} {
		sessiontest.Fault(t, "one edit of a patch cannot be applied: "+c.name)
		f := file(t, c.edits...)
		if r, err := plan(t, p, f).Apply(t.Context(), p); !errors.Is(err, c.is) || errors.Is(err, patch.ErrPartial) || r != nil {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
		ask(t, p.proc, "s", pagesBefore)
		back, err := patch.Revert(t.Context(), p, f, search.Options{})
		if err != nil || back.Changed || back.Edits[0].Outcome != patch.Original {
			t.Errorf("%s: revert: %v, %v", c.name, outcomes(back), err)
		}
	}
	// Replacing a text does not reach the file either.
	_, err := patch.Replace(t.Context(), p, patch.Replacement{Old: "0123", New: "XXXX"})
	var refused *patch.FileWriteError
	if !errors.As(err, &refused) || refused.Path != p.sharedFile || refused.Addr != p.shared {
		t.Errorf("replace: %v", err)
	}
	if _, err := patch.Set(t.Context(), p, []search.Match{{Addr: p.shared, Type: value.U8}}, "7"); !errors.As(err, &refused) {
		t.Errorf("set: %v", err)
	}
	if got := p.onDiskText(t); got != sharedText {
		t.Errorf("the file holds %q", got)
	}
}

// TestRealFileWritesAllowed changes a file on disk, and reverts it.
func TestRealFileWritesAllowed(t *testing.T) {
	p := startPages(t)
	f := file(t, at(p.own[0], "0-", "X-"), at(p.shared, "0123", "XXXX"))
	if _, err := plan(t, p, f).Apply(t.Context(), p, patch.WithFileWrites()); err != nil {
		t.Fatal(err)
	}
	if got := p.onDiskText(t); !strings.HasPrefix(got, "XXXX4") {
		t.Errorf("the file holds %q", got)
	}
	back, err := patch.Revert(t.Context(), p, f, search.Options{})
	if err != nil || !errors.Is(back.Err(), session.ErrPermission) || back.Edits[0].Outcome != patch.Restored {
		t.Errorf("revert: %v, %v", outcomes(back), err)
	}
	back, err = patch.Revert(t.Context(), p, f, search.Options{}, patch.WithFileWrites())
	if err != nil || back.Err() != nil || p.onDiskText(t) != sharedText {
		t.Errorf("revert: %v, %v, the file holds %q", outcomes(back), err, p.onDiskText(t))
	}
	ask(t, p.proc, "s", pagesBefore)
	sessiontest.Verified(t, 2*len("X-XXXX"))
}
