package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/session/symbol"
)

// symbolKinds are the words of symbols --type.
var symbolKinds = []symbol.Kind{symbol.Func, symbol.Object, symbol.TLS, symbol.IndirectFunc, symbol.Other}

// symbolFlags are the flags of symbols.
type symbolFlags struct {
	in, kinds string
	limit     int
}

func (f *symbolFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.in, "in", "", "only those of one `module`: module:NAME")
	flags.StringVarP(&f.kinds, "type", "t", "", "only `kinds`: func, object, tls, ifunc, other, joined by commas")
	flags.IntVar(&f.limit, "limit", 100, "list at most `N`; 0 lists all")
	completeFlag(cmd, "in", completeModules)
	completeFlag(cmd, "type", fixed(describe("func", "functions"), describe("object", "variables"), describe("tls", "variables of each thread"),
		describe("ifunc", "functions chosen at the start"), describe("other", "labels")))
	completeFlag(cmd, "limit", fixed("20", "1000", describe("0", "all")))
}

// query returns which symbols are meant.
func (f *symbolFlags) query(args []string) (q workspace.SymbolQuery, err error) {
	if len(args) > 0 {
		q.Filter = args[0]
	}
	if f.in != "" {
		module, ok := strings.CutPrefix(f.in, "module:")
		if !ok || module == "" {
			return q, &usageError{fmt.Sprintf("--in %q is no module", f.in), "write --in module:NAME; quarry maps lists the modules"}
		}
		q.Module = module
	}
	if q.Kinds, err = parseSymbolKinds(f.kinds); err != nil {
		return q, err
	}
	if f.limit < 0 {
		return q, &usageError{"--limit cannot be negative", "0 lists all"}
	}
	return q, nil
}

func newSymbols(e *env) *cobra.Command {
	var flags symbolFlags
	cmd := &cobra.Command{
		Use:   "symbols [FILTER]",
		Short: "List the names of functions and variables",
		Long: `List the symbols of the program and its libraries by their addresses: the names
that linkers gave to functions and variables. FILTER is a part of the name in any
case, or a pattern of the whole name with * and ?. Names of C++ and Rust stand as
they do in the source, and are found by that and by their linker's name.

A stripped program has no symbols left but those that others use; where its
separate debug file is installed, that is read.`,
		Example: `  quarry -p 4711 symbols main
  quarry -p 4711 symbols --in module:libc 'mem*' --type func
  quarry -p 4711 symbols --in module:game --limit 0 --json`,
		GroupID: groupLook,
		Args:    arguments(0, 1, "at most one FILTER"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		q, err := flags.query(args)
		if err != nil {
			return nil, err
		}
		list, err := e.work.Symbols(ctx, q)
		if errors.Is(err, symbol.ErrNotFound) {
			return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
		}
		if err != nil {
			return nil, err
		}
		for _, err := range list.All(ctx) {
			return symbols(cmd.Context(), list, flags.limit), err
		}
		return nil, fmt.Errorf("%w: %w", ErrNotFound, list.Missing())
	})
	flags.add(cmd)
	cmd.ValidArgsFunction = e.completeSymbols
	return cmd
}

// symbols returns symbols as they are shown, which is after the verb has done
// its work: Ctrl-C ends that too.
func symbols(ctx context.Context, list workspace.SymbolList, limit int) render.Symbols {
	return render.Symbols{
		Limit: limit, Stripped: list.Stripped, Wanting: list.Wanting(), Unread: list.Unread,
		Rows: func(yield func(render.Symbol, error) bool) {
			ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
			defer stop()
			for s, err := range list.All(ctx) {
				if !yield(render.NewSymbol(s), err) {
					return
				}
			}
		},
	}
}

func parseSymbolKinds(text string) ([]symbol.Kind, error) {
	var kinds []symbol.Kind
	if text == "" {
		return nil, nil
	}
	for _, word := range strings.Split(text, ",") {
		i := slices.IndexFunc(symbolKinds, func(k symbol.Kind) bool { return k.String() == strings.TrimSpace(word) })
		if i < 0 {
			return nil, &usageError{fmt.Sprintf("--type %q is no kind of symbol", word), "the kinds are func, object, tls, ifunc, other"}
		}
		kinds = append(kinds, symbolKinds[i])
	}
	return kinds, nil
}

// completeModules offers the modules among the words of scopes.
func completeModules(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	words, directive := completeScopes(cmd, args, word)
	words = slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, "module:") })
	if len(words) == 0 {
		words = []string{describe("module:", "all of one program or library")}
	}
	return words, directive
}

// completeSymbols offers the names of functions and variables that begin with
// what was typed, as far as they are known soon enough for a person who types.
func (e *env) completeSymbols(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	const most, soon = 100, 40 * time.Millisecond
	if len(args) > 0 || word == "" || e.work.Attached() == nil || strings.ContainsAny(word, "*?") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	list, err := e.work.Symbols(ctx, workspace.SymbolQuery{Filter: word + "*"})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for s, err := range list.All(ctx) {
		if err != nil || len(words) == most {
			break
		}
		if strings.HasPrefix(s.Linker, word) {
			words = append(words, describe(s.Linker, s.Kind.String()+" of "+s.Module))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
