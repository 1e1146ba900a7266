package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/session/watch"
)

// watchFlags are the flags of watch.
type watchFlags struct {
	access, execute, trace bool
	length                 int
	during                 time.Duration
	hits                   uint64
}

// options returns what the flags say about the watch.
func (f watchFlags) options(cmd *cobra.Command) (o workspace.WatchOptions, err error) {
	changed := cmd.Flags().Changed
	switch {
	case f.access && f.execute:
		return o, &usageError{"--access and --execute are different things to watch for", "leave one of them out"}
	case changed("length") && f.execute:
		return o, &usageError{"--execute watches the instruction at an address, which has its own length", "leave out --length"}
	case changed("length") && f.length < 1:
		return o, &usageError{"--length is a number of bytes from 1 on", ""}
	case changed("for") && f.during <= 0:
		return o, &usageError{"--for is a time above zero, such as 5s", ""}
	case changed("hits") && f.hits == 0:
		return o, &usageError{"--hits is a number from 1 on", ""}
	}
	o.Length = f.length
	switch {
	case f.access:
		o.Kind = watch.Access
	case f.execute:
		o.Kind = watch.Execute
	}
	if f.trace {
		o.Engine = watch.Trace
	}
	return o, nil
}

func newWatch(e *env) *cobra.Command {
	var flags watchFlags
	cmd := &cobra.Command{
		Use:   "watch REF...",
		Short: "Find the instructions that write to a place",
		Long: `Find out which instructions write to the places that REF names, up to four at
once: rows of the last list, entries and address expressions. --access also tells
what reads there, and --execute what an instruction does each time it runs.

The kernel counts by the processor's debug registers. The process is neither
stopped nor traced, and threads that it starts later are watched as well. Counts
are exact. In a hot loop the kernel looks at some of the hits only; shares are
shown then. On a terminal the instructions are listed while they come, elsewhere
at the end: after --for or --hits, with Ctrl-C, or with the process.

Writes by the kernel, as by read(2), and by other processes are not seen.

The instructions are from then on hit1, hit2 and so on, wherever an address is
asked for: disasm hit1, label hit1 damage, nop hit1.`,
		Example: `  quarry -p 4711 watch '&stamina' --for 1s
  quarry -p 4711 watch '&stamina' --access --hits 1
  quarry -p 4711 watch play --execute --hits 3
  quarry attach 4711 -e 'watch &stamina --hits 1' -e 'disasm hit1'`,
		GroupID: groupTrace,
		Args:    arguments(1, -1, "a REF"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		options, err := flags.options(cmd)
		if err != nil {
			return nil, err
		}
		return e.watch(ctx, args, options, flags)
	})
	f := cmd.Flags()
	f.BoolVar(&flags.access, "access", false, "also watch for reads")
	f.BoolVar(&flags.execute, "execute", false, "watch an instruction run")
	f.IntVar(&flags.length, "length", 0, "watch `N` bytes (default: those of the type, or 4)")
	f.DurationVar(&flags.during, "for", 0, "end after this `TIME`")
	f.Uint64Var(&flags.hits, "hits", 0, "end after `N` hits, or soon after")
	f.BoolVar(&flags.trace, "trace", false, "watch by tracing the process, where the kernel refuses the other way")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return e.completeReferences(cmd, nil, word)
	}
	completeFlag(cmd, "length", fixed("1", "2", "4", "8"))
	completeFlag(cmd, "for", fixed("5s", "1m"))
	completeFlag(cmd, "hits", fixed("1", "100"))
	return cmd
}

// watch watches places until ctx, its time, its number of hits or the process
// ends, and returns what was seen.
func (e *env) watch(ctx context.Context, references []string, o workspace.WatchOptions, f watchFlags) (render.Result, error) {
	out, err := e.output()
	if err != nil {
		return nil, err
	}
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	watching, err := e.work.Watch(ctx, references, o)
	if err != nil {
		return nil, err
	}
	l := &watchLoop{env: e, Watching: watching, places: places, flags: f}
	ended, drawErr := l.show(ctx, out)
	report, err := watching.End()
	if err == nil {
		err = drawErr
	}
	if err != nil {
		ended = endedProcess
	}
	seen := l.sightings(report)
	seen.Ended = ended
	if err == nil && !slices.ContainsFunc(seen.Points, func(p render.WatchedPoint) bool { return p.Count > 0 }) {
		err = errShownNotFound
	}
	return seen, err
}

// Why a watch has ended.
const (
	endedTime      = "time"
	endedHits      = "hits"
	endedInterrupt = "interrupt"
	endedProcess   = "process"
)

// watchLoop is one run of watch: how what is seen is shown.
type watchLoop struct {
	*env
	*workspace.Watching
	places render.Places // as they were at the beginning
	flags  watchFlags
}

// show lists what is seen until the watch is to end, and tells why it is.
func (l *watchLoop) show(ctx context.Context, out *render.Output) (ended string, err error) {
	live, restore, err := l.drawing(out)
	if err != nil {
		return "", err
	}
	defer restore()
	if live == nil && l.flags.during == 0 && l.flags.hits == 0 {
		out.Message("watching; Ctrl-C ends it and shows what was seen")
	}
	ended, err = l.wait(ctx, live, func() error {
		if live == nil {
			return nil
		}
		return live.ShowSightings(l.sightings(l.Report()))
	})
	if live != nil {
		err = errors.Join(err, live.Clear())
	}
	return ended, err
}

// wait waits until the watch is to end. It calls draw whenever there is something
// new, but not all the time. live, which it draws on, may be nil.
func (l *watchLoop) wait(ctx context.Context, live *render.Live, draw func() error) (ended string, err error) {
	const pause = 100 * time.Millisecond
	again, stop := redraws()
	defer stop()
	var over <-chan time.Time
	if l.flags.during > 0 {
		over = time.After(l.flags.during)
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := draw(); err != nil {
			return "", err
		}
		select {
		case <-ctx.Done(): // Ctrl-C is how this ends
			return endedInterrupt, nil
		case <-over:
			return endedTime, nil
		case <-l.Done():
			return endedProcess, nil
		case s := <-again:
			redraw(live, s)
		case <-tick.C:
		case <-l.enough():
			if l.counted() >= l.flags.hits {
				return endedHits, nil
			}
		}
	}
}

// enough tells that something was seen, where a number of hits is waited for.
func (l *watchLoop) enough() <-chan struct{} {
	if l.flags.hits == 0 {
		return nil
	}
	return l.Changed()
}

// counted returns how many hits there were so far.
func (l *watchLoop) counted() (n uint64) {
	for _, p := range l.Report().Points {
		n += p.Sampled
	}
	return n
}
