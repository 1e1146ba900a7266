// Package cli is quarry's tree of commands: one verb a file, the same for the
// shell and for the prompt. A verb reads its arguments, asks the workspace, and
// hands the result to render; it prints nothing by itself.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/session/bug"
)

// The groups in which help lists the verbs.
const (
	groupProcess = "process"
	groupLook    = "look"
	groupSearch  = "search"
	groupEdit    = "edit"
	groupPatch   = "patch"
	groupTrace   = "trace"
	groupLearn   = "learn"
)

// Main runs quarry with the arguments after its name and returns its exit code.
// ctx ends the run; the process is then as it would be without quarry.
func Main(ctx context.Context, args []string, s Streams) ExitCode {
	e := newEnv(s)
	err := bug.Guard(func() error {
		e.load()
		return e.execute(ctx, e.unalias(args))
	})()
	if err != nil {
		e.report(err)
	}
	if err := bug.Guard(func() error { e.work.Close(); return nil })(); err != nil {
		e.report(err)
		return ExitFailed
	}
	return exitCode(err)
}

// report shows an error that ends a line, unless it says nothing that the
// result has not said.
func (e *env) report(err error) {
	if errors.Is(err, errShown) || errors.Is(err, syscall.EPIPE) { // nobody reads our output any more
		return
	}
	out, outErr := e.output()
	if outErr != nil {
		e.flags.color = "never"
		out, _ = e.output()
	}
	if errors.Is(err, context.Canceled) {
		out.Message("interrupted")
		return
	}
	out.Error(err)
	e.trace(err)
}

// trace prints where a fault is, for who has asked for it as Go has it: with
// GOTRACEBACK.
func (e *env) trace(err error) {
	var caught *bug.Error
	if level := os.Getenv("GOTRACEBACK"); level != "" && level != "none" && level != "0" && errors.As(err, &caught) {
		_, _ = e.Err.Write(caught.Stack)
	}
}

// errShown marks an error that has been shown already.
var errShown = errors.New("shown")

// errShownNotFound is the error of a search that found nothing and said so.
var errShownNotFound = errors.Join(ErrNotFound, errShown)

