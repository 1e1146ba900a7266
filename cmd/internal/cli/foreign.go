package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/outfile"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/patch/foreign"
	"quarry/patch/format"
)

func newPatchImport(e *env) *cobra.Command {
	var name, output string
	var force bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a patch file of a file of another tool",
		Long: `Read a Cheat Engine table (.CT), a GameConqueror list or an x64dbg patch (.1337)
and write it as a patch file, to standard output or with -o to a file. What
cannot be taken over is listed, and scripts are never executed: see
docs/foreign-formats.md. No process is needed.`,
		Example: `  quarry patch import game.CT -o new.toml`,
		Args:    arguments(1, 1, "a FILE"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			file, from, omitted, err := workspace.Import(args[0], name)
			if err != nil {
				return nothingOf("import", args[0], omitted), err
			}
			text, err := file.Encode()
			if err != nil {
				return nil, err
			}
			title := fmt.Sprintf("%s of %s (%s)", render.Count(uint64(len(file.Edits)), "entry", "entries"), args[0], from.Name)
			if output != "" {
				if err := workspace.CheckLoadable(output, text, len(file.Edits)); err != nil {
					return nil, err
				}
			}
			return converted("import", title, text, omitted, output, force)
		}),
	}
	cmd.Flags().StringVar(&name, "format", "", "the `format` of FILE: ct, gameconqueror, 1337 (default: as it looks)")
	completeFlag(cmd, "format", completeFormats)
	addOutput(cmd, &output, &force)
	return cmd
}

func newPatchExport(e *env) *cobra.Command {
	var name, output string
	var force bool
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write a patch file in the format of another tool",
		Long: `Write a patch file as a Cheat Engine table (ct), a GameConqueror list
(gameconqueror) or an x64dbg patch (1337), to standard output or with -o to a
file. What the format cannot say is listed. No process is needed.`,
		Example: `  quarry patch export score.toml --format ct -o score.CT`,
		Args:    arguments(1, 1, "a patch FILE"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			if name == "" {
				return nil, &usageError{"--format is missing", "write --format ct, gameconqueror or 1337"}
			}
			text, omitted, err := workspace.Export(args[0], name)
			if err != nil {
				return nothingOf("export", args[0], omitted), err
			}
			return converted("export", args[0]+" as "+name, text, omitted, output, force)
		}),
	}
	cmd.Flags().StringVar(&name, "format", "", "the `format` to write: ct, gameconqueror or 1337")
	completeFlag(cmd, "format", completeFormats)
	addOutput(cmd, &output, &force)
	return cmd
}

// addOutput adds the flags that say which file to write.
func addOutput(cmd *cobra.Command, output *string, force *bool) {
	cmd.Flags().StringVarP(output, "output", "o", "", "write to this `FILE` instead of standard output")
	cmd.Flags().BoolVar(force, "force", false, "replace a file that is there already")
}

// nothingOf returns what is left out of a file of which nothing is left, as it is
// shown, or nil where that is not known.
func nothingOf(verb, title string, omitted []foreign.Omission) render.Result {
	if len(omitted) == 0 {
		return nil
	}
	result, _ := converted(verb, title, nil, omitted, "", false) // writes nothing
	return result
}

// converted returns a file in its new format as it is shown, or writes it.
func converted(verb, title string, text []byte, omitted []foreign.Omission, output string, force bool) (render.Result, error) {
	result := render.Converted{Done: verb, Title: title, Output: output, Omitted: []string{}, Renamed: []string{}}
	for _, o := range omitted {
		list := &result.Omitted
		if o.Renamed {
			list = &result.Renamed
		}
		*list = append(*list, o.String())
	}
	if output == "" {
		result.File = string(text)
		return result, nil
	}
	if err := outfile.Write(output, text, force); err != nil {
		return nil, err
	}
	return result, nil
}

func completeFormats(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, f := range format.All() {
		words = append(words, describe(f.Name, f.About))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
