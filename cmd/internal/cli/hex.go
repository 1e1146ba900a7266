package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/session"
)

// hexFlags are the flags of hex.
type hexFlags struct {
	pointers bool
	follow   bool
	interval time.Duration
	during   time.Duration
}

const (
	defaultHex = 128
	mostHex    = 16 << 20
	// columnsForPointers is how wide a terminal must be to tell of pointers
	// without being asked.
	columnsForPointers = 120
)

// parseLength reads a number of bytes: 64, 0x40 or 4KiB.
func parseLength(text string) (uint64, error) {
	n, err := humanize.ParseBytes(text)
	if digits, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
		n, err = strconv.ParseUint(digits, 16, 64)
	}
	if err != nil || n == 0 || strings.HasPrefix(text, "-") {
		return 0, &usageError{fmt.Sprintf("%q is no length", text), "write a number of bytes from 1 on, such as 64, 0x40 or 4KiB"}
	}
	return n, nil
}

func (f *hexFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.pointers, "pointers", false, "tell where words that hold addresses point (also without, on a wide terminal)")
	flags.BoolVar(&f.follow, "follow", false, "show the bytes again when they change")
	flags.DurationVar(&f.interval, "interval", f.interval, "with --follow: look at the bytes each `TIME`")
	flags.DurationVar(&f.during, "for", 0, "with --follow: end after this `TIME`")
	completeFlag(cmd, "interval", fixed("100ms", "500ms", "1s"))
	completeFlag(cmd, "for", fixed("5s", "1m"))
}

// hexdump returns the dump that is asked for, not yet located.
func (f *hexFlags) hexdump(e *env, cmd *cobra.Command, args []string) (*hexdump, error) {
	length := uint64(defaultHex)
	if len(args) > 1 {
		var err error
		if length, err = parseLength(args[1]); err != nil {
			return nil, err
		}
	}
	switch {
	case length > mostHex:
		return nil, &usageError{fmt.Sprintf("%s are too many to show", render.Size(length)), "dump " + args[0] + " " + args[1] + " -o FILE writes them to a file"}
	case f.interval <= 0 || f.during < 0 || cmd.Flags().Changed("for") && f.during == 0:
		return nil, &usageError{"--interval and --for are times above zero, such as 500ms", ""}
	case !f.follow && (cmd.Flags().Changed("interval") || cmd.Flags().Changed("for")):
		return nil, &usageError{"--interval and --for are about --follow", ""}
	}
	return &hexdump{env: e, ref: args[0], length: length, atLeast: len(args) == 1, pointers: f.pointers}, nil
}

func newHex(e *env) *cobra.Command {
	flags := hexFlags{interval: 500 * time.Millisecond}
	cmd := &cobra.Command{
		Use:   "hex REF [LENGTH]",
		Short: "Show memory byte by byte",
		Long: `Show LENGTH bytes (default 128) at the place that REF names, in hexadecimal and
as characters: a row, an entry or an address expression. Bytes that cannot be
read show as --. Labelled entries are named at the end of their line, and with
--pointers the words that hold addresses tell where they point: to which entry or
symbol, or else to which module or region.

--follow shows the bytes again whenever they change, with a star before those
that have, until Ctrl-C, the end of --for, or that of the process, which is exit
code 5. A pointer on the way to them is read again each time.`,
		Example: `  hex heap 64
  hex stack+0x1000 4KiB --pointers
  hex heap+0x2a0 --follow --for 1s`,
		GroupID: groupLook,
		Args:    arguments(1, 2, "a REF and at most a LENGTH"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		h, err := flags.hexdump(e, cmd, args)
		if err != nil {
			return nil, err
		}
		if err := h.locate(ctx); err != nil {
			return nil, err
		}
		h.fit()
		if flags.follow {
			return nil, h.follow(ctx, flags.interval, flags.during)
		}
		result, _, err := h.look(ctx)
		if err != nil {
			return nil, err
		}
		return result, nil
	})
	flags.add(cmd)
	cmd.ValidArgsFunction = e.completeThen(describe("64", "bytes"), describe("256", "bytes"), describe("4KiB", "a page"))
	return cmd
}

