package signature_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"quarry/search/signature"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/symbol"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

// Two versions of a program differ in what else they hold.
const source = `
#include <stdio.h>
#ifdef NEXT
int more[100] = {1}; int other(void) { return 7; }
#endif
int health = 100, armour = 7;
void damage(int n) { if (armour > n) return; health -= n - armour; puts("ouch"); }
void heal(int n) { health += n * 3 + 5; }
int twin1(int a) { return a + 77; }
int twin2(int a) { return a + 77; }
int main(void) { puts("ready"); fflush(stdout); damage(getchar()); heal(1); return twin1(1) + twin2(2); }
`

type target struct {
	s     *session.Session
	index *symbol.Index
}

func start(t *testing.T, flags ...string) target {
	t.Helper()
	p := sessiontest.Start(t, sessiontest.BuildC(t, source, flags...))
	p.WaitLine(t, "ready")
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return target{s, symbol.NewIndex(s)}
}

func (p target) find(t *testing.T, name string) uint64 {
	t.Helper()
	s, err := p.index.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s.Addr
}

// matches returns where a pattern is found in the code of the program, looked for in
// the plainest way.
func (p target) matches(t *testing.T, pattern value.Pattern) (found []uint64) {
	t.Helper()
	m, err := p.s.Program()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Regions {
		if r.Perms&session.PermExec == 0 {
			continue
		}
		data := make([]byte, r.Size())
		if _, err := p.s.Read(data, r.Start); err != nil {
			t.Fatal(err)
		}
		for at := range data {
			if pattern.Match(data[at:]) {
				found = append(found, r.Start+uint64(at))
			}
		}
	}
	return found
}

// A signature is found once, and in the next version in the same function.
func TestMake(t *testing.T) {
	for name, flags := range map[string][]string{"64": nil, "32": {"-m32"}, "no-pie": {"-no-pie", "-fno-pie"}, "32 no-pie": {"-m32", "-no-pie", "-fno-pie"}} {
		t.Run(name, func(t *testing.T) {
			p, next := start(t, flags...), start(t, append([]string{"-DNEXT"}, flags...)...)
			for _, function := range []string{"damage", "heal"} {
				addr := p.find(t, function)
				sig, err := signature.Make(t.Context(), p.s, addr, addr, signature.Longest)
				if err != nil {
					t.Fatal(err)
				}
				if found := p.matches(t, sig.Pattern); len(found) != 1 || found[0] != sig.Addr || sig.Addr+uint64(sig.Offset) != addr {
					t.Errorf("%s: %v at %x, %d bytes before %#x", function, sig.Pattern, found, sig.Offset, addr)
				}
				if fixed := len(sig.Pattern.Mask) - bytes.Count(sig.Pattern.Mask, []byte{0}); fixed < signature.Least {
					t.Errorf("%s: %v has %d bytes that are no wildcards", function, sig.Pattern, fixed)
				}
				// There may not be so many.
				if short, err := signature.Make(t.Context(), p.s, addr, addr, len(sig.Pattern.Bytes)-1); err == nil && len(p.matches(t, short.Pattern)) != 1 {
					t.Errorf("%s: %v is not unique", function, short.Pattern)
				}
				// What is read back is the same.
				if back, err := value.ParsePattern(sig.Pattern.String()); err != nil || back.String() != sig.Pattern.String() {
					t.Errorf("%v: %v, %v", sig.Pattern, back, err)
				}
				if found := next.matches(t, sig.Pattern); len(found) != 1 || found[0]+uint64(sig.Offset) != next.find(t, function) {
					t.Errorf("%s: in the next version %v is at %x", function, sig.Pattern, found)
				}
			}
		})
	}
}

// No shorter run of instructions around the place is unique; where none is, or there
// is no code, that is said.
func TestRefused(t *testing.T) {
	p := start(t)
	twin := p.find(t, "twin1")
	var e *signature.NotUniqueError
	_, err := signature.Make(t.Context(), p.s, twin, twin, 12)
	if !errors.As(err, &e) || !errors.Is(err, signature.ErrNotUnique) || e.Longest != 12 || e.Module == "" || e.Hint() == "" {
		t.Errorf("twins: %v", err)
	}
	for _, addr := range []uint64{0, p.find(t, "health"), ^uint64(0)} {
		if _, err := signature.Make(t.Context(), p.s, addr, addr, signature.Longest); !errors.Is(err, signature.ErrNoCode) {
			t.Errorf("%#x: %v", addr, err)
		}
	}
	for _, longest := range []int{0, -1} {
		if _, err := signature.Make(t.Context(), p.s, twin, twin, longest); !errors.Is(err, signature.ErrNotUnique) && !errors.Is(err, signature.ErrNoCode) {
			t.Errorf("longest %d: %v", longest, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := signature.Make(ctx, p.s, twin, twin, 64); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// With the start of the function known, a signature may begin before the place.
func TestAround(t *testing.T) {
	p := start(t)
	function := p.find(t, "heal")
	// The last instructions, as those of every function: only what is before tells.
	s, err := p.index.Find("heal")
	if err != nil {
		t.Fatal(err)
	}
	last := function + s.Size - 1 // ret
	sig, err := signature.Make(t.Context(), p.s, last, function, signature.Longest)
	if err != nil {
		t.Fatal(err)
	}
	if found := p.matches(t, sig.Pattern); len(found) != 1 || found[0]+uint64(sig.Offset) != last {
		t.Errorf("%v at %x", sig.Pattern, found)
	}
}
