package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newLabel(e *env) *cobra.Command {
	var o workspace.LabelOptions
	var typ string
	var remove bool
	cmd := &cobra.Command{
		Use:   "label {REF NAME | --delete NAME...}",
		Short: "Name a place, so that it can be written, frozen and saved",
		Long: `Name the one place that REF means: a row of the last list, an address
expression, or an entry, which is renamed. The entry keeps an address that
outlives the process where there is one: from the base of a module, or from the
start of the heap. entries lists the table, save writes it to a file.`,
		Annotations: done("find 100", "label 1 old"),
		Example: `  label 1 lives
  label game+0x4a30 score -t i64 --group Player
  label --delete old`,
		GroupID: groupEdit,
		Args:    arguments(1, -1, "a REF and a NAME"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			if remove {
				if err := e.work.Unlabel(args); err != nil {
					return nil, err
				}
				return render.Done{Done: "label", Title: strings.Join(args, ", ") + " taken off the table"}, nil
			}
			if len(args) != 2 {
				return nil, &usageError{"label needs a REF and a NAME", "usage: label REF NAME"}
			}
			if o.Length < 0 {
				return nil, &usageError{"--length cannot be negative", ""}
			}
			var err error
			if o.Type, err = parseType(typ); err != nil {
				return nil, err
			}
			entry, err := e.work.Label(ctx, args[0], args[1], o)
			if err != nil {
				return nil, err
			}
			return e.entries([]workspace.Entry{entry})
		}),
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if remove {
			return e.completeEntries()(cmd, args, word)
		}
		return e.completeReferences(cmd, args, word)
	}
	flags := cmd.Flags()
	flags.StringVarP(&typ, "type", "t", "", "the `type` of what is at an address (default i32)")
	flags.IntVar(&o.Length, "length", 0, "of a text or bytes at an address: `N` bytes")
	flags.StringVar(&o.Group, "group", "", "list it under this `GROUP`, such as Player/Stats")
	flags.StringVar(&o.Note, "note", "", "what there is to say about it: a `TEXT`")
	flags.BoolVarP(&remove, "delete", "d", false, "take entries off the table")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "length", lengths)
	completeFlag(cmd, "group", e.completeGroups)
	completeFlag(cmd, "note", fixed())
	return cmd
}
