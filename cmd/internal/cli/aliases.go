package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/cmd/internal/settings"
)

const groupAliases = "aliases"

// addAliases adds the aliases of the settings to a tree, for help and completion
// to list. They never run: a line is unaliased before.
func (e *env) addAliases(root *cobra.Command) {
	if len(e.config.Aliases) == 0 {
		return
	}
	root.AddGroup(&cobra.Group{ID: groupAliases, Title: "Your aliases:"})
	for _, a := range e.config.Aliases {
		root.AddCommand(&cobra.Command{
			Use: a.Name, Short: "short for " + clean(a.Text), GroupID: groupAliases,
			Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		})
	}
}

// unalias puts what an alias stands for in its place, where one stands for the
// verb. It does so once: what it stands for is no alias.
func (e *env) unalias(args []string) []string {
	if len(e.config.Aliases) == 0 {
		return args
	}
	at := verbAt(newRoot(e), args)
	if at < 0 {
		return args
	}
	if strings.HasPrefix(args[at], cobra.ShellCompRequestCmd) && len(args) > at+1 { // or the same without descriptions
		last := len(args) - 1 // is still being typed
		return slices.Concat(args[:at+1], e.unalias(args[at+1:last]), args[last:])
	}
	a, ok := e.config.Alias(args[at])
	if !ok {
		return args
	}
	return slices.Concat(args[:at], a.Words, args[at+1:])
}

// verbAt returns where in a command line the verb is, or -1.
func verbAt(root *cobra.Command, args []string) int {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return -1
		case !strings.HasPrefix(arg, "-") || arg == "-":
			return i
		case takesNext(root.PersistentFlags(), arg):
			i++
		}
	}
	return -1
}

// leadingFlags returns how many words at the beginning of a line are flags of
// every verb, with their values.
func leadingFlags(flags *pflag.FlagSet, words []string) int {
	n := 0
	for n < len(words) && ofEveryVerb(flags, words[n]) {
		if takesNext(flags, words[n]) {
			n++
		}
		n++
	}
	return min(n, len(words))
}

// ofEveryVerb reports whether a word is a flag of every verb, or several.
func ofEveryVerb(flags *pflag.FlagSet, word string) bool {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, _, _ = strings.Cut(name, "=")
		return name == "help" || flags.Lookup(name) != nil
	}
	letters, ok := strings.CutPrefix(word, "-")
	for _, letter := range letters {
		f := flags.ShorthandLookup(string(letter))
		if f == nil && letter != 'h' {
			return false
		}
		if f != nil && f.NoOptDefVal == "" {
			break // its value follows
		}
	}
	return ok && letters != ""
}

// takesNext reports whether the argument after a flag is its value.
func takesNext(flags *pflag.FlagSet, arg string) bool {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		f := flags.Lookup(name) // which a name with a value behind it is not
		return f != nil && f.NoOptDefVal == ""
	}
	for i, letter := range arg[1:] {
		f := flags.ShorthandLookup(string(letter))
		if f == nil {
			return false
		}
		if f.NoOptDefVal == "" {
			return i == len(arg)-2
		}
	}
	return false
}

// checkAliases refuses aliases that hide a verb, or stand for none.
func checkAliases(c *settings.Config) error {
	if len(c.Aliases) == 0 {
		return nil
	}
	verbs := verbNames()
	root := newRoot(newEnv(Streams{}))
	for _, a := range c.Aliases {
		if slices.Contains(verbs, a.Name) {
			return c.AliasError(a, a.Named, "a verb is called "+a.Name, "an alias cannot hide a verb: choose another name")
		}
		at := verbAt(root, protect(a.Words))
		if at < 0 {
			return c.AliasError(a, a.Place, "it names no verb", `begin with a verb, such as "find --in heap"`)
		}
		verb := a.Words[at]
		if _, ok := c.Alias(verb); ok {
			return c.AliasError(a, a.Place, "it stands for another alias, "+verb, "write out what "+verb+" stands for")
		}
		if !slices.Contains(verbs, verb) {
			return c.AliasError(a, a.Place, "no verb is called \""+clean(verb)+"\"", didYouMean(near(verb, verbs)))
		}
	}
	return nil
}

// verbNames returns the names of all verbs, of whichever door.
func verbNames() []string {
	names := []string{"help", "completion"}
	lesson := newEnv(Streams{})
	lesson.prompt = &prompt{course: &course{}}
	for _, e := range []*env{newEnv(Streams{}), lesson} {
		for _, verb := range newRoot(e).Commands() {
			names = append(append(names, verb.Name()), verb.Aliases...)
		}
	}
	return names
}
