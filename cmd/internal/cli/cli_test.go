package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/settings"
	"quarry/cmd/internal/shellwords"
	"quarry/patch"
	"quarry/search/value"
	"quarry/session"
)

// at runs quarry in-process and returns its exit code and what it wrote.
func at(t *testing.T, args ...string) (code ExitCode, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = Main(context.Background(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &err})
	return code, out.String(), err.String()
}

func TestNegativeNumbersAreNeverFlags(t *testing.T) {
	for arg, want := range map[string]bool{
		"-5": true, "-0x10": true, "-.5": true, "-1..5": true, "-inf": true,
		"-p": false, "--json": false, "-": false, "5": false, "": false, "-e": false, "--": false,
	} {
		if got := negative(arg); got != want {
			t.Errorf("negative(%q) = %v", arg, got)
		}
	}
	args := []string{"find", "-5", "--in", "heap", "--", "-6"}
	if diff := cmp.Diff([]string{"find", mark + "-5", "--in", "heap", "--", "-6"}, protect(args)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(args, values(protect(args))); diff != "" {
		t.Error(diff)
	}
}

// A mistake with a negative number shows the number, and not how it was kept
// from being a flag.
func TestMistakesWithNegativeNumbersReadWell(t *testing.T) {
	for _, args := range [][]string{{"-5"}, {"find", "--limit", "-5x", "1"}, {"find", "--align", "-5", "1"}, {"maps", "-5"}, {"find", "--in", "-5", "1"}} {
		code, _, stderr := at(t, args...)
		if code != ExitUsage || strings.Contains(stderr, mark) || strings.Contains(stderr, `\x00`) {
			t.Errorf("%q: exit code %d, %q", args, code, stderr)
		}
	}
}

func TestShorthand(t *testing.T) {
	for _, test := range []struct {
		line string
		open value.Type
		want []string
	}{
		{"100", value.Invalid, []string{"find", "100"}},
		{"100", value.I32, []string{"narrow", "100"}},
		{"> 5", value.I32, []string{"narrow", ">", "5"}},
		{"-5..5", value.Invalid, []string{"find", "-5..5"}},
		{"!= 3", value.Invalid, []string{"find", "!=", "3"}},
		{`"String 1"`, value.Invalid, []string{"find", "--type", "string", mark + "String 1"}},
		{`"--help"`, value.String, []string{"narrow", mark + "--help"}},
		{`"String 1"`, value.I32, []string{"find", "--type", "string", mark + "String 1"}},
		{`"12"`, value.Any, []string{"find", "--type", "string", mark + "12"}},
		{`'100'`, value.Invalid, []string{"find", "--type", "string", mark + "100"}},
		{"0 -t u8", value.I32, []string{"find", "0", "-t", "u8"}},
		{"0 --in heap", value.I32, []string{"find", "0", "--in", "heap"}},
		{"=", value.I32, []string{"narrow", "="}},
		{"  7 -t u8", value.Invalid, []string{"find", "7", "-t", "u8"}},
		{"maps", value.I32, []string{"maps"}},
		{"!3", value.Invalid, []string{"!3"}},
	} {
		words := strings.Fields(strings.TrimSpace(test.line))
		if strings.ContainsAny(test.line, `"'`) {
			words = []string{strings.Trim(test.line, `"'`)}
		}
		if diff := cmp.Diff(test.want, expand(test.line, words, test.open)); diff != "" {
			t.Errorf("%q: %s", test.line, diff)
		}
	}
}

// Flags of every verb may stand before a verb, and before shorthand. They are no
// text to search for.
func TestFlagsBeforeTheVerb(t *testing.T) {
	shell := newEnv(Streams{Out: io.Discard, Err: io.Discard})
	shell.config.Aliases = []settings.Alias{{Name: "fh", Words: []string{"find", "--in", "heap"}}}
	for line, want := range map[string][]string{
		"-q find 100":               {"-q", "find", "100"},
		"--json maps":               {"--json", "maps"},
		"--json":                    {"--json"},
		"-h":                        {"-h"},
		"--help":                    {"--help"},
		"--color never maps":        {"--color", "never", "maps"},
		"--color=never 100":         {"--color=never", "find", "100"},
		"-q -5":                     {"-q", "find", "-5"},
		`--json "maps"`:             {"--json", "find", "--type", "string", mark + "maps"},
		"--json fh 100":             {"--json", "find", "--in", "heap", "100"},
		"--json fnid 100":           {"--json", "fnid", "100"},
		"--quiet --in heap 100":     {"--quiet", "find", "--in", "heap", "100"},
		"-t u8 100":                 {"find", "-t", "u8", "100"},
		"-i maps":                   {"find", "-i", "maps"},
		"-qi maps":                  {"find", "-qi", "maps"},
		"- 5":                       {"find", "-", "5"},
		"-5":                        {"find", "-5"},
		"-inf":                      {"find", "-inf"},
		"-- 5":                      {"find", "--", "5"},
		"'-q' maps":                 {"find", "--type", "string", mark + "-q", "maps"},
		"\t-q \t --json \t> 5 6 7 ": {"-q", "--json", "find", ">", "5", "6", "7"},
	} {
		words, err := shellwords.Split(line)
		if err != nil {
			t.Fatal(err)
		}
		e := shell.line(&prompt{flags: shell.flags})
		if diff := cmp.Diff(want, e.meaning(line, words)); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestGroupText(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string // empty: no group
	}{
		{[]string{"group", "i32=1 u8>5"}, "i32=1 u8>5"},
		{[]string{"group", "i32=1", "u8>5", "skip=4"}, "i32=1 u8>5 skip=4"},
		{[]string{"group", "bytes=48 ??", `string=a "b`}, `bytes="48 ??" string="a \"b"`},
		{[]string{"group", `string="a b"`, "u8=1"}, `string="a b" u8=1`},
		{[]string{"group"}, ""}, {[]string{"group", "hug"}, ""}, {[]string{"group", "= 5"}, ""}, {[]string{"groups", "i32=1"}, ""},
		{[]string{"group", "hug", "i32=1"}, ""},
	} {
		if got, ok := groupText(test.args); got != test.want || ok != (test.want != "") {
			t.Errorf("%q: %q, %v", test.args, got, ok)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for _, test := range []struct {
		err  error
		want ExitCode
	}{
		{nil, ExitDone},
		{errors.New("anything"), ExitFailed},
		{&usageError{"x", ""}, ExitUsage},
		{&value.ParseError{State: value.ErrRange}, ExitUsage},
		{fmt.Errorf("read: %w", session.ErrGone), ExitNoProcess},
		{&session.PermissionError{}, ExitPermission},
		{errShownNotFound, ExitNotFound},
		{&patch.ConflictError{}, ExitConflict},
		{&patch.FileError{Cause: fs.ErrNotExist}, ExitUsage},
		{errors.Join(&patch.ConflictError{}, session.ErrGone), ExitNoProcess},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%v: %d, want %d", test.err, got, test.want)
		}
	}
}

// words returns the suggestions for a line, with their help.
func words(line string) map[string]string {
	out := make(map[string]string)
	for _, s := range newEnv(Streams{}).line(&prompt{flags: globals{color: "never"}}).complete(line) {
		out[s.Text] = s.Description
	}
	return out
}

func TestCompletion(t *testing.T) {
	for _, test := range []struct {
		line string
		want map[string]string // must be among the suggestions
		not  string            // must not be
	}{
		{"fi", map[string]string{"find": "Search the process for a value"}, "narrow"},
		{"find --in h", map[string]string{"heap": "the brk heap"}, "stack"},
		{"find --in heap,", map[string]string{"heap,anon": "malloc arenas, Go, the JVM"}, "anon"},
		{"find -t u", map[string]string{"u8": "unsigned, 1 byte", "utf16": "text in UTF-16"}, "i8"},
		{"find --al", map[string]string{"--align": "look at addresses that are multiples of N, a power of two (default: the size of a number, 1 for all else)"}, "--in"},
		{"narrow c", map[string]string{"changed": "not as at the last search"}, "same"},
		{"patch a", map[string]string{"apply": "Apply a patch file: all of it, or nothing"}, "plan"},
		{"set a", map[string]string{"all": "every candidate"}, "any"},
		{"detac", map[string]string{"detach": "Let go of the process; a program started by run goes on"}, ""},
	} {
		got := words(test.line)
		for text, help := range test.want {
			if found, ok := got[text]; !ok || found != help {
				t.Errorf("%q: no %s (%s) in %v", test.line, text, help, got)
			}
		}
		if _, ok := got[test.not]; ok {
			t.Errorf("%q offers %q", test.line, test.not)
		}
	}
}

func TestCompletionOfFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a file.toml", "another.toml", ".hidden"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("attic", 0o700); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a file.toml": "", "another.toml": "", "attic" + string(filepath.Separator): "folder"}
	if diff := cmp.Diff(want, words("patch apply a")); diff != "" {
		t.Error(diff)
	}
}

// Every verb that shows in help has a summary, a group and refuses what it does
// not take.
func TestVerbsAreComplete(t *testing.T) {
	for _, verb := range newRoot(newEnv(Streams{})).Commands() {
		if verb.Short == "" || verb.GroupID == "" && !verb.Hidden && verb.Name() != "help" && verb.Name() != "completion" {
			t.Errorf("%s: no summary, or in no group", verb.Name())
		}
		if verb.Args == nil && verb.Name() != "help" && verb.Name() != "completion" {
			t.Errorf("%s takes whatever comes", verb.Name())
		}
		if strings.HasSuffix(verb.Short, ".") {
			t.Errorf("%s: the summary is no sentence", verb.Name())
		}
	}
}

func TestVersion(t *testing.T) {
	code, stdout, stderr := at(t, "version", "--json")
	if code != ExitDone || !strings.HasPrefix(stdout, `{"version":"`) || stderr != "" {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
}

// Cobra tells of wrong flags on standard error, which would garble the line
// being typed.
func TestCompletionIsSilent(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	stderr := os.Stderr
	os.Stderr = writer
	for _, line := range []string{"find --foo b", "narrow -t i", "fnid --in h", "find --limit x ", "find 1 --in ", "--color "} {
		words(line)
	}
	os.Stderr = stderr
	writer.Close()
	if said, err := io.ReadAll(reader); err != nil || len(said) > 0 {
		t.Errorf("completion said %q, %v", said, err)
	}
}

func TestLineWithNULIsRefused(t *testing.T) {
	e := newEnv(Streams{Out: io.Discard, Err: io.Discard})
	if err := e.line(&prompt{flags: e.flags}).run(t.Context(), "find \"a\x00b\""); !errors.Is(err, ErrUsage) {
		t.Errorf("error %v", err)
	}
}
