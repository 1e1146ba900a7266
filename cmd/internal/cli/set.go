package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newSet(e *env) *cobra.Command {
	var typ string
	var writing workspace.Writing
	cmd := &cobra.Command{
		Use:   "set REF VALUE",
		Short: "Write a value",
		Long: `Write a value at every place that REF names, or at none of them:

  3, 1..5, 1,4, all          rows of the last list
  lives                      an entry, see label
  0x7ffd1234                 an address
  game+0x4a30, heap+0x2a0    from the base of a module, or the start of the heap
  [game+0x40a0]+0x10         from the pointer stored there
  &counter                   a symbol

A candidate is written as the type it was found as; a shorter text is padded
with NULs, a longer one refused. At an address, -t names the type. What is
written is read back, and undo takes it back.`,
		Annotations: done("find 100"),
		Example: `  set all 9999
  set 1..2 50
  set game+0x4a30 -1 -t i32`,
		GroupID: groupEdit,
		Args:    arguments(2, -1, "a REF and a VALUE"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			t, err := parseType(typ)
			if err != nil {
				return nil, err
			}
			set, err := e.work.Set(ctx, args[0], strings.Join(args[1:], " "), t, writing)
			if set == nil {
				return nil, err
			}
			places, placesErr := e.places()
			result := render.NewWrites(set.Group, set.Count, places)
			result.Padded = set.Padded
			return result, errors.Join(err, placesErr)
		}),
		ValidArgsFunction: e.completeReferences,
	}
	cmd.Flags().StringVarP(&typ, "type", "t", "", "the `type` of a value at an address")
	completeFlag(cmd, "type", completeTypes)
	addWriting(cmd, &writing)
	return cmd
}

// addWriting adds the flags that say how memory is written.
func addWriting(cmd *cobra.Command, o *workspace.Writing) {
	cmd.Flags().BoolVar(&o.Pause, "pause", false, "let the process stand still while it is written to")
	addFileWrites(cmd, o)
}

// addFileWrites adds the flag that allows to change files.
func addFileWrites(cmd *cobra.Command, o *workspace.Writing) {
	cmd.Flags().BoolVar(&o.Files, "allow-file-writes", false, "write also where that changes a file on disk")
}
