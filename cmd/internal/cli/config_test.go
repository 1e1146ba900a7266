package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/settings"
	"quarry/search"
	"quarry/search/value"
)

// withSettings gives the runs of a test a settings file and returns its path.
func withSettings(t *testing.T, text string) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", folder)
	path := filepath.Join(folder, "quarry", "config.toml")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnalias(t *testing.T) {
	withSettings(t, "[aliases]\nfh = \"find --in heap\"\nus = \"find 'a b' --count\"\nlow = \"find -5\"\n")
	e := newEnv(Streams{})
	if e.load(); e.configErr != nil {
		t.Fatal(e.configErr)
	}
	for _, test := range []struct{ args, want []string }{
		{[]string{"fh", "100"}, []string{"find", "--in", "heap", "100"}},
		{[]string{"-p", "fh", "fh", "fh"}, []string{"-p", "fh", "find", "--in", "heap", "fh"}},
		{[]string{"-qp", "7", "--color=never", "us", "-t", "any"}, []string{"-qp", "7", "--color=never", "find", "a b", "--count", "-t", "any"}},
		{[]string{"--pid", "7", "low"}, []string{"--pid", "7", "find", "-5"}},
		{[]string{"find", "fh"}, []string{"find", "fh"}},
		{[]string{"--", "fh"}, []string{"--", "fh"}},
		{[]string{"--json"}, []string{"--json"}},
		{nil, nil},
		{[]string{"__complete", "fh", "-t", ""}, []string{"__complete", "find", "--in", "heap", "-t", ""}},
		{[]string{"__completeNoDesc", "fh"}, []string{"__completeNoDesc", "fh"}},
	} {
		if diff := cmp.Diff(test.want, e.unalias(test.args)); diff != "" {
			t.Errorf("%q: %s", test.args, diff)
		}
	}
}

func TestAliasesInCompletion(t *testing.T) {
	withSettings(t, "[aliases]\nfh = \"find --in heap\"\n")
	e := newEnv(Streams{})
	e.load()
	at := func(line string) map[string]string {
		out := make(map[string]string)
		for _, s := range e.line(&prompt{flags: globals{color: "never"}}).complete(line) {
			out[s.Text] = s.Description
		}
		return out
	}
	if got := at("f")["fh"]; got != "short for find --in heap" {
		t.Errorf("f offers fh as %q", got)
	}
	if got := at("fh -t u"); got["u8"] == "" {
		t.Errorf("fh -t u offers %v", got)
	}
}

