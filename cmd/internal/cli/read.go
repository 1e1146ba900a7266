package cli

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/search/value"
)

// readFlags are the flags of read.
type readFlags struct {
	typ     string
	count   int
	length  int
	endian  string
	hex     bool
	pointer bool
}

func (f *readFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.typ, "type", "t", "", "the `type` of what is there: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 string utf16 bytes any")
	flags.IntVar(&f.count, "count", 1, "read `N` values side by side")
	flags.IntVar(&f.length, "length", 0, "read at most `N` bytes of a text (default 4096), or so many bytes (default 16)")
	flags.StringVar(&f.endian, "endian", "", "byte `order` of the values: little or big (default: that of the process)")
	flags.BoolVar(&f.hex, "hex", false, "show whole numbers in hexadecimal")
	flags.BoolVar(&f.pointer, "pointer", false, "read pointers and tell where they point")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "count", fixed(describe("4", "four values"), "16", "64"))
	completeFlag(cmd, "length", lengths)
	completeFlag(cmd, "endian", endians)
}

// options returns what the flags say.
func (f readFlags) options(cmd *cobra.Command, wordSize int) (workspace.ReadOptions, error) {
	o := workspace.ReadOptions{Count: f.count, Length: f.length}
	switch {
	case f.count < 1:
		return o, &usageError{"--count counts from 1", ""}
	case f.length < 1 && cmd.Flags().Changed("length"):
		return o, &usageError{"--length counts bytes from 1", ""}
	case f.pointer && f.typ != "":
		return o, &usageError{"--pointer says the type already", "leave -t out"}
	case f.pointer:
		o.Type = map[int]value.Type{4: value.U32, 8: value.U64}[wordSize]
	case f.typ != "":
		var err error
		if o.Type, err = value.ParseType(f.typ); err != nil {
			return o, err
		}
	}
	orders := map[string]binary.ByteOrder{"": nil, "little": binary.LittleEndian, "big": binary.BigEndian}
	order, ok := orders[f.endian]
	if !ok {
		return o, &usageError{fmt.Sprintf("--endian %q is no byte order", f.endian), "write little or big"}
	}
	o.Order = order
	return o, nil
}

func newRead(e *env) *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use:   "read REF",
		Short: "Show values in memory by their type",
		Long: `Show what memory holds at every place that REF names, several joined by commas:

  3, 1..5, all               rows of the last list
  lives                      an entry
  0x7ffd1234, game+0x4a30    an address expression
  [game+0x40a0]+0x10         from the pointer stored there

A row is read as the type it was found as, an entry as its own, and an address
as i32 unless -t names a type; a variable that is named, such as &lives, as a whole
number of its size. -t any reads it as every number type. A string is read up to
its NUL, and --count N reads N values side by side.`,
		Example: `  read heap+0x2a0 -t string
  read stack -t u64 --count 16
  read heap,stack --pointer --count 4`,
		GroupID: groupLook,
		Args:    arguments(1, 1, "a REF"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		s, err := e.work.Session()
		if err != nil {
			return nil, err
		}
		o, err := flags.options(cmd, s.Layout().WordSize)
		if err != nil {
			return nil, err
		}
		readings, err := e.work.Read(ctx, args[0], o)
		if err != nil {
			return nil, err
		}
		return e.readings(ctx, readings, flags)
	})
	flags.add(cmd)
	cmd.ValidArgsFunction = e.completeReferences
	return cmd
}

// readings returns what was read as it is shown, and an error that has been
// shown where not all could be read.
func (e *env) readings(ctx context.Context, readings []workspace.Reading, flags readFlags) (render.Result, error) {
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	name := func(uint64) string { return "" }
	if flags.pointer {
		if name, err = e.work.Names(ctx); err != nil {
			return nil, err
		}
	}
	var result render.Readings
	for _, r := range readings {
		out := render.Reading{Ref: r.Ref, Name: r.Name, Address: render.Address(r.Addr), Place: places.Of(r.Addr),
			Type: r.Type.String(), Order: r.Order.String(), Values: []render.Element{}}
		for _, v := range r.Values {
			shown := render.Value{Type: r.Type, Raw: v.Raw, Order: r.Order, Form: r.Form, Hex: r.Hex || flags.hex || flags.pointer}
			element := render.Element{Address: render.Address(v.Addr), Value: shown, Meaning: r.Meaning(v), Truncated: v.Cut}
			if flags.pointer {
				target := value.Bits(r.Type, v.Raw, r.Order)
				if element.Target = places.Name(target); element.Target != "" {
					element.Name = name(target)
				}
			}
			out.Values = append(out.Values, element)
		}
		if r.Err != nil {
			out.Problem = r.Err.Error()
			err = errShown
		}
		result.Readings = append(result.Readings, out)
	}
	return result, err
}
