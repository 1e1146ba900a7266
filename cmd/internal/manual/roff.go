package manual

import (
	"fmt"
	"strings"
)

// Roff returns the page as man reads it, in section 1.
func (p Page) Roff() string {
	r := new(roff)
	r.line(`.TH "%s" "1" "" "quarry" "Quarry"`, strings.ToUpper(escapeRoff(p.Name)))
	r.section("NAME")
	r.line(`%s \- %s`, escapeRoff(p.Name), escapeRoff(p.Summary))
	r.section("SYNOPSIS")
	r.literal(p.Usage)
	r.section("DESCRIPTION")
	r.blocks(p.About)
	if p.PromptOnly {
		r.blocks([]Block{{Text: "It has a meaning at the prompt only."}})
	}
	if len(p.Aliases) > 0 {
		r.blocks([]Block{{Text: "Also called " + strings.Join(p.Aliases, ", ") + "."}})
	}
	for _, s := range []struct{ title, text string }{
		{"OPTIONS", p.Options}, {"OPTIONS AT THE PROMPT", p.AtPrompt}, {"OPTIONS OF EVERY VERB", p.Common}, {"EXAMPLES", p.Examples},
	} {
		if s.text != "" {
			r.section(s.title)
			r.literal(s.text)
		}
	}
	r.verbs(p)
	if p.Parent == "" {
		r.topics()
	}
	return r.String()
}

// roff is a page that is being written.
type roff struct{ strings.Builder }

func (r *roff) line(format string, args ...any) { fmt.Fprintf(r, format+"\n", args...) }

func (r *roff) section(title string) { r.line(".SH %s", title) }

// literal writes lines as they are.
func (r *roff) literal(text string) {
	r.line(".nf")
	for line := range strings.Lines(text) {
		r.line("%s", escapeLine(strings.TrimSuffix(line, "\n")))
	}
	r.line(".fi")
}

func (r *roff) blocks(blocks []Block) {
	for _, b := range blocks {
		r.line(".PP")
		if b.Lines {
			r.literal(b.Text)
			continue
		}
		for line := range strings.Lines(b.Text) {
			r.line("%s", escapeLine(strings.TrimSpace(line)))
		}
	}
}

// verbs writes which pages there are beside this one.
func (r *roff) verbs(p Page) {
	for _, g := range p.Groups {
		r.section(strings.ToUpper(strings.TrimSpace("VERBS " + g.Title)))
		for _, v := range g.Verbs {
			r.line(".TP\n.BR %s (1)\n%s", escapeRoff(v.Name), escapeLine(v.Summary))
		}
	}
	if p.Parent != "" {
		r.section("SEE ALSO")
		r.line(".BR %s (1)", escapeRoff(strings.ReplaceAll(p.Parent, " ", "-")))
	}
}

// topics writes what help tells beside the verbs.
func (r *roff) topics() {
	for _, t := range Topics() {
		r.section(strings.ToUpper(escapeRoff(t.Name)))
		r.blocks(append([]Block{{Text: t.Summary + "."}}, blocks(t.Text)...))
	}
}

func escapeRoff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
}

// escapeLine keeps a line from being a request.
func escapeLine(text string) string {
	text = escapeRoff(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
