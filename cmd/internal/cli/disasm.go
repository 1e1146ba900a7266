package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/session/disasm"
)

func newDisasm(e *env) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "disasm {REF | FUNCTION} [N]",
		Short: "Show machine code as instructions",
		Long: `Show the N instructions (default 10) at a place, or the whole function if that is
named. The place is a row, an entry or an address expression.

Where an instruction goes or points to is named: by a label, a symbol, a place in a
module, or the text that is there. Calls through the linker's table show what they
call, as puts@plt. Arrows show jumps within the listing. Bytes that are no
instruction show as .byte. Code of amd64, 386 and arm64 is known.`,
		Example: `  quarry -p 4711 disasm main
  quarry -p 4711 disasm game+0x1136 20 --syntax att
  quarry -p 4711 disasm main 5 --json`,
		GroupID: groupLook,
		Args:    arguments(1, 2, "a REF or FUNCTION and at most a number N"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		syntax, err := disasm.ParseSyntax(name)
		if err != nil {
			return nil, &usageError{"--syntax " + err.Error(), ""}
		}
		n := 0
		if len(args) > 1 {
			if n, err = strconv.Atoi(args[1]); err != nil || n < 1 {
				return nil, &usageError{fmt.Sprintf("%q is no number of instructions", args[1]), "write a number from 1 on, such as 20"}
			}
		}
		list, err := e.work.Disassemble(ctx, args[0], n, syntax)
		if err != nil {
			return nil, err
		}
		return newListing(list, syntax), nil
	})
	cmd.Flags().StringVar(&name, "syntax", "intel", "`how` instructions are written: intel, att or go")
	completeFlag(cmd, "syntax", fixed(describe("intel", "mov eax, dword ptr [rbp-0x4]"), describe("att", "mov -0x4(%rbp),%eax"), describe("go", "MOVL -0x4(BP), AX")))
	cmd.ValidArgsFunction = e.completeThen(describe("10", "instructions"), "50")
	return cmd
}

// newListing returns code as it is shown.
func newListing(list workspace.Listing, syntax disasm.Syntax) render.Listing {
	out := render.Listing{Arch: list.Arch, Syntax: syntax.String(), Executable: list.Code, Truncated: list.Cut, Instructions: []render.Instruction{}, ASCII: os.Getenv("TERM") == "dumb"}
	if list.Function != nil {
		out.Function, out.Module, out.Size = list.Function.Name(), list.Function.Module, list.Function.Size
	}
	for _, l := range list.Lines {
		i := render.Instruction{
			Address: render.Address(l.Addr), Bytes: l.Bytes, Text: l.Text, Bad: l.Bad, Flow: l.Flow.String(), Labels: l.Labels, TargetName: l.Target,
		}
		if l.HasTarget {
			target := render.Address(l.Instruction.Target)
			i.Target = &target
		}
		for _, n := range l.Notes {
			i.Refers = append(i.Refers, render.Reference{Address: render.Address(n.Addr), Name: n.Name, Text: n.Text})
		}
		out.Instructions = append(out.Instructions, i)
	}
	return out
}
