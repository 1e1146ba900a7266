package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"quarry/cmd/internal/outfile"
	"quarry/cmd/internal/render"
	"quarry/session"
)

// mapsFlags are the flags of maps.
type mapsFlags struct {
	in       string
	picture  bool
	svg      string
	force    bool
	diff     bool
	follow   bool
	interval time.Duration
	period   time.Duration
}

func (f *mapsFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.in, "in", "", "show only this `scope`: writable, heap, anon, stack, data, exec, all, module:NAME, START..END")
	flags.BoolVar(&f.picture, "picture", false, "draw the map")
	flags.StringVar(&f.svg, "svg", "", "draw the map into a `FILE`, - for standard output")
	flags.BoolVar(&f.force, "force", false, "replace a file that is there already")
	flags.BoolVar(&f.diff, "diff", false, "show what has changed since the last maps at the prompt")
	flags.BoolVar(&f.follow, "follow", false, "show changes as they happen")
	flags.DurationVar(&f.interval, "interval", time.Second, "with --follow, look this often: a `time` from 10ms on")
	flags.DurationVar(&f.period, "for", 0, "with --follow, stop after this `time`")
	completeFlag(cmd, "in", completeScopes)
	completeFlag(cmd, "interval", fixed("100ms", "1s", "10s"))
	completeFlag(cmd, "for", fixed("10s", "1m"))
}

func newMaps(e *env) *cobra.Command {
	var f mapsFlags
	cmd := &cobra.Command{
		Use:   "maps [TEXT]",
		Short: "Show the memory map, with what each region is for",
		Long: `Show the memory map of the process: each region with its access rights, its size,
how much of it is in memory now, and what it is used for; below, the sums of each
kind. TEXT shows only regions that hold it in their rights, kind, file or marks.

Marked are memory that can be both written and executed (wx), files that have
been deleted, and guards below the stacks of threads.

  --picture   draws it as textbooks do, high addresses at the top, sizes to scale
              in logarithm, as large as the terminal allows
  --svg FILE  the same as a picture for slides; - is standard output
  --diff      what appeared, grew, shrank, vanished or changed its rights since
              the last maps at the prompt
  --follow    the same as it happens, until --for is over, Ctrl-C or the end of
              the process (exit code 5)`,
		Example: `  quarry -p 4711 maps
  quarry -p 4711 maps wx
  quarry -p 4711 maps --picture
  quarry -p 4711 maps --follow --for 1s`,
		GroupID: groupLook,
		Args:    arguments(0, 1, "at most one TEXT"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		text := ""
		if len(args) > 0 {
			text = args[0]
		}
		if err := f.check(e, cmd); err != nil {
			return nil, err
		}
		s, err := e.work.Session()
		if err != nil {
			return nil, err
		}
		if f.diff || f.follow {
			return e.mapChanges(ctx, s, f, text)
		}
		return e.showMap(s, f, text)
	})
	f.add(cmd)
	cmd.ValidArgsFunction = cobra.CompletionFunc(fixed(describe("wx", "can be written and executed"), describe("deleted", "the file is gone"),
		describe("heap", "the brk heap"), describe("stack", "stacks and their guards"), describe("rw-p", "private, writable")))
	return cmd
}

// check refuses flags that contradict each other.
func (f mapsFlags) check(e *env, cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("svg") && f.svg == "":
		return &usageError{"--svg needs the name of a FILE", ""}
	case (f.diff || f.follow) && (f.picture || f.svg != ""):
		return &usageError{"changes cannot be drawn", "leave out --picture and --svg, or --diff and --follow"}
	case f.svg == "-" && e.flags.json:
		return &usageError{"--svg - writes nothing but SVG to standard output", "leave out --json; maps --json tells the same in numbers"}
	case (f.diff || f.follow) && f.in != "":
		return &usageError{"changes are shown of the whole map, and not of --in", "a TEXT says which to show: maps --follow heap"}
	case f.diff && !f.follow && e.prompt == nil:
		return &usageError{"--diff compares with the last maps at the prompt, and this is the shell", "maps --follow shows changes as they happen"}
	case (changed("interval") || changed("for")) && !f.follow:
		return &usageError{"--interval and --for are about --follow", ""}
	case f.interval < 10*time.Millisecond:
		return &usageError{"--interval " + f.interval.String() + " is too short", "the shortest is 10ms"}
	case f.period < 0 || changed("for") && f.period == 0:
		return &usageError{"--for is a time above zero, such as 10s", ""}
	case f.force && (f.svg == "" || f.svg == "-"):
		return &usageError{"--force is about --svg FILE", ""}
	}
	return nil
}

