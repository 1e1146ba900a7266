package manual

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"quarry/session/sessiontest"
)

func TestBlocks(t *testing.T) {
	const text = "One\ntwo\n\nThree:\n\n  a\n\n  b\nFour\n"
	want := []Block{{"One\ntwo", false}, {"Three:", false}, {"  a\n\n  b", true}, {"Four", false}}
	if diff := cmp.Diff(want, blocks(text)); diff != "" {
		t.Error(diff)
	}
}

// tricky is a verb whose help has all that could be taken for markup.
func tricky() *cobra.Command {
	root := &cobra.Command{Use: "quarry", Short: "Root"}
	verb := &cobra.Command{
		Use: "find X", Short: "Find v*10 and _v_ <x> [y] | `z`", Example: "  quarry find '.x'\n  .dot",
		Long: ".leading dot\n'quote and back\\slash\n\n  v*10  a_b\n  .x", Run: func(*cobra.Command, []string) {},
	}
	verb.Flags().String("in", "", "the `scope` of v*10")
	root.AddCommand(verb)
	return verb
}

func TestMarkdown(t *testing.T) {
	want := "# quarry find\n\nFind v\\*10 and \\_v\\_ \\<x> \\[y] \\| \\`z\\`.\n\n```\nquarry find X [flags]\n```\n\n" +
		".leading dot\n'quote and back\\\\slash\n\n```\nv*10  a_b\n.x\n```\n\n## Examples\n\n```\nquarry find '.x'\n.dot\n```\n\n" +
		"## Options\n\n```\n-h, --help       help for find\n    --in scope   the scope of v*10\n```\n"
	if diff := cmp.Diff(want, Of(tricky()).Markdown()); diff != "" {
		t.Error(diff)
	}
}

func TestRoff(t *testing.T) {
	got := Of(tricky()).Roff()
	for _, want := range []string{
		".SH NAME\nquarry\\-find \\- Find v*10 and _v_ <x> [y] | `z`\n", "\\&.leading dot\n\\&'quote and back\\eslash\n",
		".nf\n  v*10  a_b\n  .x\n.fi\n", ".BR quarry (1)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	sessiontest.NeedTool(t, "groff", "groff-base")
	groff := exec.Command("groff", "-k", "-man", "-ww", "-Tutf8", "-z")
	groff.Stdin = strings.NewReader(got)
	if out, err := groff.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

func TestTopics(t *testing.T) {
	for _, topic := range Topics() {
		if topic.Summary == "" || topic.Text == "" || strings.Contains(topic.Summary, "\n") || strings.HasSuffix(topic.Summary, ".") {
			t.Errorf("%+v", topic)
		}
		for line := range strings.Lines(topic.Text) {
			if len(line) > 81 {
				t.Errorf("%s: too long: %s", topic.Name, line)
			}
		}
	}
	if _, ok := TopicOf("../topics"); ok {
		t.Error("a topic that is none")
	}
}
