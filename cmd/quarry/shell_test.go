package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session/sessiontest"
)

// completions are lines, what becomes of them at Tab, and the word alone. PID is
// that of a process.
var completions = []struct{ typed, line, word string }{
	{"quarry monit", "quarry monitor", "monitor"},
	{"quarry find --al", "quarry find --align", "--align"},
	{"quarry find 100 --in hea", "quarry find 100 --in heap", "heap"},
	{"quarry find 100 --in=hea", "quarry find 100 --in=heap", "--in=heap"},
	{"quarry find 100 --in=heap,st", "quarry find 100 --in=heap,stack", "--in=heap,stack"},
	{"quarry find 100 -t utf", "quarry find 100 -t utf16", "utf16"},
	{"quarry find 'a b' -t utf", "quarry find 'a b' -t utf16", "utf16"},
	{`quarry find "a \" b" -t utf`, `quarry find "a \" b" -t utf16`, "utf16"},
	{`quarry set \&lives 3 -t utf`, `quarry set \&lives 3 -t utf16`, "utf16"},
	{"quarry find '> 5' --in hea", "quarry find '> 5' --in heap", "heap"},
	{"quarry find '$(touch made)' --in hea", "quarry find '$(touch made)' --in heap", "heap"},
	{`quarry find "$(touch made)" --in hea`, `quarry find "$(touch made)" --in heap`, "heap"},
	{"quarry help sco", "quarry help scopes", "scopes"},
	{"quarry patch imp", "quarry patch import", "import"},
	{"quarry completion z", "quarry completion zsh", "zsh"},
	{"quarry load ga", "quarry load game.toml", "game.toml"},
	{"quarry load wi", `quarry load with\ blank.toml`, "with blank.toml"},
	{"quarry load 'wi", "quarry load 'with blank.toml'", "with blank.toml"},
	{"quarry maps --svg=ga", "quarry maps --svg=game.toml", "--svg=game.toml"},
	{"quarry -p hunte", "quarry -p hunter", "hunter"},
	{"quarry -p PID find 100 --in module:hunt", "quarry -p PID find 100 --in module:hunter", "module:hunter"},
}

// shellFolder returns a folder with files to complete.
func shellFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"game.toml", "with blank.toml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// filesIn returns the names in a folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// The completion scripts work in real shells at Tab, be the package
// bash-completion installed or not, and run nothing of what was typed.
func TestShellsComplete(t *testing.T) {
	for _, shell := range []struct {
		name, load string
		args       []string
	}{
		{"bash", "bind 'set enable-bracketed-paste off'; source <(quarry completion bash)", []string{"--norc", "--noprofile", "-i"}},
		{"zsh", "unset zle_bracketed_paste; autoload -Uz compinit && compinit -D -u && source <(quarry completion zsh)", []string{"-f", "-i"}},
	} {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			sessiontest.NeedTool(t, shell.name, shell.name)
			target := startHunt(t)
			dir := shellFolder(t)
			cmd := exec.Command(shell.name, shell.args...)
			cmd.Dir = dir
			cmd.Env = append(quarryEnviron(t.TempDir()), "PS1=ready> ", "HISTFILE=", "INPUTRC=/dev/null")
			w := openSized(t, cmd, 120, 24)
			w.waitSeen("ready>")
			w.press(shell.load, " && echo loa''ded", enter)
			w.waitSeen("\nloaded\nready>")
			pid := fmt.Sprint(target.PID)
			for _, c := range completions {
				w.press(strings.ReplaceAll(c.typed, "PID", pid), tab)
				w.waitSeen(`ready> ` + regexp.QuoteMeta(strings.ReplaceAll(c.line, "PID", pid)) + `\s*$`)
				w.press(ctrlU)
				w.waitSeen(`ready>\s*$`)
			}
			w.press("quarry -p "+pid[:len(pid)-1], tab, tab) // others may begin alike
			w.waitSeen(pid)
			w.press(ctrlU, "exit", enter)
			if code := waitForCode(t, w.quarry); code != 0 {
				t.Errorf("%s ends with code %d; it shows\n%s", shell.name, code, w.seen())
			}
			if diff := cmp.Diff([]string{"game.toml", "with blank.toml"}, filesIn(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// fish is asked what it would offer. Two words that begin alike keep it from
// putting a blank behind them.
func TestFishCompletes(t *testing.T) {
	t.Parallel()
	sessiontest.NeedTool(t, "fish", "fish")
	target := startHunt(t)
	dir := shellFolder(t)
	for _, c := range append(completions, struct{ typed, line, word string }{"quarry -p PID", "", fmt.Sprint(target.PID)}) {
		typed := strings.ReplaceAll(c.typed, "PID", fmt.Sprint(target.PID))
		cmd := exec.Command("fish", "--no-config", "--command", "quarry completion fish | source; complete --do-complete $argv[1]", typed)
		cmd.Dir = dir
		cmd.Env = append(quarryEnviron(t.TempDir()), "HOME="+t.TempDir())
		got := runToEnd(t, cmd)
		var words []string
		for line := range strings.Lines(got.Stdout) {
			word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			words = append(words, word)
		}
		if got.Code != 0 || got.Stderr != "" || len(words) == 0 || words[0] != c.word || len(words) > 2 {
			t.Errorf("%s: %+v, want %s", typed, got, c.word)
		}
	}
	if diff := cmp.Diff([]string{"game.toml", "with blank.toml"}, filesIn(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
