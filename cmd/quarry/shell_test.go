package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"testing"

	"quarry/session/sessiontest"
)

// The completion script works in a real bash at Tab, be the package
// bash-completion installed or not.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	sessiontest.NeedTool(t, "bash", "bash")
	target := startHunt(t)
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Env = append(quarryEnviron(t.TempDir()), "PS1=ready> ", "HISTFILE=", "INPUTRC=/dev/null")
	w := openWindow(t, cmd)
	w.wait("ready> ")
	w.press("bind 'set enable-bracketed-paste off'; source <(quarry completion bash) && echo loa''ded", enter)
	w.waitMatch(regexp.MustCompile(`\nloaded\n.*ready> $`))
	for _, test := range []struct{ typed, want string }{
		{"quarry monit", "quarry monitor "},
		{"quarry find --al", "quarry find --align "},
		{"quarry find 100 --in hea", "quarry find 100 --in heap"},
		{"quarry find 100 --in=hea", "quarry find 100 --in=heap"},
		{"quarry find 100 -t utf", "quarry find 100 -t utf16 "},
		{"quarry help sco", "quarry help scopes "},
		{"quarry patch imp", "quarry patch import "},
		{"quarry completion z", "quarry completion zsh "},
		{fmt.Sprintf("quarry -p %d find 100 --in module:hunt", target.PID), "module:hunter"},
	} {
		w.press(test.typed, tab)
		w.wait(test.want)
		w.press(ctrlU)
	}
	w.press("exit", enter)
	if code := waitForCode(t, w.quarry); code != 0 {
		t.Errorf("bash ends with code %d; it shows\n%s", code, w.seen())
	}
}
