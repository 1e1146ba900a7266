package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/manual"
	"quarry/cmd/internal/settings"
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
		{"man --dir=", ExitUsage, "", "--dir needs the name of a FOLDER\n"},
		{"man find --dir x", ExitUsage, "", "--dir writes all pages\nhint: leave out find, or --dir\n"},
		{"completion bash", ExitDone, "complete -o default -F __quarry quarry", ""},
		{"completion nope", ExitUsage, "", "no completion for \"nope\"\nhint: there is one for bash, zsh and fish\n"},
		{"completion bash x", ExitUsage, "", "and no \"x\""},
		{"completion", ExitUsage, "", "needs the name of a shell"},
		{"completion fish --json", ExitDone, `{"shell":"fish","script":"`, ""},
		{"help patch plan --json", ExitDone, `{"verb":"quarry patch plan","summary":`, ""},
		{"patch plan --help --json", ExitDone, `{"verb":"quarry patch plan","summary":`, ""},
		{"--json", ExitDone, `{"verb":"quarry","summary":`, ""},
		{"help patch", ExitDone, "quarry patch VERB\n", ""},
		{"patch --help", ExitDone, "quarry help patch VERB tells about", ""},
		{"help find --color pink", ExitUsage, "", "--color \"pink\""},
		{"-- maps", ExitUsage, "", "hint: write it without -- before it\n"},
		{"completion zsh", ExitDone, "#compdef quarry", ""},
		{"completion fish", ExitDone, "complete -c quarry", ""},
	} {
		code, stdout, stderr := at(t, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) || (test.stderr == "") != (stderr == "") {
			t.Errorf("%s: exit code %d, %.300q, %q", test.args, code, stdout, stderr)
		}
	}
}

// Help speaks of verbs as they are used at the door where it is read.
func TestHelpFitsTheDoor(t *testing.T) {
	eachVerb(t, func(t *testing.T, e *env, verb *cobra.Command) {
		text := verbHelp(verb).About
		if strings.Contains(text, "ommand]") || strings.Contains(text, "Commands:") {
			t.Errorf("words of cobra: %s", text)
		}
		if e.prompt == nil {
			return
		}
		_, use, _ := strings.Cut(text, "Usage:\n")
		use, _, _ = strings.Cut(use, "\n")
		if strings.HasPrefix(use, "  quarry") || strings.Contains(text, "--pid") || strings.Contains(text, "\nquarry help") {
			t.Errorf("of no meaning at the prompt: %s", text)
		}
	})
}

func TestHelpOfAnAlias(t *testing.T) {
	var out, told bytes.Buffer
	e := newEnv(Streams{Out: &out, Err: &told})
	e.config.Aliases = []settings.Alias{{Name: "pa", Text: "-q patch apply", Words: []string{"-q", "patch", "apply"}}}
	if err := e.execute(t.Context(), []string{"help", "pa"}); err != nil {
		t.Fatal(err)
	}
	if got := told.String(); got != "pa is short for -q patch apply\n" || !strings.Contains(out.String(), "quarry patch apply FILE") {
		t.Errorf("%q, %.300q", got, out.String())
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

// A line that is broken in the middle of a word looks careless.
func TestAdvicesFitALine(t *testing.T) {
	for _, text := range advices {
		if line := "hint: " + text; len(line) > 80 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}
