package session_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/sessiontest"
)

func TestParseScope(t *testing.T) {
	for text, want := range map[string]string{
		"writable":                     "writable",
		"heap,anon":                    "heap,anon",
		" stack , data ":               "stack,data",
		"module:libc.so.6,exec":        "module:libc.so.6,exec",
		"module:a b..c":                "module:a b..c",
		"0x1000..0x2000":               "0x1000..0x2000",
		"4096..8192":                   "0x1000..0x2000",
		"0X1F .. 0xffffffffffffffff":   "0x1f..0xffffffffffffffff",
		"all,0x1..0x2,heap,module:all": "all,0x1..0x2,heap,module:all",
	} {
		s, err := session.ParseScope(text)
		if err != nil || s.String() != want {
			t.Errorf("%q: %q, %v", text, s, err)
		}
	}
	if got := (session.Scope{}).String(); got != "writable" {
		t.Errorf("the zero scope is %q", got)
	}
}

func TestParseScopeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                         `scope "": a scope is missing`,
		"heap,":                    `scope "": a scope is missing`,
		"heep":                     `scope "heep": no such scope; did you mean heap?`,
		"xyzzy":                    `scope "xyzzy": no such scope`,
		"heap,module:":             `scope "module:": the name of the module is missing`,
		"0x2000..0x1000":           `scope "0x2000..0x1000": the end must be after the start`,
		"5..5":                     `scope "5..5": the end must be after the start`,
		"1000..":                   `scope "1000..": "" is no address`,
		"..1000":                   `scope "..1000": "" is no address`,
		"ff..0x100":                `scope "ff..0x100": "ff" is no address`,
		"-1..5":                    `scope "-1..5": "-1" is no address`,
		"0x1..0x1ffffffffffffffff": `scope "0x1..0x1ffffffffffffffff": "0x1ffffffffffffffff" is no address`,
	} {
		s, err := session.ParseScope(text)
		if !errors.Is(err, session.ErrScope) || err.Error() != want {
			t.Errorf("%q: error %v", text, err)
		}
		if session.Hint(err) == "" {
			t.Errorf("%q: no hint", text)
		}
		if s.String() != "writable" {
			t.Errorf("%q: scope %q beside an error", text, s)
		}
	}
}

func FuzzParseScope(f *testing.F) {
	for _, text := range []string{"heap,anon", "module:x y,1..0x2", "all, exec", "0x..1", ",,", "module:a..b"} {
		f.Add(text)
	}
	fake := scopeFake()
	f.Fuzz(func(t *testing.T, text string) {
		s, err := session.ParseScope(text)
		if err != nil {
			if !errors.Is(err, session.ErrScope) {
				t.Fatalf("error %v", err)
			}
			return
		}
		again, err := session.ParseScope(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q prints as %q, which is %q, %v", text, s, again, err)
		}
		regions, err := s.Select(fake)
		if err != nil && !errors.Is(err, session.ErrScope) {
			t.Fatal(err)
		}
		for i, r := range regions {
			if r.Start >= r.End || i > 0 && r.Start < regions[i-1].End {
				t.Fatalf("regions %v", regions)
			}
		}
	})
}

// scopeFake has a region of each kind, at 0x10000 times its number from 1 on.
func scopeFake() *sessiontest.Fake {
	fake := sessiontest.NewFake()
	const r, w, x = session.PermRead, session.PermWrite, session.PermExec
	for i, region := range []session.Region{
		{Kind: session.KindCode, Perms: r | x, Module: "game"},
		{Kind: session.KindConst, Perms: r, Module: "game"},
		{Kind: session.KindData, Perms: r | w, Module: "game"},
		{Kind: session.KindHeap, Perms: r | w, Path: "[heap]"},
		{Kind: session.KindAnon, Perms: r | w},
		{Kind: session.KindAnon, Perms: r},
		{Kind: session.KindGuard, Perms: 0},
		{Kind: session.KindDevice, Perms: r | w | session.PermShared},
		{Kind: session.KindShared, Perms: r | w | session.PermShared},
		{Kind: session.KindData, Perms: r | w, Module: "libfoo.so"},
		{Kind: session.KindGuard, Module: "libfoo.so"},
		{Kind: session.KindStack, Perms: r | w},
		{Kind: session.KindKernel, Perms: r | x, Path: "[vdso]"},
		{Kind: session.KindAnon, Perms: w},
	} {
		region.Start = uint64(i+1) * 0x10000
		region.End = region.Start + 0x1000
		fake.Add(sessiontest.Segment{Region: region})
	}
	return fake
}

