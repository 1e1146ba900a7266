package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newSignature(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "signature {HIT | ADDR}",
		Short: "Make a pattern that finds an instruction again",
		Long: `Make the shortest pattern of bytes that finds the instruction at ADDR and nothing
else in its module. What moves when a program is built again, such as distances to
variables, is left open with ??; at least eight bytes are not, where that can be.
HIT is an instruction that the last watch has seen.

It is shown as a patch file takes it: find, in and offset.`,
		Example: `  quarry -p 4711 signature play
  quarry -p 4711 signature play --json`,
		GroupID: groupTrace,
		Args:    arguments(1, 1, "a HIT or an ADDR"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			sig, err := e.work.Signature(ctx, e.hitName(args[0]))
			if err != nil {
				return nil, err
			}
			return render.Signature{
				Address: render.Address(sig.Place), Instruction: sig.Text,
				Find: sig.Pattern.String(), In: "module:" + sig.Module, Offset: sig.Offset, Start: render.Address(sig.Addr),
			}, nil
		}),
		ValidArgsFunction: e.completeReferences,
	}
}