// showMap shows the map as it is.
func (e *env) showMap(s *session.Session, f mapsFlags, text string) (render.Result, error) {
	regions, err := s.Regions()
	if err != nil {
		return nil, err
	}
	e.work.SawMap(regions)
	if f.in != "" {
		scope, err := session.ParseScope(f.in)
		if err != nil {
			return nil, err
		}
		if regions, err = scope.Select(s); err != nil {
			return nil, err
		}
	}
	usage, err := s.Usage(regions)
	if err != nil {
		return nil, err
	}
	result := render.NewRegions(regions, usage, text)
	if len(result.Regions) == 0 && text != "" {
		return nil, fmt.Errorf("%w: no region of the map holds %q", ErrNotFound, text)
	}
	if !f.picture && f.svg == "" {
		return result, nil
	}
	picture := render.Picture{Regions: result, Title: target(s.Name(), s.PID()), ASCII: os.Getenv("TERM") == "dumb"}
	if program, err := s.Program(); err == nil {
		picture.Program = program.Name
	}
	picture.Width, picture.Height = e.window()
	if f.svg == "" {
		return picture, nil
	}
	return e.drawTo(f.svg, f.force, picture)
}

// window returns the size of the terminal, or one that fits a page.
func (e *env) window() (columns, rows int) {
	if f, ok := e.Out.(*os.File); ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return 80, 50
}

// drawTo writes a picture to a file, - being standard output; with force, also in
// the place of one that is there.
func (e *env) drawTo(path string, force bool, p render.Picture) (render.Result, error) {
	var text bytes.Buffer
	if err := p.SVG(&text); err != nil {
		return nil, err
	}
	if path == "-" {
		_, err := e.Out.Write(text.Bytes())
		return nil, err
	}
	if err := outfile.Write(path, text.Bytes(), force); err != nil {
		return nil, err
	}
	return render.Done{Done: "maps", Title: "drawn to " + path}, nil
}

// mapChanges shows what has changed since the last maps and, with --follow, what
// changes from now on.
func (e *env) mapChanges(ctx context.Context, s *session.Session, f mapsFlags, text string) (render.Result, error) {
	before, seen := e.work.SeenMap()
	if f.diff && !seen {
		return nil, &usageError{"there was no maps before to compare with", "maps shows the memory map and remembers it"}
	}
	now, err := s.Regions()
	if err != nil {
		return nil, err
	}
	e.work.SawMap(now)
	if !f.diff {
		before = now
	}
	changes := newChanges(before, now, text)
	if !f.follow {
		return render.RegionChanges{Changes: changes}, nil
	}
	out, err := e.output()
	if err != nil {
		return nil, err
	}
	if e.prompt == nil || f.period == 0 {
		out.Message("following the memory map of %s; Ctrl-C ends it", target(s.Name(), s.PID()))
	}
	return nil, e.follow(ctx, s, f, text, changes, out)
}

func newChanges(before, now []session.Region, text string) []render.RegionChange {
	changes := []render.RegionChange{}
	for _, c := range session.CompareRegions(before, now) {
		if shown := render.NewRegionChange(c); shown.Holds(text) {
			changes = append(changes, shown)
		}
	}
	return changes
}

// follow shows changes, one result each, until its time is over or the process
// ends, which is an error.
func (e *env) follow(ctx context.Context, s *session.Session, f mapsFlags, text string, changes []render.RegionChange, out *render.Output) error {
	var over <-chan time.Time
	if f.period > 0 {
		over = time.After(f.period)
	}
	tick := time.NewTicker(f.interval)
	defer tick.Stop()
	before, _ := e.work.SeenMap()
	for {
		noticed := time.Now()
		for _, c := range changes {
			c.Time = &noticed
			if err := out.Result(c); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done(): // Ctrl-C is how this ends
			return nil
		case <-over:
			return nil
		case <-s.Done():
			return s.Alive()
		case <-tick.C:
		}
		now, err := s.Regions()
		if err != nil {
			return err
		}
		e.work.SawMap(now)
		changes, before = newChanges(before, now, text), now
	}
}