func TestSelect(t *testing.T) {
	fake := scopeFake()
	for scope, want := range map[string]string{
		"writable":                   "3 4 5 9 a c",
		"heap":                       "4",
		"anon":                       "5",
		"stack":                      "c",
		"data":                       "3 a",
		"exec":                       "1",
		"all":                        "1 2 3 4 5 6 9 a c d",
		"module:game":                "1 2 3",
		"module:libfoo.so,heap,heap": "4 a",
		"0x70000..0x80010":           "7 8:0..10",
		"0x40010..0x40020,heap":      "4",
		"0x40010..0x40020,262176..0x40030,0x40800..0x40900": "4:10..30 4:800..900",
	} {
		regions, err := mustScope(t, scope).Select(fake)
		if err != nil {
			t.Errorf("%s: %v", scope, err)
			continue
		}
		var got []string
		for _, r := range regions {
			got = append(got, shortly(r))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", scope, diff)
		}
	}
}

// shortly names a region of scopeFake by its number, and by its bounds in it
// when it has been clipped.
func shortly(r session.Region) string {
	number := strings.TrimPrefix(session.Range{Start: r.Start >> 16}.String(), "0x")
	number, _, _ = strings.Cut(number, "..")
	inside := session.Range{Start: r.Start & 0xffff, End: r.Start&0xffff + r.Size()}
	if inside.Size() == 0x1000 {
		return number
	}
	return number + ":" + strings.ReplaceAll(strings.ReplaceAll(inside.String(), "0x0", "0"), "0x", "")
}

func TestSelectErrors(t *testing.T) {
	noHeap := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x1000}}, Data: make([]byte, 16)})
	if _, err := mustScope(t, "heap,anon").Select(noHeap); err != nil {
		t.Errorf("heap,anon without a heap: %v", err)
	}
	for _, test := range []struct {
		scope, want, hint string
		target            session.Target
	}{
		{"heap", `scope "heap": the process has no [heap]`, "anon", noHeap},
		{"stack", `scope "stack": the process has no such memory`, "maps", noHeap},
		{"0x5000..0x6000", `scope "0x5000..0x6000": nothing is mapped in 0x5000..0x6000`, "maps", noHeap},
		{"heap,module:libfo.so", `scope "module:libfo.so": the process has no such module`, "did you mean module:libfoo.so?", scopeFake()},
		{"module:zzzzzzzz", `scope "module:zzzzzzzz": the process has no such module`, "maps", scopeFake()},
	} {
		regions, err := mustScope(t, test.scope).Select(test.target)
		if !errors.Is(err, session.ErrScope) || !errors.Is(err, session.ErrScopeEmpty) || err.Error() != test.want || regions != nil {
			t.Errorf("%s: %v, %v", test.scope, regions, err)
		}
		if !strings.Contains(session.Hint(err), test.hint) {
			t.Errorf("%s: hint %q", test.scope, session.Hint(err))
		}
	}
	onlyStack := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x1000}, Perms: session.PermRead | session.PermWrite, Kind: session.KindStack}, Data: make([]byte, 16)})
	_, err := mustScope(t, "heap").Select(onlyStack)
	if !errors.Is(err, session.ErrScopeEmpty) || session.Hint(err) != "quarry maps lists what it has" {
		t.Errorf("heap of a process that has neither heap nor anonymous memory: %v, hint %q", err, session.Hint(err))
	}
	if _, err := session.ParseScope("hepa"); errors.Is(err, session.ErrScopeEmpty) {
		t.Errorf("a scope that cannot be read: %v", err)
	}
	noHeap.Gone()
	if _, err := (session.Scope{}).Select(noHeap); !errors.Is(err, session.ErrGone) {
		t.Errorf("gone: %v", err)
	}
}
