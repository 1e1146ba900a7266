package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"quarry/session/sessiontest"
)

// narrowProgram is a program for 32 and 64 bits: a number, and a text that a
// pointer leads to. It shows both when asked.
const narrowProgram = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int lives = 736548219;
char *greeting;
int main(void) {
	char line[64];
	greeting = malloc(64);
	strcpy(greeting, "Good morn");
	strcat(greeting, "ing");
	setvbuf(stdout, NULL, _IONBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		if (!strcmp(line, "lose\n"))
			lives--;
		printf("%d %s\n", lives, greeting);
	}
}
`

const narrowTable = `quarry = 1
[target]
arch = "386"
[[edit]]
name = "lives"
at = "&lives"
type = "i32"
expect = 736548219
set = 99
[[edit]]
name = "greeting"
at = "[&greeting]"
type = "string"
expect = "Good morning"
set = "Good evening"
`

// A program of 32 bits is searched, written, frozen and patched like any other, and
// its end is told of like that of any other.
func TestFaultNarrowTarget(t *testing.T) {
	t.Parallel()
	sessiontest.NeedTool(t, "gcc", "gcc")
	sessiontest.Fault(t, "a target of 32 bits, which ends at last")
	p := sessiontest.Start(t, sessiontest.BuildC(t, narrowProgram, "-m32"))
	p.WaitLine(t, "ready")
	pid := strconv.Itoa(p.PID)
	got := runQuarry(t, "attach", pid, "-e", "find 736548219 --in data", "-e", "set 1 5", "-e", "find 'Good morning' --in heap", "-e", "undo", "-e", "undo", "-e", "redo", "-e", "undo")
	if got.Code != 0 || !strings.Contains(got.Stdout, "736548219") || !strings.Contains(got.Stdout, "Good morning") {
		t.Errorf("outcome %+v", got)
	}
	says := func(command, want string) {
		t.Helper()
		if line := p.Ask(t, command); line != want {
			t.Errorf("the process says %q, want %q", line, want)
		}
		sessiontest.Verified(t, 4)
	}
	says("", "736548219 Good morning")
	table := filepath.Join(t.TempDir(), "narrow.toml")
	if err := os.WriteFile(table, []byte(narrowTable), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ verb, then string }{
		{"plan", "736548219 Good morning"}, {"apply", "99 Good evening"}, {"apply", "99 Good evening"}, {"revert", "736548219 Good morning"},
	} {
		if got := runQuarry(t, "-p", pid, "patch", step.verb, table); got.Code != 0 {
			t.Errorf("%s: outcome %+v", step.verb, got)
		}
		says("", step.then)
	}
	frozen := sessiontest.StartCmd(t, quarryCommand(t, "attach", pid))
	frozen.Send(t, "freeze &lives 7 -t i32 --interval 1ms")
	frozen.WaitLine(t, "frozen")
	for range 20 {
		p.Ask(t, "lose")
	}
	for began := time.Now(); p.Ask(t, "") != "7 Good morning"; {
		if time.Since(began) > patience {
			t.Fatal("it is not kept frozen")
		}
	}
	p.Kill()
	frozen.Send(t, "set &lives 8")
	if code := frozen.Wait(t); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
}
