package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

const (
	demoOld = "String 1"
	demoNew = "Replaced"

	// demoEvery is how often the target of the demo prints.
	demoEvery = 100 * time.Millisecond
	// demoPatience is how long the demo waits for a line of the target.
	demoPatience = 3 * time.Second
)

func newDemo(e *env) *cobra.Command {
	if e.prompt != nil {
		return nil
	}
	return &cobra.Command{
		Use:     "demo",
		Example: `  quarry demo`,
		Short:   "Show the main job on a program of quarry's own",
		Long: `Start a small program that prints two strings of its heap, find one of them in
its memory, write another text in its place, and see what the program prints
then. Each system call made on the program is told. Nothing is asked, and the
exit code is 0 only if the program's own output has changed.`,
		GroupID: groupLearn,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			out, err := e.output()
			if err != nil {
				return nil, err
			}
			return newDemonstration(out).run(ctx)
		}),
	}
}

// demonstration is a run of the demo.
type demonstration struct {
	out   *render.Output
	work  *workspace.Workspace
	lines chan string // what the target prints
	calls []string    // made on the target since the last step was shown
	steps int
}

func newDemonstration(out *render.Output) *demonstration {
	d := &demonstration{out: out, lines: make(chan string)}
	d.work = workspace.New(func(c session.Call) { d.calls = append(d.calls, c.String()) })
	return d
}

// show shows a step with the calls that it took.
func (d *demonstration) show(title string, lines ...string) error {
	d.steps++
	err := d.out.Result(render.Step{Number: d.steps, Title: title, Calls: counted(d.calls), Lines: lines})
	d.calls = nil
	return err
}

// counted tells calls that were made several times once, with their number.
func counted(calls []string) []string {
	times := make(map[string]int)
	out := []string{}
	for _, call := range calls {
		if times[call]++; times[call] == 1 {
			out = append(out, call)
		}
	}
	for i, call := range out {
		if n := times[call]; n > 1 {
			out[i] = fmt.Sprintf("%s, %d times", call, n)
		}
	}
	return out
}

func (d *demonstration) run(ctx context.Context) (render.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	for _, step := range []func(context.Context) error{d.start, d.look, d.find, d.write, d.see} {
		if err := step(ctx); err != nil {
			d.work.Close()
			return nil, err
		}
	}
	d.work.Close()
	return nil, nil
}

// start starts the target and shows what it prints.
func (d *demonstration) start(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find quarry's own program: %w", err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer writer.Close()
	if err := d.work.Run(writer, program, "practice", "hello", "--every", demoEvery.String()); err != nil {
		reader.Close()
		return err
	}
	go d.collect(reader)
	first, err := d.next(ctx, demoOld)
	if err != nil {
		return err
	}
	s := d.work.Attached()
	return d.show(fmt.Sprintf("A program runs as process %d and prints two strings of its heap. Quarry attaches to it: "+
		"nothing is stopped, nothing is traced.", s.PID()), first...)
}

// collect reads the target's output until it ends.
func (d *demonstration) collect(output io.ReadCloser) {
	defer output.Close()
	defer close(d.lines)
	for scanner := bufio.NewScanner(output); scanner.Scan(); {
		select {
		case d.lines <- scanner.Text():
		case <-time.After(demoPatience): // nobody listens any more
			return
		}
	}
}

// next waits until the target prints a line and returns it with the one after.
func (d *demonstration) next(ctx context.Context, want string) ([]string, error) {
	var seen []string
	for {
		select {
		case line, ok := <-d.lines:
			if !ok {
				return nil, errors.New("the program ended before its time")
			}
			if len(seen) > 0 || line == want {
				seen = append(seen, "│ "+line)
			}
			if len(seen) == 2 {
				return seen, nil
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("the program does not print %q: %w", want, ctx.Err())
		}
	}
}

// look shows the heap in the memory map.
func (d *demonstration) look(context.Context) error {
	regions, err := d.work.Attached().Regions()
	if err != nil {
		return err
	}
	for _, r := range regions {
		if r.Kind == session.KindHeap {
			return d.show("The kernel lists the memory of a process in its maps. This line is the heap:",
				strings.Join(strings.Fields(r.MapsLine()), " ")) // without the column of names, which is wide
		}
	}
	return errors.New("the program has no heap")
}

// find searches the heap.
func (d *demonstration) find(ctx context.Context) error {
	scope, err := session.ParseScope("heap")
	if err != nil {
		return err
	}
	g, err := d.work.Find(ctx, "", search.Query{Type: value.String, Scope: scope}, []string{demoOld})
	if err != nil {
		return err
	}
	page, err := g.Page(0, 1)
	if err != nil {
		return err
	}
	if len(page) == 0 {
		return fmt.Errorf("%w: no %q in the heap", ErrNotFound, demoOld)
	}
	return d.show(fmt.Sprintf("Quarry reads the heap and finds %q at", demoOld), render.Address(page[0].Addr).String())
}

// write writes the new text.
func (d *demonstration) write(ctx context.Context) error {
	set, err := d.work.Set(ctx, "all", demoNew, value.String, workspace.Writing{})
	if err != nil {
		return err
	}
	w := set.Group.Writes[0]
	return d.show(fmt.Sprintf("Quarry writes %q there, and reads it back:", demoNew),
		fmt.Sprintf("before  % x  %q", w.Before, w.Before), fmt.Sprintf("after   % x  %q", w.After, w.After))
}

// see waits for the target to print the new text.
func (d *demonstration) see(ctx context.Context) error {
	lines, err := d.next(ctx, demoNew)
	if err != nil {
		return err
	}
	return d.show("The program knows nothing of it, and now prints:", lines...)
}
