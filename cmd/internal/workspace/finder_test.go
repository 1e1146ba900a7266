package workspace

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"quarry/patch"
	"quarry/session"
	"quarry/session/sessiontest"
)

// The program holds a number behind a mark, and a text, and moves both when it is
// told to: to another page, where the former bytes are gone or others are.
const moverProgram = `
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
struct thing { char mark[8]; int lives; char text[12]; };
static struct thing *page(void) {
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
int main(void) {
	struct thing *t = page();
	for (int i = 0; i < 8; i++)
		t->mark[i] = 0xc0 + i;
	t->lives = 3;
	for (int i = 0; i < 9; i++)
		t->text[i] = "nothing x"[i] + 1;
	char line[16];
	printf("%p\n", (void *)t), fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		struct thing *to = page();
		*to = *t;
		if (line[0] == 'u')
			munmap(t, 4096);
		else
			memset(t, 0x55, 4096);
		t = to;
		printf("%p\n", (void *)t), fflush(stdout);
	}
}
`

// mover returns a workspace on the program, and where its thing is.
func mover(t *testing.T) (w *Workspace, p *sessiontest.Proc, at func() uint64) {
	t.Helper()
	p = sessiontest.Start(t, sessiontest.BuildC(t, moverProgram))
	at = func() (addr uint64) {
		if _, err := fmt.Sscanf(p.Line(t), "%v", &addr); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	w = New(nil)
	if err := w.Attach(strconv.Itoa(p.PID)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, p, at
}

// freezeFile freezes what a patch file says.
func freezeFile(t *testing.T, w *Workspace, text string) {
	t.Helper()
	applyFile(t, w, "freeze = true\ninterval = '1ms'\n"+text)
}

// applyFile applies a patch file with one edit.
func applyFile(t *testing.T, w *Workspace, text string) {
	t.Helper()
	f, err := patch.Parse("x.toml", []byte("quarry = 1\n[[edit]]\nname = 'it'\nin = 'anon'\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := w.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Apply(t.Context(), plan, Writing{}); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until memory holds something.
func eventually(t *testing.T, s *session.Session, addr uint64, want string) {
	t.Helper()
	have := make([]byte, len(want))
	for range 3000 {
		if _, err := s.Read(have, addr); err != nil {
			t.Fatal(err)
		}
		if string(have) == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%#x holds % x, want % x", addr, have, want)
}

// What is frozen by content is found again where it has moved to, and nothing is
// written where it was.
func TestFoundAgainAfterItMoved(t *testing.T) {
	for name, c := range map[string]struct {
		edit, set string
		offset    uint64
		moves     string // by which lines the program moves it
	}{
		"behind a mark":  {"find = 'c0 c1 c2 c3 c4 c5 c6 c7 ?? 00 00 00'\noffset = 8\ntype = 'bytes'\nset = '09'", "\x09", 8, "mum"},
		"the whole text": {"find = 'opuijoh'\nset = 'OPUIJOH'", "OPUIJOH", 12, "u"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, at := mover(t)
			now := at()
			freezeFile(t, w, c.edit)
			s, err := w.Session()
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, s, now+c.offset, c.set)
			for _, move := range c.moves {
				p.Send(t, string(move))
				was := now
				now = at()
				if _, err := s.Write([]byte("\x33"), now+c.offset); err != nil { // else it is what it should be
					t.Fatal(err)
				}
				if c.set != "\x09" { // it is found by what is set
					if _, err := s.Write([]byte(c.set), now+c.offset); err != nil {
						t.Fatal(err)
					}
				}
				waitFor(t, w, now+c.offset)
				eventually(t, s, now+c.offset, c.set)
				if move == 'm' {
					eventually(t, s, was+c.offset, strings.Repeat("\x55", len(c.set)))
				}
			}
		})
	}
}

// waitFor waits until the frozen entry is where it should be.
func waitFor(t *testing.T, w *Workspace, addr uint64) {
	t.Helper()
	for range 3000 {
		if s := w.frost.statuses()["it"]; s.Ready && s.Address == addr {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the entry is %+v, want it at %#x", *w.frost.statuses()["it"], addr)
}

// Where all that is found is set, what the program makes of it is taken back, and
// not taken for something else.
func TestWholeContentIsPutBack(t *testing.T) {
	w, _, at := mover(t)
	addr := at() + 12
	freezeFile(t, w, "find = 'opuijoh'\nset = 'OPUIJOH'")
	s, err := w.Session()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Write([]byte("another"), addr); err != nil {
			t.Fatal(err)
		}
		eventually(t, s, addr, "OPUIJOH")
	}
}

// What is found by its content and frozen may hold something else than what was
// searched for and what was set: up-only allows it.
func TestFrozenShowsWhatItHolds(t *testing.T) {
	w, _, at := mover(t)
	addr := at()
	applyFile(t, w, "find = '0xc7c6c5c4c3c2c1c0'\ntype = 'u64'\nset = '0xc7c6c5c4c3c2c1c1'\nfreeze = 'up-only'\ninterval = '1ms'")
	entry := func() Entry {
		entries, err := w.Entries(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return entries[0]
	}
	for deadline := time.Now().Add(30 * time.Second); !entry().Frozen.Ready; {
		if time.Now().After(deadline) {
			t.Fatal("it is not kept")
		}
	}
	higher := []byte{0xcf, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7}
	if _, err := w.session.Write(higher, addr); err != nil {
		t.Fatal(err)
	}
	if e := entry(); e.Err != nil || e.Addr != addr || !bytes.Equal(e.Now, higher) {
		t.Errorf("the entry holds % x at %#x (%v), want % x at %#x", e.Now, e.Addr, e.Err, higher, addr)
	}
}

// Finders of one freezer read the memory map together, and not each for itself.
func TestMapIsReadForAllFinders(t *testing.T) {
	w, _, at := mover(t)
	addr, reads := at(), 0
	s, err := session.Attach(w.session.PID(), session.WithExplain(func(session.Call) { reads++ }))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := &recentMap{session: s}
	fresh := func() (calls int) {
		reads = 0
		if _, ok, err := m.region(addr, time.Now()); !ok || err != nil {
			t.Fatal(ok, err)
		}
		return reads
	}
	fresh()
	each, begin := fresh(), time.Now()
	if each == 0 {
		t.Fatal("a map of now was not read")
	}
	reads = 0
	for range 1000 {
		f := &finder{session: s, maps: m}
		f.place.Addr = addr
		if f.region, _, err = m.region(addr, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if stands, err := f.stands(); !stands || err != nil {
			t.Fatal(stands, err)
		}
	}
	if most := each * (1 + int(time.Since(begin)/mapAge)); reads > most {
		t.Errorf("%d calls for maps, want at most %d", reads, most)
	}
}
