package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/search/value"
)

// monitorFlags are the flags of monitor.
type monitorFlags struct {
	typ      string
	plot     bool
	csv      string
	force    bool
	interval time.Duration
	during   time.Duration
}

func (f *monitorFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.typ, "type", "t", "", "the `type` of what is at an address (default i32, or a whole number of the size of a named variable)")
	flags.DurationVar(&f.interval, "interval", f.interval, "look at the values each `TIME`")
	flags.DurationVar(&f.during, "for", 0, "end after this `TIME`")
	flags.BoolVar(&f.plot, "plot", false, "draw numbers as lines")
	flags.StringVar(&f.csv, "csv", "", "write a line for each look to `FILE`; - is standard output")
	flags.BoolVar(&f.force, "force", false, "let --csv replace a file that is there")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "interval", fixed("10ms", "100ms", "1s"))
	completeFlag(cmd, "for", fixed("5s", "1m"))
}

// check refuses what cannot be.
func (f monitorFlags) check(cmd *cobra.Command, json bool) error {
	switch {
	case f.interval <= 0 || f.during < 0 || cmd.Flags().Changed("for") && f.during == 0:
		return &usageError{"--interval and --for are times above zero, such as 500ms", ""}
	case cmd.Flags().Changed("csv") && f.csv == "":
		return &usageError{"--csv needs the name of a file", "- is standard output"}
	case f.csv == "-" && (json || f.plot):
		return &usageError{"--csv - writes nothing but CSV to standard output", "--csv FILE goes with --json and --plot"}
	case f.plot && json:
		return &usageError{"--plot draws for people, and --json writes for programs", "leave one of them out"}
	case f.force && (f.csv == "" || f.csv == "-"):
		return &usageError{"--force is about --csv FILE", ""}
	}
	return nil
}

func newMonitor(e *env) *cobra.Command {
	flags := monitorFlags{interval: 100 * time.Millisecond}
	cmd := &cobra.Command{
		Use:   "monitor [REF...]",
		Short: "Show values as they change",
		Long: `Show what is at the places that REF names, and again whenever it changes: rows of
the last list, entries and address expressions, several joined by commas. With
no REF it shows the candidates, or where there is no search all entries.
Expressions are resolved at each look, so a pointer is followed when it moves.

On a terminal the values are drawn in place, with a star before those that have
changed within the last second; elsewhere a line tells of each change, with the
seconds since the first look. It ends with Ctrl-C, after --for, and with exit
code 5 when the process does. What changes and changes back between two looks is
not seen.

--plot draws numbers as lines, one sample a look; where there is no terminal to
draw on, at the end. --csv writes a line for each look to FILE, or with - to
standard output in place of all else.`,
		Example: `  monitor heap+0x2a0 --for 2s
  monitor stack+0x1000,stack+0x1008 -t u64 --plot --for 3s
  monitor heap+0x2a0 -t string --csv - --interval 1s --for 3s`,
		GroupID: groupLook,
		Args:    arguments(0, -1, ""),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		if err := flags.check(cmd, e.flags.json); err != nil {
			return nil, err
		}
		t, err := parseType(flags.typ)
		if err != nil {
			return nil, err
		}
		if t == value.Any {
			return nil, &usageError{"monitor shows values of one type", "read REF -t any shows a place as every number type"}
		}
		watched, err := e.work.Monitor(ctx, args, t)
		if err != nil {
			return nil, err
		}
		return nil, e.monitor(ctx, watched, flags)
	})
	flags.add(cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return e.completeReferences(cmd, nil, word)
	}
	return cmd
}

// monitor looks at places until ctx, its time or the process ends.
func (e *env) monitor(ctx context.Context, watched *workspace.Monitor, f monitorFlags) error {
	m, err := e.newMonitoring(watched, f)
	if err != nil {
		return err
	}
	if err = watched.Look(ctx); err == nil {
		err = watched.Unreadable()
	}
	if err != nil {
		return err
	}
	if err = m.open(f); err == nil {
		err = m.run(ctx, f)
	}
	return m.close(err)
}

// run is the loop: it shows what has been looked at, waits, and looks again.
func (m *monitoring) run(ctx context.Context, f monitorFlags) error {
	again, stop := redraws()
	defer stop()
	var over <-chan time.Time
	if f.during > 0 {
		over = time.After(f.during)
	}
	tick := time.NewTicker(f.interval)
	defer tick.Stop()
	s := m.work.Attached()
	began, now := time.Now(), time.Duration(0)
	for ; ; now = time.Since(began) {
		if err := m.looked(now); err != nil {
			return err
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done(): // Ctrl-C is how this ends
				return nil
			case <-over:
				return nil
			case <-s.Done():
				return s.Alive()
			case s := <-again:
				redraw(m.live, s)
				if err := m.draw(); err != nil {
					return err
				}
			case <-tick.C:
				waiting = false
			}
		}
		if err := m.watched.Look(ctx); ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
	}
}
