package sessiontest_test

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/sessiontest"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

func segment(start uint64, data string) sessiontest.Segment {
	return sessiontest.Segment{Region: session.Region{Range: session.Range{Start: start}}, Data: []byte(data)}
}

func TestFakeReads(t *testing.T) {
	f := sessiontest.NewFake(segment(0x2000, "world"), segment(0x1ffb, "hello"), segment(0x9000, "far"))
	p := make([]byte, 10)
	if n, err := f.Read(p, 0x1ffb); n != 10 || err != nil || string(p) != "helloworld" {
		t.Errorf("across segments: %q, %v", p[:n], err)
	}
	n, err := f.Read(p, 0x2003)
	var access *session.AccessError
	if n != 2 || !errors.As(err, &access) || access.Addr != 0x2005 || !errors.Is(err, session.ErrUnreadable) {
		t.Errorf("past the end: %d, %v", n, err)
	}
	if n, err := f.Read(p, 1<<64-2); n != 0 || !errors.Is(err, session.ErrUnreadable) {
		t.Errorf("last address: %d, %v", n, err)
	}
	missing, err := f.Gather(p[:8], 2, []uint64{0x2000, 0x2004, 0x1fff, 1<<64 - 1})
	if diff := cmp.Diff([]int{1, 3}, missing); diff != "" || err != nil || string(p[:8]) != "wo\x00\x00ow\x00\x00" {
		t.Errorf("gathered %q, %v:\n%s", p[:8], err, diff)
	}
	if f.Reads() != 3 || f.Gathers() != 1 || f.Writes() != 0 {
		t.Errorf("counted %d, %d, %d", f.Reads(), f.Gathers(), f.Writes())
	}
}

func TestFakeHoles(t *testing.T) {
	f := sessiontest.NewFake(segment(0x1000, string(bytes.Repeat([]byte{7}, 0x4000))))
	f.Hole(session.Range{Start: 0x2000, End: 0x3000})
	p := make([]byte, 0x4000)
	spans, err := session.ReadSpans(f, p, 0x1000, nil)
	want := []session.Range{{Start: 0x1000, End: 0x2000}, {Start: 0x3000, End: 0x5000}}
	if diff := cmp.Diff(want, spans); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if bytes.ContainsAny(p[0x1000:0x2000], "\x07") || bytes.Count(p, []byte{7}) != 0x3000 {
		t.Error("the hole is not zeroed, or more than the hole is")
	}
}

func TestFakeWrites(t *testing.T) {
	f := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x1000, End: 0x2000}}})
	f.WriteProtect(session.Range{Start: 0x1004, End: 0x1005})
	if n, err := f.Write([]byte("12345678"), 0x1000); n != 4 || !errors.Is(err, session.ErrUnwritable) {
		t.Errorf("wrote %d, %v", n, err)
	}
	f.Poke(0x1004, []byte("x"))
	if got := f.Peek(0x1000, 6); string(got) != "1234x\x00" {
		t.Errorf("holds %q", got)
	}
	if n, err := f.Write([]byte("ab"), 0x1ffe); n != 2 || err != nil {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if n, err := f.Write([]byte("ab"), 0x1fff); n != 1 || !errors.Is(err, session.ErrUnwritable) {
		t.Errorf("past the end: %d, %v", n, err)
	}
}

func TestFakeGoneInAHook(t *testing.T) {
	f := sessiontest.NewFake(segment(0x1000, "12345678"))
	f.OnRead = func(addr uint64, n int) {
		if addr == 0x1004 {
			f.Gone()
		}
	}
	if _, err := f.Gather(make([]byte, 8), 4, []uint64{0x1000, 0x1004}); !errors.Is(err, session.ErrGone) {
		t.Errorf("gather: %v", err)
	}
	if _, err := session.ReadSpans(f, make([]byte, 4), 0x1000, nil); !errors.Is(err, session.ErrGone) {
		t.Errorf("read: %v", err)
	}
	if _, err := f.Write([]byte("x"), 0x1000); !errors.Is(err, session.ErrGone) {
		t.Errorf("write: %v", err)
	}
	if _, err := f.Regions(); !errors.Is(err, session.ErrGone) {
		t.Errorf("regions: %v", err)
	}
}

func TestFakeModulesAndPresent(t *testing.T) {
	code := segment(0x1000, "code")
	code.Region.Module, code.Region.Path = "game", "/usr/games/game"
	data := segment(0x1100, "data")
	data.Region.Module, data.Region.Offset = "game", 0x100
	f := sessiontest.NewFake(code, data, segment(0x9000, "anonymous"))
	modules, err := f.Modules()
	if err != nil || len(modules) != 1 || modules[0].Base != 0x1000 || modules[0].End != 0x1104 || len(modules[0].Regions) != 2 {
		t.Errorf("modules %+v, %v", modules, err)
	}
	regions, _ := f.Regions()
	if got, _ := f.Present(nil, regions[2]); len(got) != 1 || got[0] != regions[2].Range {
		t.Errorf("all is present: %v", got)
	}
	f.SetPresent(session.Range{Start: 0x100, End: 0x1002}, session.Range{Start: 0x9004, End: 0x9005})
	got, _ := f.Present(nil, regions[2])
	if diff := cmp.Diff([]session.Range{{Start: 0x9004, End: 0x9005}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.SetModules(session.Module{Name: "other", Base: 0x9000, End: 0xa000})
	if regions, _ := f.Regions(); regions[2].Module != "other" || regions[2].Kind != session.KindAnon {
		t.Errorf("region %+v", regions[2])
	}
}

func TestFakeHammer(t *testing.T) {
	f := sessiontest.NewFake(segment(0x1000, "12345678"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			p := make([]byte, 8)
			for range 200 {
				f.Read(p, 0x1000)
				f.Write(p[:2], 0x1002)
				f.Gather(p, 4, []uint64{0x1000, 0x1004})
				f.Regions()
				f.Poke(0x1000, p[:1])
				f.Hole()
			}
		})
	}
	wg.Wait()
	if f.Reads() != 1600 || f.Writes() != 1600 || f.Gathers() != 1600 {
		t.Errorf("counted %d, %d, %d", f.Reads(), f.Writes(), f.Gathers())
	}
}

func TestProc(t *testing.T) {
	sessiontest.LeakCheck(t)
	path := sessiontest.BuildC(t, `
#include <stdio.h>
int main(void) {
	char line[100];
	puts("one\ntwo");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		printf("got %s", line);
		fflush(stdout);
		if (line[0] == 'q') { puts("last"); return 3; }
	}
	return 0;
}
`)
	if again := sessiontest.BuildC(t, "\nint main(void) { return 0; }\n"); again == path {
		t.Error("two programs share a binary")
	}
	p := sessiontest.Start(t, path)
	p.WaitLine(t, "tw")
	if got := p.Ask(t, "hello"); got != "got hello" {
		t.Errorf("answer %q", got)
	}
	p.Send(t, "quit")
	if code := p.Wait(t); code != 3 {
		t.Errorf("exit code %d", code)
	}
	if p.Line(t) != "got quit" || p.Line(t) != "last" {
		t.Error("lines written before the end are lost")
	}
}
