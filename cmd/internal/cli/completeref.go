package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

const (
	offeredRows    = 9   // rows of the list that completion offers
	offeredSymbols = 100 // and symbols
)

// completeReferences offers what an argument REF may be: rows of the list,
// entries, and the beginnings of address expressions.
func (e *env) completeReferences(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	start := strings.LastIndexAny(word, ",[") + 1
	before, word := word[:start], word[start:]
	var words []string
	switch name, isSymbol := strings.CutPrefix(word, "&"); {
	case isSymbol:
		words = e.symbolWords(name)
	default:
		if !strings.HasSuffix(before, "[") {
			words = append(words, e.rowWords()...)
		}
		for _, name := range e.work.EntryNames() {
			words = append(words, describe(name, "entry"))
		}
		for _, s := range e.work.Sightings() {
			if c, err := s.Code(); err == nil {
				words = append(words, describe(s.Name(), c.Text))
			}
		}
		words = append(words, e.placeWords()...)
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	for i, w := range words {
		if text, _, _ := strings.Cut(w, "\t"); strings.HasPrefix(text, word) && strings.ContainsRune("+:&", rune(text[len(text)-1])) {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		words[i] = before + w
	}
	return words, directive
}

// completeThen offers references, and behind one what may follow it.
func (e *env) completeThen(then ...string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return then, cobra.ShellCompDirectiveNoFileComp
		}
		return e.completeReferences(cmd, args, word)
	}
}

// completeEntries offers the entries that are not on the line yet, and before
// the first of them what stands for more.
func (e *env) completeEntries(more ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var words []string
		for _, name := range e.work.EntryNames() {
			if !slices.Contains(args, name) {
				words = append(words, describe(name, "entry"))
			}
		}
		if len(args) == 0 {
			words = append(words, more...)
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeGroups offers the groups that entries are listed under.
func (e *env) completeGroups(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return e.work.Groups(), cobra.ShellCompDirectiveNoFileComp
}

// rowWords offers the rows of the last list.
func (e *env) rowWords() []string {
	words := []string{describe("all", "every candidate")}
	g, err := e.work.Scan()
	if err != nil {
		return words
	}
	page, err := g.Page(0, offeredRows)
	if err != nil {
		return words
	}
	for i, m := range page {
		words = append(words, describe(fmt.Sprint(i+1), fmt.Sprintf("row: %#x held %s", m.Addr, newValue(g, m, m.Value))))
	}
	return words
}

// placeWords offers what address expressions begin with.
func (e *env) placeWords() []string {
	modules := e.modules()
	if len(modules) == 0 {
		return nil
	}
	words := []string{describe("heap+", "from the start of the heap"), describe("stack+", "from the start of the stack"), describe("&", "a symbol")}
	for _, m := range modules {
		words = append(words, describe(m.Name+"+", fmt.Sprintf("from the base of %s, %#x", render.Printable(m.Path), m.Base)))
	}
	return words
}

// symbolWords offers symbols whose names begin with a prefix, and the modules
// to look for one in.
func (e *env) symbolWords(prefix string) []string {
	modules := e.modules()
	if len(modules) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), typing)
	defer cancel()
	var words []string
	for _, s := range e.work.SymbolNames(ctx, prefix, offeredSymbols) {
		help := s.Symbol.Kind.String()
		if s.Symbol.Size > 0 {
			help += ", " + render.Count(s.Symbol.Size, "byte", "bytes")
		}
		words = append(words, describe("&"+s.Name, help+", in "+render.Printable(s.Symbol.Module)))
	}
	for _, m := range modules {
		words = append(words, describe("&"+m.Name+":", "a symbol of "+render.Printable(m.Path)))
	}
	return words
}
