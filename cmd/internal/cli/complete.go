package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/cmd/internal/render"
	"quarry/search/value"
	"quarry/session"
)

// completion offers words for an argument or the value of a flag.
type completion func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

// completeFlag sets what completes the value of a flag.
func completeFlag(cmd *cobra.Command, name string, c completion) {
	if err := cmd.RegisterFlagCompletionFunc(name, c); err != nil {
		panic(err) // the flag does not exist, or has a completion: a mistake in this package
	}
}

// fixed offers the same words always.
func fixed(words ...string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// lengths are offered where bytes are counted, and endians where they are ordered.
var (
	lengths = fixed(describe("8", "bytes"), describe("16", "bytes"), describe("64", "bytes"))
	endians = fixed(describe("little", "the lowest byte first, as on amd64"), describe("big", "the highest first, as in networks"))
)

// completeNames offers the names of processes with their command lines.
func completeNames(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	processes, err := envOf(cmd).processes()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	seen := make(map[string]bool)
	var words []string
	for _, p := range processes {
		if !seen[p.Name] && len(p.Cmdline) > 0 && strings.HasPrefix(p.Name, word) {
			words = append(words, describe(p.Name, p.Command()))
		}
		seen[p.Name] = true
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeProcesses offers PIDs with their command lines.
func completeProcesses(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	processes, err := envOf(cmd).processes()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var words []string
	for _, p := range processes {
		if pid := fmt.Sprint(p.PID); len(p.Cmdline) > 0 && strings.HasPrefix(pid, word) {
			words = append(words, describe(pid, p.Command()))
		}
		if word != "" && strings.HasPrefix(p.Name, word) && !offers(words, p.Name) {
			words = append(words, describe(p.Name, fmt.Sprintf("%d  %s", p.PID, p.Command())))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// offers reports whether a word is among words and what they say.
func offers(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		text, _, _ := strings.Cut(w, "\t")
		return text == word
	})
}

func describe(word, help string) string { return word + "\t" + help }

// typeHelp describes the types in completion, in the order of value.TypeNames.
var typeHelp = map[value.Type]string{
	value.I8: "signed, 1 byte", value.I16: "signed, 2 bytes", value.I32: "signed, 4 bytes", value.I64: "signed, 8 bytes",
	value.U8: "unsigned, 1 byte", value.U16: "unsigned, 2 bytes", value.U32: "unsigned, 4 bytes",
	value.U64: "unsigned, 8 bytes", value.F32: "float, 4 bytes", value.F64: "double, 8 bytes",
	value.String: "text in UTF-8", value.UTF16: "text in UTF-16", value.Bytes: "hexadecimal bytes, ?? for any",
	value.Any: "every number type, and digits",
}

func completeTypes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for t := value.I8; t <= value.Any; t++ {
		words = append(words, describe(t.String(), typeHelp[t]))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// scopeHelp describes the words of scopes in completion.
var scopeHelp = map[string]string{
	"writable": "all that can be read and written", "heap": "the brk heap", "anon": "malloc arenas, Go, the JVM",
	"stack": "the main thread's stack", "data": "variables of programs and libraries",
	"exec": "code", "all": "all that can be read",
}

// completeScopes offers the words of scopes and the modules of the process.
func completeScopes(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	joined := word[:strings.LastIndex(word, ",")+1]
	var words []string
	for _, w := range session.ScopeWords() {
		words = append(words, describe(joined+w, scopeHelp[w]))
	}
	if modules := envOf(cmd).modules(); len(modules) > 0 {
		for _, m := range modules {
			words = append(words, describe(joined+"module:"+m.Name, "all of "+render.Printable(m.Path)))
		}
	} else {
		words = append(words, describe(joined+"module:", "all of one program or library"))
	}
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeFiles leaves it to the shell, or to the prompt, to offer files.
func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// describeFlags makes the help of flags what completion shows beside them, which
// knows no backquotes.
func describeFlags(cmd *cobra.Command) {
	plain := func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) }
	cmd.PersistentFlags().VisitAll(plain)
	cmd.Flags().VisitAll(plain)
	for _, sub := range cmd.Commands() {
		describeFlags(sub)
	}
}

// completeAll gives a completion to whatever in a tree of verbs has none: by
// the name that its help has for the value.
func completeAll(cmd *cobra.Command) {
	byName := map[string]completion{
		"FILE": completeFiles, "FOLDER": completeFiles, "PROGRAM": completeFiles, "type": completeTypes, "scope": completeScopes,
		"REF": func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return envOf(cmd).completeReferences(cmd, args, word)
		},
	}
	of := func(name string) completion {
		if c, ok := byName[name]; ok {
			return c
		}
		return fixed()
	}
	add := func(f *pflag.Flag) {
		if _, ok := cmd.GetFlagCompletionFunc(f.Name); !ok && f.NoOptDefVal == "" {
			name, _ := pflag.UnquoteUsage(f)
			completeFlag(cmd, f.Name, of(name))
		}
	}
	cmd.NonInheritedFlags().VisitAll(add)
	switch {
	case cmd.ValidArgsFunction != nil || cmd.ValidArgs != nil:
	case cmd.HasSubCommands():
		cmd.ValidArgsFunction = cobra.CompletionFunc(fixed()) // behind a verb that there is not
	default:
		words := strings.FieldsFunc(cmd.Use, func(r rune) bool { return strings.ContainsRune(" []{}|.", r) })
		for _, name := range append(words[1:], "") {
			if _, ok := byName[name]; ok || name == "" {
				cmd.ValidArgsFunction = cobra.CompletionFunc(of(name))
				break
			}
		}
	}
	for _, sub := range cmd.Commands() {
		completeAll(sub)
	}
}
