package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/patch/freeze"
	"quarry/search/value"
	"quarry/session"
)

// freezeFlags are the flags of freeze.
type freezeFlags struct {
	typ, mode        string
	interval, period time.Duration
	writing          workspace.Writing
}

func (f *freezeFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.typ, "type", "t", "", "the `type` of a value at an address")
	flags.StringVar(&f.mode, "mode", "", "`which` changes are taken back: lock, up-only, down-only, or a range such as 1..5")
	flags.DurationVar(&f.interval, "interval", 0, "look at the value this often: a `time` from 100us to 1h (default 50ms)")
	flags.DurationVar(&f.period, "for", 0, "let go after this `time`")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "mode", fixed(describe("lock", "every change"), describe("up-only", "may rise"), describe("down-only", "may fall")))
	completeFlag(cmd, "interval", fixed(describe("100us", "for a program that fights back"), "1ms", describe("50ms", "as usual"), "1s"))
	completeFlag(cmd, "for", fixed("10s", "1m"))
	addFileWrites(cmd, &f.writing)
}

// rule returns the type of what is frozen, and how it is frozen, unless the VALUE
// shows that something else was meant.
func (f *freezeFlags) rule(cmd *cobra.Command, text string) (t value.Type, asked freeze.Rule, err error) {
	if t, err = parseType(f.typ); err != nil {
		return t, asked, err
	}
	if f.mode != "" {
		if asked, err = freeze.ParseRule(f.mode); err != nil {
			return t, asked, err
		}
	}
	asked.Interval = f.interval
	switch {
	case cmd.Flags().Changed("interval") && f.interval < freeze.LeastInterval:
		return t, asked, &usageError{"--interval " + f.interval.String() + " is too short", "the shortest is 100us"}
	case f.interval > freeze.MostInterval:
		return t, asked, &usageError{"--interval " + f.interval.String() + " is too long", "the longest is 1h"}
	case f.period < 0:
		return t, asked, &usageError{"--for cannot be negative", ""}
	}
	if _, isRule := freeze.ParseRule(text); isRule == nil && f.typ == "" && f.mode == "" {
		return t, asked, &usageError{fmt.Sprintf("%q is a way of freezing, and no value", text), "write --mode " + text + ", or -t string before a text"}
	}
	return t, asked, nil
}

func newFreeze(e *env) *cobra.Command {
	var flags freezeFlags
	cmd := &cobra.Command{
		Use:   "freeze REF [VALUE]",
		Short: "Keep a value as it is, or at VALUE, while the program changes it",
		Long: `Keep every place that REF means at VALUE, or at what is there now. A place that
is no entry of the table yet becomes one. --mode says which changes are taken
back:

  lock        every change (default)
  up-only     the value may rise and not fall
  down-only   the value may fall and not rise
  1..5        the value stays within the range

At the prompt the value is kept frozen while other verbs are used. From the
shell, quarry stays until --for is over, Ctrl-C, or the end of the process.
unfreeze lets go, and freeze NAME goes on with what the entry was frozen as.`,
		Annotations: done("find 100", "label '&lives' lives -t i32"),
		Example: `  freeze lives 99
  freeze 1 --mode up-only
  quarry -p 4711 freeze game+0x4a30 99 -t i32 --for 1s`,
		GroupID: groupEdit,
		Args:    arguments(1, -1, "a REF and at most a VALUE"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		text := strings.Join(args[1:], " ")
		t, rule, err := flags.rule(cmd, text)
		if err != nil {
			return nil, err
		}
		names, err := e.work.Freeze(ctx, args[0], text, t, rule, flags.writing)
		if names == nil || errors.Is(err, session.ErrGone) {
			return nil, err
		}
		return e.frozen(ctx, names, flags.period, err)
	})
	flags.add(cmd)
	cmd.ValidArgsFunction = e.completeReferences
	return cmd
}

// frozen stays with entries that are frozen as long as it is to be, and returns
// them as they then are. err is what went wrong beside: they are frozen all the
// same, and nobody stays.
func (e *env) frozen(ctx context.Context, names []string, period time.Duration, err error) (render.Result, error) {
	if err != nil {
		entries, showErr := e.work.Entries(context.WithoutCancel(ctx), names...)
		result, showErr2 := e.entries(entries)
		return result, errors.Join(err, showErr, showErr2)
	}
	over, err := e.stay(ctx, period)
	if err != nil {
		return nil, err
	}
	entries, err := e.work.Entries(context.WithoutCancel(ctx), names...)
	if err != nil {
		return nil, err
	}
	if over {
		err = e.work.Unfreeze(context.WithoutCancel(ctx), names)
	}
	result, showErr := e.entries(entries)
	return result, firstError(err, showErr)
}

// firstError returns the first error that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// parseType reads the value of a flag -t that may be missing.
func parseType(text string) (value.Type, error) {
	if text == "" {
		return value.Invalid, nil
	}
	return value.ParseType(text)
}

// stay waits while entries are kept frozen: as long as --for says, or from the
// shell until Ctrl-C. It returns whether their time is over, and an error when
// the process has ended.
func (e *env) stay(ctx context.Context, period time.Duration) (over bool, err error) {
	if e.prompt != nil && period == 0 {
		return false, nil
	}
	if period > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, period)
		defer cancel()
	}
	select {
	case <-ctx.Done():
		return true, nil
	case <-e.work.Thawed():
		_, err := e.work.Session()
		return false, err
	}
}

// keepFor keeps frozen what is frozen for a time.
func (e *env) keepFor(ctx context.Context, period time.Duration) error {
	if e.work.Thawed() == nil {
		return nil
	}
	over, err := e.stay(ctx, period)
	if over {
		err = e.work.Unfreeze(context.WithoutCancel(ctx), nil)
	}
	return err
}

func newUnfreeze(e *env) *cobra.Command {
	if e.prompt == nil {
		return nil
	}
	return &cobra.Command{
		Use:         "unfreeze {REF... | all}",
		Short:       "Let go of frozen values",
		Long:        `Let go of frozen entries. What they were frozen as is not forgotten: freeze NAME goes on with it.`,
		Annotations: done("label '&lives' lives -t i32", "freeze lives"),
		Example:     `  unfreeze lives`,
		GroupID:     groupEdit,
		Args:        arguments(1, -1, "a REF to a frozen entry, or all"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			names := args
			if len(args) == 1 && args[0] == "all" {
				names = nil
			}
			if err := e.work.Unfreeze(ctx, names); err != nil {
				return nil, err
			}
			return render.Done{Done: "unfreeze", Title: strings.Join(args, ", ")}, nil
		}),
		ValidArgsFunction: e.completeEntries(describe("all", "every frozen entry")),
	}
}
