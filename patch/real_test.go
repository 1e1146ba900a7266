package patch_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// livesProgram is a program with a greeting on the heap, a variable, a pointer to the
// greeting and a function that takes one life. It shows its state when asked.
// It keeps no copies: it writes without a buffer, and what it prints is made
// of two halves.
const livesProgram = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int lives = 3;
static char *greeting;
static const char rodata[] = "never written";
__attribute__((noinline)) void hurt(int by) { lives -= by; }
int main(void) {
	char c;
	greeting = malloc(64);
	strcpy(greeting, "String ");
	strcat(greeting, "1");
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("lives %p greeting %p pointer %p rodata %p\n", (void *)&lives, (void *)greeting, (void *)&greeting, (void *)rodata);
	while (read(0, &c, 1) == 1) {
		if (c == 'h') hurt(1);
		if (c != '\n') continue;
		char number[16];
		write(1, greeting, strlen(greeting));
		write(1, number, snprintf(number, sizeof number, " %d ", lives));
		write(1, rodata, strlen(rodata));
		write(1, "\n", 1);
	}
}
`

// startLives starts the program and attaches to it.
func startLives(t *testing.T) (p *sessiontest.Proc, s *session.Session, lives, greeting, pointer, rodata uint64) {
	t.Helper()
	p = sessiontest.Start(t, sessiontest.BuildC(t, livesProgram))
	line := p.Line(t)
	if _, err := fmt.Sscanf(line, "lives %v greeting %v pointer %v rodata %v", &lives, &greeting, &pointer, &rodata); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return p, s, lives, greeting, pointer, rodata
}

func ask(t *testing.T, p *sessiontest.Proc, send, want string) {
	t.Helper()
	if got := p.Ask(t, send); got != want {
		t.Fatalf("the program says %q, want %q", got, want)
	}
}

func TestRealPatchFile(t *testing.T) {
	p, s, lives, _, pointer, _ := startLives(t)
	program, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.BuildID(program)
	if err != nil {
		t.Fatal(err)
	}
	target := fmt.Sprintf("quarry = 1\n[target]\nexe = %q\nbuild-id = %q\narch = %q\n", program.Name, id, s.Layout().Arch)
	f := parse(t, target+
		edit("name='greeting'", "find='String 1'", "in='heap'", "set='Replaced'")+
		edit("name='lives'", fmt.Sprintf("at='%s+%#x'", program.Name, lives-program.Base), "expect=3", "set=99")+
		edit("name='first letter'", fmt.Sprintf("at='[%s+%#x]+63'", program.Name, pointer-program.Base), "type='u8'", "expect=0", "set=1"))
	ask(t, p, "", "String 1 3 never written")

	r, err := plan(t, s, f).Apply(t.Context(), s)
	if err != nil || r.Written != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	ask(t, p, "", "Replaced 99 never written")
	if again, err := plan(t, s, f).Apply(t.Context(), s); err != nil || again.Changed || again.Already != 3 {
		t.Errorf("again: %+v, %v", again, err)
	}

	ask(t, p, "h", "Replaced 98 never written")
	back, err := patch.Revert(t.Context(), s, f, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(outcomes(back), "; "); !strings.HasPrefix(got, "restored 1; changed 0: ") || !strings.HasSuffix(got, "; restored 1") {
		t.Errorf("outcomes are %s", got)
	}
	ask(t, p, "", "String 1 98 never written")
}

// TestRealCode makes the program stop losing lives, and start again. Code and
// constants are written although the program itself may not.
func TestRealCode(t *testing.T) {
	p, s, _, _, _, rodata := startLives(t)
	if s.Layout().Arch != "amd64" {
		t.Skip("the pattern is amd64 code")
	}
	ask(t, p, "h", "String 1 2 never written")
	program, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	// sub eax, [rbp-4]; mov [rip+…], eax
	f := parse(t, "quarry = 1\n"+
		edit("find='2b 45 fc 89 05 ?? ?? ?? ??'", fmt.Sprintf("in='module:%s'", program.Name), "type='bytes'", "set='90 90 90'")+
		edit(fmt.Sprintf("at='%#x'", rodata), "expect='never'", "set='often'"))
	r, err := plan(t, s, f).Apply(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	ask(t, p, "h", "String 1 2 often written")
	if _, err := r.Group.Undo(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	ask(t, p, "h", "String 1 1 never written")

	// The same from the file alone.
	if _, err := plan(t, s, f).Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	ask(t, p, "h", "String 1 1 often written")
	back, err := patch.Revert(t.Context(), s, f, search.Options{})
	if err != nil || back.Err() != nil {
		t.Fatalf("%v, %v", outcomes(back), err)
	}
	ask(t, p, "h", "String 1 0 never written")
}

// TestRealAmbiguousCode: a signature that fits twice names both places and
// writes nothing.
func TestRealAmbiguousCode(t *testing.T) {
	p, s, _, _, _, _ := startLives(t)
	if s.Layout().Arch != "amd64" {
		t.Skip("the pattern is amd64 code")
	}
	program, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	// push rbp; mov rbp, rsp: how both functions begin.
	f := parse(t, "quarry = 1\n"+edit("find='55 48 89 e5'", fmt.Sprintf("in='module:%s'", program.Name), "type='bytes'", "set='90'"))
	_, err = plan(t, s, f).Apply(t.Context(), s)
	var failed *patch.PlanError
	if !errors.As(err, &failed) || !errors.Is(err, patch.ErrAmbiguous) {
		t.Fatalf("error is %v", err)
	}
	for _, place := range failed.Edits[0].Places {
		if want := fmt.Sprintf("%#x (%s+%#x)", place.Addr, program.Name, place.Addr-program.Base); !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if len(failed.Edits[0].Places) < 2 {
		t.Errorf("error is %v", err)
	}
	ask(t, p, "h", "String 1 2 never written")
}

func TestRealSetAndReplace(t *testing.T) {
	p, s, lives, greeting, _, _ := startLives(t)
	g, err := patch.Set(t.Context(), s, []search.Match{{Addr: lives, Type: value.I32}}, "-7")
	if err != nil {
		t.Fatal(err)
	}
	ask(t, p, "", "String 1 -7 never written")
	scope, _ := session.ParseScope("heap")
	r, err := patch.Replace(t.Context(), s, patch.Replacement{Old: "String 1", New: "Hi", Scope: scope})
	if err != nil || r.Count != 1 || r.Padded != 6 || r.Group.Writes[0].Addr != greeting {
		t.Fatalf("%+v, %v", r, err)
	}
	ask(t, p, "", "Hi -7 never written")
	for _, g := range []patch.Group{r.Group, g.Group} {
		if _, err := g.Undo(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	ask(t, p, "", "String 1 3 never written")

	p.Kill()
	if err := g.Group.Redo(t.Context(), s); !errors.Is(err, session.ErrGone) {
		t.Errorf("after the end: %v", err)
	}
}
