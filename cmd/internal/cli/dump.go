package cli

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/session"
)

// dumpFlags are the flags of dump.
type dumpFlags struct {
	in    string
	core  bool
	out   string
	force bool
}

func (f *dumpFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "the `FILE` or folder to write, - for standard output")
	flags.StringVar(&f.in, "in", "", "write each region of this `scope`: writable, heap, anon, stack, data, exec, all, module:NAME, START..END")
	flags.BoolVar(&f.core, "core", false, "write an ELF core file")
	flags.BoolVar(&f.force, "force", false, "replace what is there already")
	completeFlag(cmd, "in", completeScopes)
}

func newDump(e *env) *cobra.Command {
	var flags dumpFlags
	cmd := &cobra.Command{
		Use:   "dump {START..END | REF [LENGTH] | --in SCOPE | --core} -o FILE",
		Short: "Write memory to files, or the process as a core file",
		Long: `Write memory to a file, while the process goes on:

  dump START..END -o FILE     these bytes; START and END are address expressions
  dump REF LENGTH -o FILE     so many bytes; -o - writes them to standard output
  dump --in heap -o FOLDER    each region in a file of its own, with an index.json
  dump --core -o FILE         all of the process as an ELF core file for gdb

What cannot be read is zero. Pages that were never touched are not read either,
and take no room in the file. A core file has of the threads what is known
without stopping them: where those that wait in a system call do so.

Files hold whatever secrets the process has: only you may read them. A file that
is there is replaced with --force only, and a dump that fails leaves none.`,
		Example: `  dump heap 4KiB -o heap.bin --force
  dump --in heap,stack -o regions --force
  dump --core -o game.core --force`,
		GroupID: groupLook,
		Args:    arguments(0, 2, "a START..END, or a REF and a LENGTH"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		if err := flags.check(cmd, args); err != nil {
			return nil, err
		}
		return e.dump(ctx, args, flags)
	})
	flags.add(cmd)
	cmd.ValidArgsFunction = e.completeThen(describe("64", "bytes"), describe("256", "bytes"), describe("4KiB", "a page"))
	return cmd
}

// dump writes what is asked for and returns what that was.
func (e *env) dump(ctx context.Context, args []string, flags dumpFlags) (render.Result, error) {
	switch {
	case flags.core:
		d, err := e.work.DumpCore(ctx, flags.out, flags.force)
		return newDumped("core", flags.out, d, err)
	case flags.in != "":
		scope, err := session.ParseScope(flags.in)
		if err != nil {
			return nil, err
		}
		d, err := e.work.DumpRegions(ctx, scope, flags.out, flags.force)
		return newDumped("regions", flags.out, d, err)
	}
	r, err := e.rangeOf(ctx, args)
	if err != nil {
		return nil, err
	}
	if flags.out != "-" {
		d, err := e.work.DumpRange(ctx, r, flags.out, flags.force)
		return newDumped("raw", flags.out, d, err)
	}
	return nil, e.dumpToOutput(ctx, r)
}

// check refuses what does not go together.
func (f dumpFlags) check(cmd *cobra.Command, args []string) error {
	ways := 0
	for _, way := range []bool{len(args) > 0, f.in != "", f.core} {
		if way {
			ways++
		}
	}
	switch {
	case ways == 0:
		return &usageError{"dump needs to know what to write", "usage: " + cmd.UseLine()}
	case ways > 1:
		return &usageError{"START..END, REF, --in and --core are different dumps", "usage: " + cmd.UseLine()}
	case f.out == "":
		return &usageError{"dump needs a file to write", "add -o FILE"}
	case f.out == "-" && len(args) == 0:
		return &usageError{"only a range goes to standard output", "add -o FILE"}
	}
	return nil
}

// rangeOf reads START..END, or REF and LENGTH.
func (e *env) rangeOf(ctx context.Context, args []string) (session.Range, error) {
	if start, end, ok := strings.Cut(args[0], ".."); ok && len(args) == 1 {
		var r session.Range
		var err error
		if r.Start, err = e.border(ctx, start); err != nil {
			return r, err
		}
		if r.End, err = e.border(ctx, end); err != nil {
			return r, err
		}
		if r.Start >= r.End {
			return r, &usageError{"the end of " + args[0] + " must be after its start", "END is the first address that does not belong to it"}
		}
		return r, fits(r)
	}
	addr, size, err := e.work.Place(ctx, args[0])
	if err != nil {
		return session.Range{}, err
	}
	length := uint64(size)
	if len(args) > 1 {
		if length, err = parseLength(args[1]); err != nil {
			return session.Range{}, err
		}
	}
	switch {
	case length == 0:
		return session.Range{}, &usageError{"dump needs to know how many bytes", "write dump " + args[0] + " LENGTH, such as 4KiB"}
	case addr+length < addr:
		return session.Range{}, &usageError{"the range goes past the last address", ""}
	}
	r := session.Range{Start: addr, End: addr + length}
	return r, fits(r)
}

// fits refuses a range that no file can hold.
func fits(r session.Range) error {
	if r.Size() > math.MaxInt64 {
		return &usageError{r.String() + " is more than a file can hold", "--core and --in write what is mapped, and nothing between"}
	}
	return nil
}

// border reads an end of a range: a number is an address, as in scopes.
func (e *env) border(ctx context.Context, text string) (uint64, error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, nil
	}
	addr, _, err := e.work.Place(ctx, text)
	return addr, err
}

// dumpToOutput writes a range to standard output, which is then no place for
// anything else.
func (e *env) dumpToOutput(ctx context.Context, r session.Range) error {
	if terminal(e.Out) {
		return &usageError{"bytes would garble the terminal", "hex shows them; or send them on: dump … -o - | xxd"}
	}
	out, err := e.output()
	if err != nil {
		return err
	}
	d, err := e.work.DumpTo(ctx, r, e.Out)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return nil
	case err == nil && len(d.Unreadable) > 0:
		out.Message("%s cannot be read: zeros instead", render.Count(missing(d), "byte", "bytes"))
	}
	return err
}

func missing(d workspace.Dumped) uint64 {
	var n uint64
	for _, r := range d.Unreadable {
		n += r.Size()
	}
	return n
}

// newDumped returns what was written as it is shown.
func newDumped(kind, path string, d workspace.Dumped, err error) (render.Result, error) {
	if err != nil {
		return nil, err
	}
	result := render.Dump{
		Kind: kind, Path: path, Bytes: d.Bytes, Size: d.Size, Regions: d.Regions, Threads: d.Threads, Unreadable: render.NewSpans(d.Unreadable),
	}
	for _, f := range d.Files {
		result.Files = append(result.Files, render.DumpFile{
			File: f.Name, Start: render.Address(f.Region.Start), End: render.Address(f.Region.End), Kind: f.Region.Kind.String(), Bytes: f.Copied.Bytes,
		})
	}
	return result, nil
}
