package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/repl"
	"quarry/cmd/internal/workspace"
)

func newTry(e *env) *cobra.Command {
	var o workspace.TryOptions
	var typ string
	cmd := &cobra.Command{
		Use:   "try VALUE [REF]",
		Short: "Write a value to one place after the other, and ask which was right",
		Long: `Write VALUE at the first of the places that REF names (default all: the rows of the
last list), and ask whether that was it. Look at the program, then answer

  y, yes     that was it: the value stays, and the place becomes an entry
  n, no      the former value is put back, and the next place is tried
  q, quit    the former value is put back, and no more is tried

What the program has made of a value meanwhile is left alone and named. Ctrl-C,
the end of the input and the end of the process take back what was written last,
too. undo takes back the value that stays, and the entry with it. Nothing is
written where nobody can answer: try needs a terminal.`,
		Example: `  quarry -p 4711 try 9999 '&lives' -t i32 --as lives`,
		GroupID: groupEdit,
		Args:    arguments(1, 2, "a VALUE and at most a REF"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			var err error
			if o.Type, err = parseType(typ); err != nil {
				return nil, err
			}
			ask, err := e.asking()
			if err != nil {
				return nil, err
			}
			reference := "all"
			if len(args) > 1 {
				reference = args[1]
			}
			return e.try(ctx, args[0], reference, o, ask)
		}),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) != 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return e.completeReferences(cmd, nil, word)
		},
	}
	cmd.Flags().StringVarP(&typ, "type", "t", "", "the `type` of a value at an address")
	cmd.Flags().StringVar(&o.Name, "as", "", "call the right place `NAME` (default: found1, or the next free one)")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "as", fixed())
	return cmd
}

// asking returns what asks the person at the terminal, where there is one.
func (e *env) asking() (ask func(context.Context, string) (string, error), err error) {
	in, isFile := e.In.(*os.File)
	screen, isScreen := e.Err.(*os.File)
	scripted := e.prompt != nil && !e.prompt.interactive
	if scripted || !isFile || !isScreen || !repl.Interactive(in, screen) {
		return nil, &usageError{"try asks after each value it has written, and nobody can answer here", "at a terminal it can ask; set REF VALUE writes, and undo takes it back"}
	}
	return func(ctx context.Context, question string) (string, error) {
		return repl.Ask(ctx, in, screen, question)
	}, nil
}

// try tries a value, asking by ask, and returns what has become of it.
func (e *env) try(ctx context.Context, text, reference string, o workspace.TryOptions, ask func(context.Context, string) (string, error)) (render.Result, error) {
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	order := e.work.Attached().Layout().Order
	tried, err := e.work.Try(ctx, text, reference, o, func(ctx context.Context, t *workspace.Trial) (workspace.Answer, error) {
		return answer(ctx, newTrial(t, places, order), ask)
	})
	if tried == nil {
		return nil, err
	}
	result := render.Tried{Value: text, Stopped: tried.Stopped}
	for _, t := range tried.Trials {
		result.Trials = append(result.Trials, newTrial(t, places, order))
	}
	if tried.Found == nil {
		if err == nil {
			err = errShownNotFound
		}
		return result, err
	}
	entry := newEntry(*tried.Found, places, order)
	result.Found = &entry
	return result, err
}

// answer asks until the answer is one. The end of the input is one.
func answer(ctx context.Context, t render.Trial, ask func(context.Context, string) (string, error)) (workspace.Answer, error) {
	question := t.Question()
	for {
		line, err := ask(ctx, question)
		if errors.Is(err, io.EOF) {
			return workspace.Quit, nil
		}
		if err != nil {
			return workspace.Quit, err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return workspace.Yes, nil
		case "n", "no":
			return workspace.No, nil
		case "q", "quit":
			return workspace.Quit, nil
		}
		question = "y: that was it; n: put it back, go on; q: put it back, stop [y/n/q] "
	}
}

// newTrial returns a place that was tried as it is shown.
func newTrial(t *workspace.Trial, places render.Places, order binary.ByteOrder) render.Trial {
	out := render.Trial{
		Number: t.Number, Of: t.Of, Address: render.Address(t.Addr), Place: places.Of(t.Addr),
		Outcome: map[workspace.Outcome]string{
			workspace.Untried: render.TrialUntried, workspace.Kept: render.TrialKept, workspace.TakenBack: render.TrialTakenBack,
			workspace.LeftAlone: render.TrialLeftAlone, workspace.Lost: render.TrialLost,
		}[t.Outcome],
	}
	if t.Order != nil {
		order = t.Order
	}
	if t.New != nil {
		out.Before = &render.Value{Type: t.Type, Raw: t.Value, Order: order, Form: t.Form}
		out.After = &render.Value{Type: t.Type, Raw: t.New, Order: order, Form: t.Form}
	}
	if t.Err != nil {
		out.Problem = t.Err.Error()
	}
	return out
}