// execute runs one command line in a fresh tree.
func (e *env) execute(ctx context.Context, args []string) error {
	root := newRoot(e)
	root.SetArgs(protect(args))
	err := root.ExecuteContext(e.withEnv(ctx))
	return unmark(err)
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "quarry",
		Short: "Search and change the memory of a running process",
		Long: `Quarry attaches to a running process, searches its memory for a value, narrows
the candidates as the value changes, and writes a new one in place. Attaching
stops nothing and traces nothing.`,
		Example: `  quarry -p 4711 replace "String 1" "Replaced" --in heap
  quarry attach 4711
  quarry demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          e.unknownVerb,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			if strings.HasPrefix(cmd.Name(), cobra.ShellCompRequestCmd) {
				describeFlags(cmd.Root())
			}
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true // ours is better behaved
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return e.flagError(cmd, err)
	})
	addGroups(root)
	root.SetHelpCommand(newHelp(e))
	root.SetHelpFunc(e.showHelp)
	root.SetUsageTemplate(usageTemplate(root, e.prompt != nil))
	e.addFlags(root)
	for _, verb := range verbs(e) {
		if verb != nil {
			root.AddCommand(verb)
		}
	}
	root.InitDefaultHelpCmd() // which has examples too
	e.addAliases(root)
	e.defaults(root)
	completeAll(root)
	pasteAll(root, e.prompt != nil)
	return root
}

// addGroups adds the groups in which help lists the verbs, in its order.
func addGroups(root *cobra.Command) {
	for _, g := range []cobra.Group{
		{ID: groupProcess, Title: "Process:"}, {ID: groupLook, Title: "Look:"}, {ID: groupSearch, Title: "Search:"},
		{ID: groupEdit, Title: "Edit:"}, {ID: groupPatch, Title: "Patch files:"}, {ID: groupTrace, Title: "Trace:"}, {ID: groupLearn, Title: "Learn:"},
	} {
		root.AddGroup(&g)
	}
}

// addFlags adds the flags that every verb has.
func (e *env) addFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.StringVarP(&e.flags.process, "pid", "p", "", "work on the process with this `PID or name`")
	flags.BoolVar(&e.flags.json, "json", e.flags.json, "show results as JSON, one line each")
	flags.BoolVarP(&e.flags.quiet, "quiet", "q", e.flags.quiet, "show results and errors only")
	flags.BoolVar(&e.flags.explain, "explain", e.flags.explain, "tell each system call made on the process")
	flags.StringVar(&e.flags.color, "color", e.flags.color, "colour `when`: auto, always or never")
	if e.prompt == nil { // at the prompt the searches share what was set at its start
		flags.StringVar(&e.flags.memory, "memory", e.flags.memory, "keep at most this `size` of search results in memory, the rest in a temporary file (default: a quarter of the machine's)")
		completeFlag(root, "memory", fixed("256MiB", "1GiB", "4GiB"))
	}
	flags.Lookup("pid").Hidden = e.prompt != nil // where it has no meaning
	completeFlag(root, "pid", completeProcesses)
	completeFlag(root, "color", fixed(describe("auto", "on a terminal, unless NO_COLOR is set"), describe("always", "in pipes too"), "never"))
}

// verbs returns all verbs, in the order of help. One that has no meaning at the
// door it is made for is nil.
func verbs(e *env) []*cobra.Command {
	return []*cobra.Command{
		newPs(e), newAttach(e), newRun(e), newInfo(e), newDetach(e), newExit(e),
		newMaps(e), newSymbols(e), newDisasm(e),
		newRead(e), newHex(e), newStrings(e), newDump(e), newMonitor(e),
		newFind(e), newNarrow(e), newAgain(e), newMatches(e), newScans(e), newReset(e),
		newSet(e), newReplace(e), newLabel(e), newEntries(e), newSave(e), newLoad(e), newTry(e), newNop(e), newRestore(e), newFreeze(e), newUnfreeze(e), newUndo(e), newRedo(e), newHistory(e),
		newPatch(e),
		newWatch(e), newSignature(e),
		newDemo(e), newExplain(e), newTutorial(e), newHint(e), newScreen(e), newStep(e), newRestart(e), newNext(e), newLessons(e), newConfig(e), newCompletion(e), newMan(e), newVersion(e), newPractice(e),
	}
}

// unknownVerb refuses a command line that names no verb.
func (e *env) unknownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if e.configErr != nil {
		return e.configErr // it may be an alias
	}
	word := clean(args[0])
	var names []string
	for _, verb := range cmd.Commands() {
		if verb.IsAvailableCommand() || verb.Name() == "help" {
			names = append(names, verb.Name())
			names = append(names, verb.Aliases...)
		}
	}
	hint := didYouMean(meant(word, names))
	switch {
	case slices.Contains(names, word):
		hint = "write it without -- before it"
	case e.prompt != nil && slices.Contains([]string{"up", "down", "same", "changed", "by", "not"}, word):
		hint = "narrow " + word + " compares with the search before"
	case hint == "":
		hint = e.helpFor(cmd, "lists the verbs")
	}
	return &usageError{"no verb is called \"" + word + "\"", hint}
}

// flagError says what is wrong with a flag in one line.
func (e *env) flagError(cmd *cobra.Command, err error) error {
	problem := err.Error()
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		want := map[string]string{"int": "a whole number from 0", "uint64": "a whole number from 0", "bool": "true or false", "duration": "a time such as 5s"}
		problem = fmt.Sprintf("--%s %q is not %s", invalid.GetFlag().Name, clean(invalid.GetValue()), want[invalid.GetFlag().Value.Type()])
	}
	return &usageError{clean(problem), e.flagHint(cmd, err)}
}

// arguments refuses a number of arguments outside least..most, most < 0 being
// no limit. what names them as the usage line does.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		problem := cmd.Name() + " needs " + what
		if most >= 0 && len(args) > most {
			problem = cmd.Name() + " takes " + what + ", and no \"" + clean(args[most]) + "\""
			if most == 0 {
				problem = cmd.Name() + " takes no argument, and no \"" + clean(args[0]) + "\""
			}
		}
		return &usageError{problem, "usage: " + usage(cmd)}
	}
}

// usage is how a verb is used, at the door where it was.
func usage(cmd *cobra.Command) string {
	if envOf(cmd).prompt == nil {
		return cmd.UseLine()
	}
	_, verb, _ := strings.Cut(cmd.UseLine(), " ")
	return verb
}
