package cli

import (
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/session/sessiontest"
)

// eachVerb calls f for every verb at each door, with the env of its tree.
func eachVerb(t *testing.T, f func(t *testing.T, e *env, verb *cobra.Command)) {
	t.Helper()
	shell := newEnv(Streams{Out: io.Discard, Err: io.Discard})
	for door, e := range map[string]*env{"shell": shell, "prompt": shell.line(&prompt{flags: shell.flags})} {
		var walk func(*cobra.Command)
		walk = func(cmd *cobra.Command) {
			t.Run(door+"/"+strings.ReplaceAll(cmd.CommandPath(), " ", "_"), func(t *testing.T) { f(t, e, cmd) })
			for _, sub := range cmd.Commands() {
				walk(sub)
			}
		}
		walk(newRoot(e))
	}
}

// Every flag with a value has a completion, and that of files offers files.
func TestEveryFlagCompletes(t *testing.T) {
	eachVerb(t, func(t *testing.T, e *env, verb *cobra.Command) {
		verb.Flags().VisitAll(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" {
				return // it takes no value
			}
			complete, ok := verb.GetFlagCompletionFunc(f.Name)
			if !ok {
				t.Errorf("--%s has no completion", f.Name)
				return
			}
			name, _ := pflag.UnquoteUsage(f)
			_, directive := complete(verb, nil, "")
			if files := directive&cobra.ShellCompDirectiveNoFileComp == 0; files != (name == "FILE" || name == "FOLDER") {
				t.Errorf("--%s %s offers files: %v", f.Name, name, files)
			}
		})
	})
}

// Where there is no such verb there is nothing to offer, least of all files.
func TestUnknownVerbsOfferNothing(t *testing.T) {
	for _, line := range []string{"completion ", "nosuch ", "nosuch comp", "patch nosuch ", "exit "} {
		if got := words(line); len(got) > 0 {
			t.Errorf("%q offers %v", line, got)
		}
	}
	for _, args := range [][]string{{"nosuch", ""}, {"patch", "nosuch", ""}} {
		_, stdout, _ := at(t, append([]string{cobra.ShellCompRequestCmd}, args...)...)
		if stdout != ":4\n" {
			t.Errorf("%q offers %q", args, stdout)
		}
	}
}

// What a shell shows beside a flag has no backquotes, which are for help.
func TestFlagsAreDescribedPlainly(t *testing.T) {
	for _, line := range []string{"find", "patch apply", ""} {
		_, stdout, _ := at(t, append(append([]string{cobra.ShellCompRequestCmd}, strings.Fields(line)...), "--")...)
		if !strings.Contains(stdout, "--color\tcolour when: auto") || strings.Contains(stdout, "`") {
			t.Errorf("%q: flags are described as\n%s", line, stdout)
		}
	}
}

// attached returns an env of the prompt on a process.
func attached(t *testing.T, pid int) *env {
	t.Helper()
	e := newEnv(Streams{Out: io.Discard, Err: io.Discard})
	if err := e.work.Attach(strconv.Itoa(pid)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.work.Close)
	return e.line(&prompt{flags: e.flags})
}

func TestCompletionOnAProcess(t *testing.T) {
	target := sessiontest.Start(t, sessiontest.BuildC(t, "../../../examples/hunt/hunt.c"))
	target.WaitLine(t, "Your score is 100")
	e := attached(t, target.PID)
	name := e.work.Attached().Name()
	module := e.modules()[0].Name
	if !strings.HasPrefix(module, name) {
		t.Fatalf("the first module of %s is %s", name, module)
	}
	for _, line := range []string{"find 100 --in module:" + module, "label 1 points --group Player/Stats"} {
		if err := e.line(e.prompt).run(t.Context(), line); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ line, want, help string }{
		{"-q fi", "find", "Search the process for a value"},
		{"--json 95 --li", "--limit", "show at most N candidates; all of them count"},
		{"find --in=he", "--in=heap", "the brk heap"},
		{"find --type=u1", "--type=u16", "unsigned, 2 bytes"},
		{"find 100 -t=u1", "-t=u16", "unsigned, 2 bytes"},
		{"maps --svg=complete_t", "--svg=complete_test.go", ""},
		{"fi", "find", "Search the process for a value"},
		{"95 --li", "--limit", "show at most N candidates; all of them count"},
		{"find --in mo", "module:" + module, "all of /"},
		{"find --in heap,module:li", "heap,module:libc.so.6", "all of /"},
		{"set ", "1", "row: 0x"},
		{"set po", "points", "entry"},
		{"set " + module[:2], module + "+", "from the base of /"},
		{"label 1 more --group Pl", "Player/Stats", ""},
		{"set he", "heap+", "from the start of the heap"},
		{"set [lib", "[libc.so.6+", "from the base of /"},
		{"set &mai", "&main", "func, "},
		{"set &lib", "&libc.so.6:", "a symbol of /"},
		{"set &libc.so.6:mall", "&libc.so.6:malloc", "func"},
		{"set points,al", "points,all", "every candidate"},
		{"read &ma", "&main", "func, "},
		{"attach " + strconv.Itoa(target.PID), strconv.Itoa(target.PID), "/"},
		{"matches m", "main", "1 match of = 100"},
	} {
		var found bool
		for began := time.Now(); !found && time.Since(began) < time.Minute; { // symbols may take longer to read at first
			for _, s := range e.line(e.prompt).complete(test.line) {
				found = found || s.Text == test.want && strings.HasPrefix(s.Description, test.help)
			}
		}
		if !found {
			t.Errorf("%q: no %s (%s…) in %v", test.line, test.want, test.help, e.line(e.prompt).complete(test.line))
		}
	}
}
