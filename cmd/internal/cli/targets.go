package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/session"
)

// targets are the flags that say in which processes a patch verb works, beside
// the one that -p names.
type targets struct {
	all  bool
	wait bool

	started bool // the process was waited for, and has only just begun
}

// add adds the flags. At the prompt, which is on one process, they have no
// meaning.
func (t *targets) add(e *env, cmd *cobra.Command) {
	if e.prompt == nil {
		cmd.Flags().BoolVar(&t.all, "all", false, "work in every process of the name that -p gives")
	}
}

// addWait adds the flag that waits.
func (t *targets) addWait(e *env, cmd *cobra.Command) {
	if e.prompt == nil {
		cmd.Flags().BoolVar(&t.wait, "wait", false, "wait for a process of the name that -p gives to start, and until the patch fits it")
	}
}

// subject names a process in a result.
func (t targets) subject(s *session.Session) render.Subject {
	return render.Subject{PID: s.PID(), Process: s.Name(), Several: t.all}
}

// each turns the work of a patch verb into what cobra runs: in the process that
// -p names, or with --all in every process of that name. What comes of each is
// shown, and the errors of all are the error.
func (e *env) each(t *targets, do work) func(*cobra.Command, []string) error {
	if e.prompt != nil {
		return e.verb(do)
	}
	return func(cmd *cobra.Command, args []string) error {
		if !t.all && !t.wait {
			return e.verb(do)(cmd, args)
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
		defer stop()
		defer e.showProgress()()
		cleanFlags(cmd.Flags())
		out, err := e.output()
		if err != nil {
			return err
		}
		if err := errors.Join(e.heed(cmd), e.settings(out)); err != nil {
			return err
		}
		processes, err := t.choose(ctx, out, e.flags.process)
		if err != nil {
			return err
		}
		if !t.all {
			return e.in(ctx, out, processes[0], do, values(args))
		}
		var failed error
		for _, p := range processes {
			if err := e.in(ctx, out, p, do, values(args)); err != nil {
				named := fmt.Errorf("%s: %w", target(p.Name, p.PID), err)
				e.report(named)
				failed = errors.Join(failed, named, errShown)
			}
		}
		return failed
	}
}

// in does the work in one process and shows what came of it.
func (e *env) in(ctx context.Context, out *render.Output, p session.Process, do work, args []string) error {
	if err := e.work.Attach(strconv.Itoa(p.PID)); err != nil {
		return err
	}
	result, err := do(ctx, args)
	if result != nil {
		err = errors.Join(err, out.Result(result))
	}
	return err
}

// lookEvery is how often is looked for a process to start.
const lookEvery = 50 * time.Millisecond

// choose returns the processes that the flags mean, at least one.
func (t *targets) choose(ctx context.Context, out *render.Output, name string) ([]session.Process, error) {
	if name == "" || strings.Trim(name, "0123456789") == "" {
		return nil, &usageError{"--all and --wait need the name of a program", "write -p NAME"}
	}
	for {
		p, err := session.Find(name)
		found := []session.Process{p}
		var several *session.AmbiguousError
		switch {
		case err != nil && errors.As(err, &several):
			found = several.Processes
		case err != nil:
			found = nil
		}
		switch ended := len(found) > 0 && found[0].State == 'Z'; { // then all have
		case ended && t.wait:
		case len(found) == 1, len(found) > 1 && t.all:
			return found, nil
		case !t.wait || !errors.Is(err, session.ErrNoProcess):
			return nil, err
		}
		if !t.started {
			out.Message("waiting for %s to start; Ctrl-C stops waiting", name)
			t.started = true
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}
