package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/settings"
	"quarry/cmd/internal/workspace"
	"quarry/session"
)

// Streams are where a run of quarry reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// globals are the flags of every verb.
type globals struct {
	process string
	json    bool
	quiet   bool
	explain bool
	color   string
	memory  string
	given   []string // names of those that were given, now or when the prompt was opened
}

// env is what verbs share: the streams, the flags of every verb, and the
// workspace. Each line gets a tree of verbs with an env of its own; at the
// prompt they share the workspace.
type env struct {
	Streams
	flags  globals
	work   *workspace.Workspace
	prompt *prompt // nil at the shell's door
	next   advice  // what to do next, for a newcomer

	config    settings.Config
	configErr error // why the settings cannot be read
}

// newEnv returns the env of a run from the shell.
func newEnv(s Streams) *env {
	e := &env{Streams: s, flags: globals{color: "auto"}}
	e.work = workspace.New(nil)
	return e
}

// memoryLimit reads the flag --memory: a size, or nothing for a quarter of the
// machine's memory.
func memoryLimit(text string) (uint64, error) {
	if text == "" {
		return workspace.MachineMemory() / 4, nil
	}
	limit, err := settings.ParseMemory(text)
	if err != nil {
		return 0, &usageError{"--memory " + err.Error(), session.Hint(err)}
	}
	return limit, nil
}

// terminal reports whether a stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns returns how wide the terminal is that a stream is, or 0.
func columns(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// wide reports whether a stream is a terminal with room for a progress bar.
func wide(stream any) bool { return columns(stream) >= 80 }

// output returns where results and messages go, by the flags.
func (e *env) output() (*render.Output, error) {
	color, err := render.ParseColor(e.flags.color, terminal(e.Out), os.Getenv)
	if err != nil {
		return nil, err
	}
	return &render.Output{
		Out: e.Out, Err: e.Err, JSON: e.flags.json, Quiet: e.flags.quiet, Color: color,
		OutColumns: columns(e.Out), ErrColumns: columns(e.Err),
	}, nil
}

// work is what a verb does: it reads its arguments, asks the workspace and
// returns what to show.
type work func(ctx context.Context, args []string) (render.Result, error)

// verb turns the work of a verb into what cobra runs. Ctrl-C ends the work; at
// the prompt, only the work, and there the prompt sees to it: if both did, a verb
// that ends at once would leave the prompt's signal for the next line.
func (e *env) verb(do work) func(*cobra.Command, []string) error {
	return e.conversation(func(ctx context.Context, args []string) (render.Result, error) {
		if e.prompt == nil {
			var stop context.CancelFunc
			ctx, stop = signal.NotifyContext(ctx, os.Interrupt)
			defer stop()
		}
		defer e.showProgress()()
		return do(ctx, args)
	})
}

// conversation is verb for work that opens the prompt, which takes Ctrl-C
// itself. It attaches where -p names a process, and shows the result, also
// beside an error.
func (e *env) conversation(do work) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		cleanFlags(cmd.Flags())
		out, err := e.output()
		if err != nil {
			return err
		}
		if err := e.heed(cmd); err != nil {
			return err
		}
		if err := e.attach(out); err != nil {
			return err
		}
		result, err := do(cmd.Context(), values(args))
		err = e.advise(cmd, values(args), err)
		if result != nil {
			err = errors.Join(err, out.Result(result))
			e.tellNext(out)
		}
		out.Explained()
		return err
	}
}

// showProgress has long searches show how far they have come, where a person
// can see it, until the returned function is called.
func (e *env) showProgress() (stop func()) {
	if e.flags.quiet || os.Getenv("TERM") == "dumb" || !wide(e.Err) {
		return func() {}
	}
	progress := render.NewProgress(e.Err)
	e.work.Progress = progress.Update
	return func() {
		e.work.Progress = nil
		progress.Clear()
	}
}

// attach attaches to the process that -p names.
func (e *env) attach(out *render.Output) error {
	if err := e.settings(out); err != nil {
		return err
	}
	switch {
	case e.flags.process == "":
		return nil
	case e.prompt != nil:
		return &usageError{"-p has no meaning at the prompt", "attach PID|NAME changes to another process"}
	}
	return e.work.Attach(e.flags.process)
}

// settings tells the workspace what the flags of every verb say.
func (e *env) settings(out *render.Output) error {
	var explain func(session.Call)
	if e.flags.explain {
		explain = e.once(out.Explain)
	}
	e.work.Explain(explain)
	if e.prompt != nil {
		return nil
	}
	limit, err := memoryLimit(e.flags.memory)
	if err == nil {
		e.work.LimitMemory(limit)
	}
	return err
}
