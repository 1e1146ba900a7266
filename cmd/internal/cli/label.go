package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

// labelFlags are the flags of label.
type labelFlags struct {
	options workspace.LabelOptions
	typ     string
	remove  bool
}

func (f *labelFlags) add(e *env, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.typ, "type", "t", "", "the `type` of what is at an address (default i32)")
	flags.IntVar(&f.options.Length, "length", 0, "of a text or bytes at an address: `N` bytes")
	flags.StringVar(&f.options.Group, "group", "", "list it under this `GROUP`, such as Player/Stats")
	flags.StringVar(&f.options.Note, "note", "", "what there is to say about it: a `TEXT`")
	flags.BoolVarP(&f.remove, "delete", "d", false, "take entries off the table")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "length", lengths)
	completeFlag(cmd, "group", e.completeGroups)
	completeFlag(cmd, "note", fixed())
}

func newLabel(e *env) *cobra.Command {
	var flags labelFlags
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
			if flags.remove {
				if err := e.work.Unlabel(args); err != nil {
					return nil, err
				}
				return render.Done{Done: "label", Title: strings.Join(args, ", ") + " taken off the table"}, nil
			}
			return e.label(ctx, args, flags)
		}),
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if flags.remove {
			return e.completeEntries()(cmd, args, word)
		}
		return e.completeReferences(cmd, args, word)
	}
	flags.add(e, cmd)
	return cmd
}

// label names a place and returns the entry that it is then.
func (e *env) label(ctx context.Context, args []string, flags labelFlags) (render.Result, error) {
	if len(args) != 2 {
		return nil, &usageError{"label needs a REF and a NAME", "usage: label REF NAME"}
	}
	o := flags.options
	if o.Length < 0 {
		return nil, &usageError{"--length cannot be negative", ""}
	}
	var err error
	if o.Type, err = parseType(flags.typ); err != nil {
		return nil, err
	}
	entry, err := e.work.Label(ctx, args[0], args[1], o)
	if err != nil {
		return nil, err
	}
	return e.entries([]workspace.Entry{entry})
}