// What is wrong with the settings is told once, in one line with its place, by
// every verb but those that show what is in force.
func TestBadSettings(t *testing.T) {
	for text, want := range map[string]string{
		"in = \"heep\"":                            `:1:6: in: scope "heep": no such scope; did you mean heap?`,
		"[aliases]\nfind = \"find 1\"":             `:2:1: aliases.find: a verb is called find`,
		"[aliases]\nquit = \"find 1\"":             `:2:1: aliases.quit: a verb is called quit`,
		"[aliases]\nhint = \"find 1\"":             `:2:1: aliases.hint: a verb is called hint`,
		"[aliases]\nhelp = \"find 1\"":             `:2:1: aliases.help: a verb is called help`,
		"[aliases]\nfh = \"fnid 1\"":               `:2:6: aliases.fh: no verb is called "fnid"`,
		"[aliases]\nfh = \"--json\"":               `:2:6: aliases.fh: it names no verb`,
		"[aliases]\na = \"b 1\"\nb = \"find\"":     `:2:5: aliases.a: it stands for another alias, b`,
		"[aliases]\na = \"a 1\"":                   `:2:5: aliases.a: it stands for another alias, a`,
		"memory = \"1\"\n[aliases]\nfind=\"find\"": `:1:10: memory: "1" is no size`,
	} {
		path := withSettings(t, text)
		for _, args := range [][]string{{"ps"}, {"find", "1"}, {"fh"}, {"config"}} {
			code, stdout, stderr := at(t, args...)
			line, rest, _ := strings.Cut(stderr, "\n")
			if code != ExitUsage || line != "quarry: "+path+want || strings.Count(rest, "\n") > 1 {
				t.Errorf("%q, %q: exit code %d, %q, want %s", text, args, code, stderr, want)
			}
			if (stdout != "") != (args[0] == "config") {
				t.Errorf("%q, %q: shows %q", text, args, stdout)
			}
		}
		for _, args := range [][]string{{"help"}, {"help", "find"}, {"help", "settings"}, {"version"}, {"man", "find"}, {"completion", "bash"}, {"--help"}, {"find", "--help"}} {
			if code, stdout, stderr := at(t, args...); code != ExitDone || stdout == "" || stderr != "" {
				t.Errorf("%q, %q: exit code %d, %q, %q", text, args, code, stdout, stderr)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	path := withSettings(t, "in = \"anon\"\nmemory = \"2GiB\"\n[aliases]\nfh = \"find --in heap\"\n")
	show := func(args ...string) string {
		code, stdout, stderr := at(t, append(args, "config")...)
		if code != ExitDone || stderr != "" {
			t.Errorf("%q: exit code %d, %q", args, code, stderr)
		}
		return strings.ReplaceAll(stdout, path, "FILE")
	}
	want := `settings file: FILE

SETTING  VALUE    FROM
in       anon     FILE:1
type     guessed  built in
color    auto     built in
memory   2GiB     FILE:2

ALIAS  VALUE           FROM
fh     find --in heap  FILE:4
`
	if diff := cmp.Diff(want, show()); diff != "" {
		t.Error(diff)
	}
	t.Setenv("NO_COLOR", "1")
	for args, want := range map[string]string{
		"":                  "color    never    environment NO_COLOR\n",
		"--color=always":    "color    always   flag --color\n",
		"--color=auto":      "color    never    environment NO_COLOR\n",
		"--memory 64MiB":    "memory   64MiB    flag --memory\n",
		"--json":            `{"file":"FILE","exists":true,"settings":[{"name":"in","value":"anon","source":"file","where":"FILE:1"},{"name":"type","value":"guessed","source":"built in"},`,
		"--color=auto -q":   "color    never    environment NO_COLOR\n",
		"--memory=64MiB -q": "memory   64MiB    flag --memory\n",
	} {
		if got := plain(show(strings.Fields(args)...)); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", args, want, got)
		}
	}
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if got := plain(show()); !strings.Contains(got, "(not there)") || !strings.Contains(got, "in       writable") {
		t.Errorf("without a file: %s", got)
	}
}

// plain takes colours off.
func plain(text string) string { return regexp.MustCompile(`\x1b\[[0-9]*m`).ReplaceAllString(text, "") }

// A flag wins over the file, which wins over the environment (no-color.org).
func TestColorOfSettings(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	withSettings(t, `color = "always"`)
	if _, stdout, _ := at(t, "ps", "nobody", "--color=never"); strings.Contains(stdout, "\x1b") {
		t.Errorf("--color never: %q", stdout)
	}
	if _, _, stderr := at(t, "ps", "--bad"); !strings.Contains(stderr, "\x1b") {
		t.Errorf("color = always: %q", stderr)
	}
}

func TestDefaultType(t *testing.T) {
	for _, test := range []struct{ setting, condition, want string }{
		{"f64", "100", "f64"}, {"f64", "5..6", "f64"}, {"f64", "unknown", "f64"}, {"f64", "String 1", ""},
		{"u8", "300", ""}, {"u8", "200", "u8"}, {"any", "100", "any"}, {"string", "100", "string"}, {"bytes", "zz", ""},
	} {
		withSettings(t, fmt.Sprintf("type = %q", test.setting))
		e := newEnv(Streams{})
		e.load()
		var q search.Query
		e.defaultType(&q, []string{test.condition})
		if got := q.Type; (got == value.Invalid) != (test.want == "") || test.want != "" && got.String() != test.want {
			t.Errorf("%+v: %v", test, got)
		}
		q.Type = value.I16
		if e.defaultType(&q, []string{"1"}); q.Type != value.I16 {
			t.Errorf("%+v replaces -t", test)
		}
	}
}

// The settings say where find, replace and strings look, and nothing else;
// lessons tell what to type, so they go without.
func TestDefaultScope(t *testing.T) {
	withSettings(t, `in = "anon"`)
	e := newEnv(Streams{})
	e.load()
	scopes := func(e *env) map[string]string {
		out := make(map[string]string)
		for _, verb := range newRoot(e).Commands() {
			if f := verb.Flags().Lookup("in"); f != nil && f.Value.String() != "" {
				out[verb.Name()] = f.Value.String()
			}
		}
		return out
	}
	want := map[string]string{"find": "anon", "replace": "anon", "strings": "anon"}
	if diff := cmp.Diff(want, scopes(e)); diff != "" {
		t.Error(diff)
	}
	if got := scopes(e.line(&prompt{course: &course{}})); len(got) > 0 {
		t.Errorf("in a lesson: %v", got)
	}
	if e.config.Path != settings.ConfigPath() {
		t.Errorf("read from %s", e.config.Path)
	}
}
