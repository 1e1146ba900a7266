// Package manual makes pages of the tree of verbs: for man, and in Markdown. They
// say what help says, and nothing depends on when or where they are made.
package manual

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Page is what is known of a verb.
type Page struct {
	Name       string // quarry-patch-apply
	Path       string // quarry patch apply
	Summary    string
	Usage      string
	Aliases    []string
	PromptOnly bool // it has no meaning in the shell
	About      []Block
	Examples   string
	Options    string // a line or more for each
	AtPrompt   string // options that only the prompt has
	Common     string // options of every verb
	Parent     string // the Path of the verb it belongs to, "" for quarry itself
	Groups     []Group
}

// Group is verbs that help lists together.
type Group struct {
	Title string
	Verbs []Reference
}

// Reference is another page.
type Reference struct{ Name, Path, Summary string }

// Block is a paragraph, or lines that are shown as they are.
type Block struct {
	Text  string
	Lines bool
}

// The annotations of verbs that say what differs at the prompt.
const (
	promptOnly  = "prompt-only"
	promptFlags = "prompt-flags"
)

// SetPromptOnly says that only the prompt has a verb.
func SetPromptOnly(verb *cobra.Command) { annotate(verb, promptOnly, "yes") }

// SetPromptForm says what form a verb of the shell has at the prompt.
func SetPromptForm(verb, atPrompt *cobra.Command) {
	more := pflag.NewFlagSet("", pflag.ContinueOnError)
	more.SortFlags = false
	atPrompt.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if verb.Flag(f.Name) == nil && f.Name != "help" {
			more.AddFlag(f)
		}
	})
	if usages := usages(more); usages != "" {
		annotate(verb, promptFlags, usages)
	}
}

func annotate(verb *cobra.Command, key, text string) {
	if verb.Annotations == nil {
		verb.Annotations = make(map[string]string)
	}
	verb.Annotations[key] = text
}

// width is how wide options are written.
const width = 76

func usages(flags *pflag.FlagSet) string {
	return strings.TrimRight(flags.FlagUsagesWrapped(width), "\n")
}

// All returns the pages of a tree, its own first.
func All(tree *cobra.Command) []Page {
	pages := []Page{Of(tree)}
	for _, verb := range shown(tree) {
		pages = append(pages, All(verb)...)
	}
	return pages
}

// shown returns the verbs below another that help lists.
func shown(of *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(of.Commands()), func(c *cobra.Command) bool {
		return !c.IsAvailableCommand() && c.Name() != "help"
	})
}

// Of returns the page of a verb.
func Of(verb *cobra.Command) Page {
	verb.InitDefaultHelpFlag()
	r := reference(verb)
	p := Page{
		Name: r.Name, Path: r.Path, Summary: r.Summary, Usage: verb.UseLine(), Aliases: verb.Aliases,
		PromptOnly: verb.Annotations[promptOnly] != "",
		About:      blocks(cmp.Or(verb.Long, verb.Short+".")), Examples: verb.Example,
		Options: usages(verb.NonInheritedFlags()), AtPrompt: verb.Annotations[promptFlags], Common: usages(verb.InheritedFlags()),
	}
	if verb.HasParent() {
		p.Parent = verb.Parent().CommandPath()
	} else {
		p.Options, p.Common = "", usages(verb.PersistentFlags())
	}
	if len(shown(verb)) > 0 {
		p.Usage = p.Path + " VERB"
	}
	if p.PromptOnly {
		p.Usage = strings.TrimPrefix(p.Usage, verb.Root().Name()+" ")
	}
	p.Groups = groups(verb)
	return p
}

// groups returns the verbs below another, in the groups of help.
func groups(of *cobra.Command) []Group {
	var out []Group
	add := func(title, id string) {
		g := Group{Title: title}
		for _, verb := range shown(of) {
			if verb.GroupID == id {
				g.Verbs = append(g.Verbs, reference(verb))
			}
		}
		if len(g.Verbs) > 0 {
			out = append(out, g)
		}
	}
	for _, g := range of.Groups() {
		add(strings.TrimSuffix(g.Title, ":"), g.ID)
	}
	add("", "")
	return out
}

func reference(verb *cobra.Command) Reference {
	path := verb.CommandPath()
	return Reference{strings.ReplaceAll(path, " ", "-"), path, verb.Short}
}

// blocks splits a text into paragraphs and indented lines.
func blocks(text string) []Block {
	var out []Block
	gap := true
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			gap = true
			continue
		}
		lines := strings.HasPrefix(line, "  ")
		last := len(out) - 1
		switch {
		case last >= 0 && out[last].Lines == lines && (lines || !gap):
			if gap {
				line = "\n" + line
			}
			out[last].Text += "\n" + line
		default:
			out = append(out, Block{line, lines})
		}
		gap = false
	}
	return out
}
