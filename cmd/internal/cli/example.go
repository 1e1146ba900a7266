package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/shellwords"
)

// A verb's examples are lines of the prompt. In the shell they are shown as
// they can be pasted there: find 100 is quarry -p 4711 find 100, and where
// something must be done first, quarry attach 4711 -e 'find 100' -e 'narrow 95'.
// A line that begins with quarry is for the shell as it stands, and without
// quarry and -p for the prompt.

// after is the annotation of a verb with the lines that must be typed before its
// examples.
const after = "after"

// exampleProcess is the process of the examples.
const exampleProcess = "4711"

// done returns the annotations of a verb that needs these lines before.
func done(lines ...string) map[string]string {
	return map[string]string{after: strings.Join(lines, "\n")}
}

// pasteAll makes the examples of a tree fit the door that it is for.
func pasteAll(cmd *cobra.Command, prompt bool) {
	fit := shellExample
	if prompt {
		fit = promptExample
	}
	var lines []string
	for line := range strings.Lines(cmd.Example) {
		if line = fit(cmd, strings.TrimSpace(line)); line != "" {
			lines = append(lines, "  "+line)
		}
	}
	cmd.Example = strings.Join(lines, "\n")
	for _, sub := range cmd.Commands() {
		pasteAll(sub, prompt)
	}
}

// shellExample returns an example as it can be pasted into a shell.
func shellExample(cmd *cobra.Command, line string) string {
	before, prepared := cmd.Annotations[after]
	switch first, _, _ := strings.Cut(line, " "); {
	case first == "quarry", first == "printf", first == "":
		return line
	case !prepared:
		return "quarry -p " + exampleProcess + " " + line
	}
	out := "quarry attach " + exampleProcess
	for _, l := range append(strings.Split(before, "\n"), line) {
		if l != "" {
			out += " -e " + shellQuote(l)
		}
	}
	return out
}

// promptExample returns an example as it can be typed at the prompt, or "" when
// it is for the shell alone.
func promptExample(_ *cobra.Command, line string) string {
	words, err := shellwords.Split(line)
	if err != nil || len(words) == 0 || words[0] == "printf" {
		return ""
	}
	rest, isShell := strings.CutPrefix(line, "quarry ")
	if !isShell {
		return line
	}
	if len(words) > 3 && words[1] == "-p" {
		rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(rest, "-p "), words[2]))
	}
	if strings.Contains(rest, " -e ") || strings.ContainsAny(rest, "|&>") && !strings.ContainsAny(rest, `'"`) {
		return ""
	}
	return rest
}

// shellQuote returns a line as one word of a shell.
func shellQuote(line string) string {
	if !strings.ContainsAny(line, " \t'\"\\*?$&;<>|()[]!#`~{}") {
		return line
	}
	return "'" + strings.ReplaceAll(line, "'", `'\''`) + "'"
}
