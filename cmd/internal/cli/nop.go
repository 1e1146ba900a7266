package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newNop(e *env) *cobra.Command {
	var writing workspace.Writing
	cmd := &cobra.Command{
		Use:   "nop {HIT | ADDR}",
		Short: "Replace an instruction, so that it does nothing",
		Long: `Replace the instruction that HIT or ADDR means by a no-operation of the same
length. HIT is an instruction that the last watch has seen: 1 or hit1. ADDR is an
address expression, where an instruction must begin.

Nothing is written where the bytes are others by now than watch has seen, or where
memory cannot be executed. undo takes it back, and so does restore, whatever was
done since.

The instruction becomes an entry, located by a signature if there is a unique one
and otherwise by its place in the module. save FILE makes a patch file of it, for
the program when it runs again.`,
		Annotations: done("watch '&stamina' --hits 1"),
		Example: `  nop hit1
  nop hit1 --pause
  quarry attach 4711 -e 'watch &stamina --hits 1' -e 'nop hit1' -e 'save calm.toml'`,
		GroupID: groupEdit,
		Args:    arguments(1, 1, "a HIT or an ADDR"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			n, err := e.work.Nop(ctx, e.hitName(args[0]), writing)
			if n == nil {
				return nil, err
			}
			return e.newNopped("nop", n), err
		}),
		ValidArgsFunction: e.completeReferences,
	}
	addWriting(cmd, &writing)
	return cmd
}

func newRestore(e *env) *cobra.Command {
	var writing workspace.Writing
	cmd := &cobra.Command{
		Use:   "restore {HIT | ADDR}",
		Short: "Put back an instruction that nop has replaced",
		Long: `Put back the instruction that nop has replaced, whatever was done since: undo takes
back the last thing only. Its entry stays in the table, and nop HIT replaces it
again.`,
		Annotations: done("watch '&stamina' --hits 1", "nop hit1"),
		Example: `  restore hit1
  restore nop1`,
		GroupID: groupEdit,
		Args:    arguments(1, 1, "a HIT or an ADDR"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			n, err := e.work.Restore(ctx, e.hitName(args[0]), writing)
			if n == nil {
				return nil, err
			}
			return e.newNopped("restore", n), err
		}),
		ValidArgsFunction: e.completeReferences,
	}
	addWriting(cmd, &writing)
	return cmd
}

// hitName returns the name of an instruction that the last watch has seen, where
// its number alone was typed. Where there was none, a number is a row as always.
func (e *env) hitName(word string) string {
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && len(e.work.Sightings()) > 0 {
		return "hit" + strconv.Itoa(n)
	}
	return word
}

// newNopped returns what was done to an instruction as it is shown.
func (e *env) newNopped(verb string, n *workspace.Nopped) render.Nopped {
	places, _ := e.places() // of a process that has ended there are none
	out := render.Nopped{
		Verb: verb, Address: render.Address(n.Instruction.Addr), Place: places.Of(n.Instruction.Addr), Near: n.Name,
		Instruction: n.Instruction.Text, Changed: len(n.Group.Writes) > 0, Lasting: n.Lasting,
	}
	if out.Changed {
		write := render.NewWrites(n.Group, 1, places).Writes[0]
		out.Before, out.After = write.Before, write.After
	}
	if n.Entry != nil {
		order := e.work.Attached().Layout().Order
		entry := newEntry(*n.Entry, places, order)
		out.Entry = &entry
	}
	return out
}
