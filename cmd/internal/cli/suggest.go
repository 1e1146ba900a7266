package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/cmd/internal/repl"
	"quarry/cmd/internal/shellwords"
)

// complete returns what may stand in place of the last word of a line. It asks
// the tree of verbs as a shell's completion does, so both doors offer the same.
func (e *env) complete(line string) []repl.Suggestion {
	e.work.Explain(nil) // nothing is to be told in the middle of a line
	done, word, _ := shellwords.SplitPartial(line)
	done = e.meaning(line, done)
	if !e.parses(done) {
		return nil
	}
	var answer bytes.Buffer
	e.Out = &answer
	root := newRoot(e)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, append(protect(done), word)...))
	if err := root.ExecuteContext(e.withEnv(context.Background())); err != nil {
		return nil
	}
	words, directive := parseAnswer(answer.String())
	flag, value := cutFlag(word) // the answer is about the value alone
	if len(words) == 0 && directive&(cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveError) == 0 {
		words = files(value)
	}
	var out []repl.Suggestion
	for _, s := range words {
		if s.Text = flag + s.Text; strings.HasPrefix(s.Text, word) {
			out = append(out, s)
		}
	}
	return out
}

// cutFlag splits a word into a flag with its equals sign, if it is one, and the
// value.
func cutFlag(word string) (flag, value string) {
	if i := strings.IndexByte(word, '='); i >= 0 && strings.HasPrefix(word, "-") {
		return word[:i+1], word[i+1:]
	}
	return "", word
}

// parses reports whether the flags among finished words are right, but for a
// value still to come. Cobra would tell of the others on standard error, in the
// middle of the line.
func (e *env) parses(words []string) bool {
	cmd, rest, err := newRoot(e).Find(protect(words))
	if err != nil {
		return false
	}
	var missing *pflag.ValueRequiredError
	err = cmd.Flags().Parse(rest)
	return err == nil || errors.As(err, &missing) || errors.Is(err, pflag.ErrHelp)
}

// parseAnswer reads what cobra's completion prints: a word and its help in each
// line, and the directive after a colon in the last.
func parseAnswer(answer string) ([]repl.Suggestion, cobra.ShellCompDirective) {
	var words []repl.Suggestion
	for line := range strings.Lines(answer) {
		line = strings.TrimSuffix(line, "\n")
		if number, ok := strings.CutPrefix(line, ":"); ok {
			n, _ := strconv.Atoi(number)
			return words, cobra.ShellCompDirective(n)
		}
		text, help, _ := strings.Cut(line, "\t")
		words = append(words, repl.Suggestion{Text: text, Description: help})
	}
	return words, cobra.ShellCompDirectiveDefault
}

// files returns the files that a path may go on to.
func files(path string) []repl.Suggestion {
	matches, err := filepath.Glob(globQuote(path) + "*")
	if err != nil {
		return nil
	}
	var out []repl.Suggestion
	for _, m := range matches {
		if strings.HasPrefix(filepath.Base(m), ".") && !strings.HasPrefix(path[strings.LastIndex(path, "/")+1:], ".") {
			continue
		}
		s := repl.Suggestion{Text: m}
		if info, err := os.Stat(m); err == nil && info.IsDir() {
			s = repl.Suggestion{Text: m + "/", Description: "folder"}
		}
		out = append(out, s)
	}
	return out
}

// globQuote escapes what has a meaning in patterns of file names.
func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
