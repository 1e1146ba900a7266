package cli

import (
	"strings"
	"testing"

	"quarry/cmd/internal/manual"
)

func TestHelp(t *testing.T) {
	for _, test := range []struct {
		args   string
		code   ExitCode
		stdout string // part of it
		stderr string
	}{
		{"help", ExitDone, "  patch-files  Files that say", ""},
		{"--help", ExitDone, "Topics, for help TOPIC:", ""},
		{"help find", ExitDone, "quarry find CONDITION", ""},
		{"help patch apply", ExitDone, "quarry patch apply FILE", ""},
		{"help scopes", ExitDone, "the brk heap", ""},
		{"help scopes --json", ExitDone, `{"topic":"scopes","summary":"Where a search looks: --in","text":`, ""},
		{"help zebra", ExitUsage, "", "no verb or topic is called \"zebra\"\nhint: quarry --help lists them\n"},
		{"help fnid", ExitUsage, "", "no verb or topic is called \"fnid\"\nhint: did you mean find?\n"},
		{"help scope", ExitUsage, "", "no verb or topic is called \"scope\"\nhint: did you mean scopes?\n"},
		{"help patch aply", ExitUsage, "", "patch has no verb \"aply\"\nhint: did you mean apply?\n"},
		{"help find x", ExitUsage, "", "find has no verb \"x\"\nhint: quarry find --help lists them\n"},
		{"man nope", ExitUsage, "", "no verb or topic is called \"nope\""},
		{"man patch apply", ExitDone, ".SH NAME\nquarry\\-patch\\-apply", ""},
		{"man find --dir x", ExitUsage, "", "--dir writes all pages\nhint: leave out find, or --dir\n"},
		{"completion bash", ExitDone, "__start_quarry", ""},
		{"completion zsh", ExitDone, "#compdef quarry", ""},
		{"completion fish", ExitDone, "complete -c quarry", ""},
	} {
		code, stdout, stderr := at(t, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) || (test.stderr == "") != (stderr == "") {
			t.Errorf("%s: exit code %d, %.300q, %q", test.args, code, stdout, stderr)
		}
	}
}

func TestCompletionOfHelp(t *testing.T) {
	got := words("help ")
	for _, topic := range manual.Topics() {
		if got[topic.Name] != topic.Summary {
			t.Errorf("help offers %s as %q", topic.Name, got[topic.Name])
		}
	}
	if got["find"] == "" || got["detach"] == "" || got["practice"] != "" {
		t.Errorf("help offers %v", got)
	}
	if got := words("help patch "); got["apply"] == "" || got["scopes"] != "" {
		t.Errorf("help patch offers %v", got)
	}
}

// An example is shown as it works where it is read.
func TestExamplesFitTheDoor(t *testing.T) {
	verb := newScans(newEnv(Streams{}))
	for line, want := range map[string][2]string{
		"find 100":                     {"quarry -p 4711 find 100", "find 100"},
		"quarry -p 4711 maps wx":       {"quarry -p 4711 maps wx", "maps wx"},
		"quarry attach 4711 -e 'maps'": {"quarry attach 4711 -e 'maps'", ""},
		"quarry help find":             {"quarry help find", "help find"},
		"quarry man find | man -l -":   {"quarry man find | man -l -", ""},
		"printf 'x' | quarry attach 4": {"printf 'x' | quarry attach 4", ""},
	} {
		plain := *verb
		plain.Annotations = nil
		if got := [2]string{shellExample(&plain, line), promptExample(&plain, line)}; got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	verb.Annotations = done("find 100", "label 'it' x")
	if got, want := shellExample(verb, "scans"), `quarry attach 4711 -e 'find 100' -e 'label '\''it'\'' x' -e scans`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
