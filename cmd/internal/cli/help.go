package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/manual"
	"quarry/cmd/internal/render"
)

// newHelp is the verb help, in place of cobra's, which takes any mistake for
// success and knows no topics.
func newHelp(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB | TOPIC]",
		Short: "Tell about a verb or a topic",
		Long: `Tell about a verb, as VERB --help does, or about a topic. Without either, the
verbs and topics are listed.`,
		Example: `  quarry help
  quarry help find
  quarry help patch apply
  quarry help scopes`,
		GroupID: groupLearn,
		RunE: func(cmd *cobra.Command, args []string) error {
			words := values(args)
			if len(words) == 1 {
				if t, ok := manual.TopicOf(words[0]); ok {
					return e.showTopic(t)
				}
			}
			out, err := e.output()
			if err != nil {
				return err
			}
			of, err := e.verbOf(cmd.Root(), e.behindAlias(out, words))
			if err != nil {
				return err
			}
			return out.Result(verbHelp(of))
		},
		ValidArgsFunction: completeHelp,
	}
}

// behindAlias returns the verb that an alias stands for in place of the alias,
// and tells that it does.
func (e *env) behindAlias(out *render.Output, words []string) []string {
	if len(words) != 1 {
		return words
	}
	a, ok := e.config.Alias(words[0])
	if !ok {
		return words
	}
	verb, _, err := newRoot(e).Find(protect(a.Words))
	if err != nil {
		return words
	}
	out.Message("%s is short for %s", a.Name, a.Text)
	return strings.Fields(verb.CommandPath())[1:]
}

// showTopic shows a topic, whatever the settings say.
func (e *env) showTopic(t manual.Topic) error {
	out, err := e.output()
	if err != nil {
		return err
	}
	return out.Result(render.Topic{Name: t.Name, Summary: t.Summary, About: t.Text})
}

// verbOf returns the verb that words name, the tree itself for none.
func (e *env) verbOf(root *cobra.Command, words []string) (*cobra.Command, error) {
	at := root
	for _, word := range words {
		next := subVerb(at, word)
		if next == nil {
			return nil, e.unknownTopic(at, word)
		}
		at = next
	}
	return at, nil
}

// subVerb returns the verb of that name below another, or nil.
func subVerb(of *cobra.Command, name string) *cobra.Command {
	for _, verb := range of.Commands() {
		if verb.Name() == name || verb.HasAlias(name) {
			return verb
		}
	}
	return nil
}

// unknownTopic is the error of a word that help knows nothing about.
func (e *env) unknownTopic(below *cobra.Command, word string) error {
	problem, known := fmt.Sprintf("%s has no verb %q", below.Name(), word), []string(nil)
	if !below.HasParent() {
		problem, known = fmt.Sprintf("no verb or topic is called %q", word), manual.TopicNames
	}
	for _, verb := range offered(below) {
		known = append(append(known[:len(known):len(known)], verb.Name()), verb.Aliases...)
	}
	hint := didYouMean(near(word, known))
	if hint == "" {
		hint = e.helpFor(below, "lists them")
	}
	return &usageError{problem, hint}
}

// offered returns the verbs below another that help lists.
func offered(of *cobra.Command) []*cobra.Command {
	var verbs []*cobra.Command
	for _, verb := range of.Commands() {
		if verb.IsAvailableCommand() || verb.Name() == "help" {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// completeHelp offers verbs and topics.
func completeHelp(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	of := cmd.Root()
	for _, word := range args {
		if of = subVerb(of, word); of == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	var words []string
	for _, verb := range offered(of) {
		words = append(words, describe(verb.Name(), verb.Short))
	}
	if len(args) == 0 {
		for _, t := range manual.Topics() {
			words = append(words, describe(t.Name, t.Summary))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// verbHelp returns what help tells about a verb.
func verbHelp(verb *cobra.Command) render.Help {
	verb.InitDefaultHelpFlag()
	about := strings.TrimRight(cmp.Or(verb.Long, verb.Short), "\n")
	return render.Help{Verb: verb.CommandPath(), Summary: verb.Short, About: about + "\n\n" + verb.UsageString()}
}

// showHelp shows the help of a verb for --help, which knows of no error: what
// cannot be written is told.
func (e *env) showHelp(verb *cobra.Command, _ []string) {
	out, err := e.output()
	if err == nil {
		err = out.Result(verbHelp(verb))
	}
	if err != nil {
		e.report(err)
	}
}

// usageTemplate is cobra's in our words and those of the door, with the topics
// below the verbs.
func usageTemplate(root *cobra.Command, prompt bool) string {
	below := `{{if .HasParent}}` + cutName(".CommandPath") + ` {{end}}` // the verb that others belong to
	path, use, help := "quarry "+below, "{{.UseLine}}", "quarry help "
	if prompt {
		path, use, help = below, cutName(".UseLine"), "help "
	}
	var topics strings.Builder
	for _, t := range manual.Topics() {
		fmt.Fprintf(&topics, "  %-12s %s\n", t.Name, t.Summary)
	}
	return strings.NewReplacer(
		"Usage:{{if .Runnable}}\n  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}\n  {{.CommandPath}} [command]{{end}}",
		"Usage:\n  {{if .HasAvailableSubCommands}}"+path+"VERB{{else}}"+use+"{{end}}",
		"Available Commands:", "Verbs:", "Global Flags:", "Flags of every verb:",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`,
		help+below+"VERB tells about one of them.",
	).Replace(root.UsageTemplate()) + "{{if not .HasParent}}\nTopics, for help TOPIC:\n" + topics.String() + "{{end}}"
}

// cutName is the template of a verb's path or usage without the program's name.
func cutName(of string) string { return fmt.Sprintf("{{slice %s %d}}", of, len("quarry ")) }