// hexdump shows one piece of memory.
type hexdump struct {
	*env
	ref      string
	length   uint64
	atLeast  bool // all of what ref means is shown
	at       session.Range
	pointers bool
	columns  int // bytes in a line
	rows     int // of the terminal, 0 when there is none to draw on
}

// locate finds out where the reference leads now.
func (h *hexdump) locate(ctx context.Context) error {
	addr, size, err := h.work.Place(ctx, h.ref)
	if err != nil {
		return err
	}
	length := h.length
	if h.atLeast {
		length = max(length, min(uint64(size), mostHex))
	}
	h.at = session.Range{Start: addr, End: addr + length}
	if h.at.End < addr {
		h.at.End = ^uint64(0)
	}
	return nil
}

// fit fits the dump to the terminal.
func (h *hexdump) fit() {
	h.columns = 16
	f, ok := h.Out.(*os.File)
	if !ok {
		return
	}
	width, height, err := term.GetSize(int(f.Fd()))
	if err != nil || width == 0 {
		return
	}
	for h.columns > 4 && render.LineWidth(h.columns) > width {
		h.columns /= 2
	}
	h.pointers = h.pointers || width >= columnsForPointers
	if os.Getenv("TERM") != "dumb" && !h.flags.json {
		h.rows = height
	}
}

// look reads the memory as it is now.
func (h *hexdump) look(ctx context.Context) (render.Hex, workspace.View, error) {
	v, err := h.work.View(ctx, h.at)
	if err != nil {
		return render.Hex{}, v, err
	}
	result := render.Hex{Address: render.Address(v.Start), Bytes: v.Bytes, Readable: v.Readable, Columns: h.columns}
	for _, l := range v.Labels {
		result.Labels = append(result.Labels, render.Label{Address: render.Address(l.Addr), Size: l.Size, Name: l.Name})
	}
	if !h.pointers {
		return result, v, nil
	}
	places, err := h.places()
	if err != nil {
		return result, v, err
	}
	name, err := h.work.Names(ctx)
	if err != nil {
		return result, v, err
	}
	layout := h.work.Attached().Layout()
	word := uint64(layout.WordSize)
	for addr := (v.Start + word - 1) / word * word; addr+word <= v.End; addr += word {
		raw := v.Bytes[addr-v.Start:][:word]
		var target uint64
		if word == 4 {
			target = uint64(layout.Order.Uint32(raw))
		} else {
			target = layout.Order.Uint64(raw)
		}
		if place := places.Name(target); place != "" {
			result.Pointers = append(result.Pointers, render.Pointer{Address: render.Address(addr), Target: render.Address(target), Place: place, Name: name(target)})
		}
	}
	return result, v, nil
}

// follow shows the memory again and again when it changes: in place on a
// terminal, one below the other elsewhere. Ctrl-C is its natural end; that of the
// process is an error.
func (h *hexdump) follow(ctx context.Context, interval, during time.Duration) error {
	out, err := h.output()
	if err != nil {
		return err
	}
	show := out.Result
	if h.rows > 0 {
		redraw := &render.Redraw{Output: out, Rows: h.rows}
		show = redraw.Result
	}
	var end <-chan time.Time
	if during > 0 {
		end = time.After(during)
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	done := h.work.Attached().Done()
	var last *workspace.View
	for {
		result, now, err := h.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		moved := last == nil || last.Start != now.Start
		if !moved {
			result.Changed = differences(last.Bytes, now.Bytes)
		}
		if moved || !bytes.Equal(last.Bytes, now.Bytes) {
			if err := show(result); err != nil {
				return err
			}
			last = &now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-end:
			return nil
		case <-done:
			done = nil // the next look finds that out
		case <-tick.C:
			_ = h.locate(ctx) // a pointer that leads nowhere for a moment: it is looked at where it led
		}
	}
}

// differences tells which bytes differ.
func differences(before, now []byte) []bool {
	out := make([]bool, len(now))
	for i := range now {
		out[i] = now[i] != before[i]
	}
	return out
}
