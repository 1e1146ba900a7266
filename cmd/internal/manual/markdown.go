package manual

import (
	"fmt"
	"strings"
)

// Markdown returns the page in Markdown. links are lines of it that are added to
// the list at its end.
func (p Page) Markdown(links ...string) string {
	m := new(markdown)
	m.line("# %s\n\n%s.\n", p.Path, escapeMarkdown(p.Summary))
	m.code(p.Usage)
	m.blocks(p.About)
	if p.PromptOnly {
		m.line("It has a meaning at the prompt only.\n")
	}
	if len(p.Aliases) > 0 {
		m.line("Also called `%s`.\n", strings.Join(p.Aliases, "`, `"))
	}
	for _, s := range []struct{ title, text string }{
		{"Examples", p.Examples}, {"Options", p.Options}, {"Options at the prompt", p.AtPrompt}, {"Options of every verb", p.Common},
	} {
		if s.text != "" {
			m.line("## %s\n", s.title)
			m.code(s.text)
		}
	}
	for _, g := range p.Groups {
		m.verbs(g)
	}
	if len(links) > 0 {
		m.line("## See also\n\n%s", strings.Join(links, "\n"))
	}
	return strings.TrimRight(m.String(), "\n") + "\n"
}

// Markdown returns the topic in Markdown.
func (t Topic) Markdown() string {
	m := new(markdown)
	m.line("# %s\n\n%s.\n", t.Name, escapeMarkdown(t.Summary))
	m.blocks(blocks(t.Text))
	return strings.TrimRight(m.String(), "\n") + "\n"
}

// markdown is a page that is being written.
type markdown struct{ strings.Builder }

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// code writes lines as they are, without their common indent of two.
func (m *markdown) code(text string) {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
	m.line("```\n%s\n```\n", text)
}

func (m *markdown) blocks(blocks []Block) {
	for _, b := range blocks {
		if b.Lines {
			m.code(b.Text)
		} else {
			m.line("%s\n", escapeMarkdown(b.Text))
		}
	}
}

// verbs lists the pages of a group.
func (m *markdown) verbs(g Group) {
	title := g.Title
	if title == "" {
		title = "Verbs"
	}
	m.line("## %s\n\n| verb | |\n| --- | --- |", title)
	for _, v := range g.Verbs {
		m.line("| [%s](%s.md) | %s |", strings.TrimPrefix(v.Path, "quarry "), v.Name, escapeMarkdown(v.Summary))
	}
	m.line("")
}

func escapeMarkdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`", "|", `\|`).Replace(text)
}
