package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/practice"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/tutorial"
	"quarry/session"
)

// lessonVerb returns a verb that has a meaning in a lesson only, else nil.
func (e *env) lessonVerb(name, short string, do func(context.Context, *course) (render.Result, error)) *cobra.Command {
	if e.prompt == nil || e.prompt.course == nil {
		return nil
	}
	return &cobra.Command{
		Use: name, Short: short, GroupID: groupLearn, Args: arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) { return do(ctx, e.prompt.course) }),
	}
}

// newLesson is the verb tutorial within a lesson.
func newLesson(e *env) *cobra.Command {
	cmd := e.lessonVerb("tutorial N", "Begin another lesson", nil)
	if cmd == nil {
		return nil
	}
	cmd.Args = arguments(1, 1, "the number of a lesson; lessons lists them")
	cmd.ValidArgsFunction = completeLessons
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		number, err := lessonNumber(args[0])
		if err != nil {
			return nil, err
		}
		return e.prompt.course.begin(ctx, number)
	})
	return cmd
}

func newScreen(e *env) *cobra.Command {
	return e.lessonVerb("screen", "Show what the lesson's program shows now", func(ctx context.Context, c *course) (render.Result, error) {
		s, err := c.target.Show(ctx)
		if err != nil {
			return nil, noScreen(err)
		}
		return c.screen(s), nil
	})
}

func newStep(e *env) *cobra.Command {
	return e.lessonVerb("step", "Press Enter in the lesson's program: it goes on", func(ctx context.Context, c *course) (render.Result, error) {
		s, err := c.target.Step(ctx)
		if err != nil {
			return nil, noScreen(err)
		}
		return c.screen(s), nil
	})
}

func newRestart(e *env) *cobra.Command {
	return e.lessonVerb("restart", "Start the lesson's program again", func(ctx context.Context, c *course) (render.Result, error) {
		if err := c.start(ctx); err != nil {
			return nil, noScreen(err)
		}
		c.out.Message("started again as process %d", e.work.Attached().PID())
		return c.screen(c.shown), nil
	})
}

func newNext(e *env) *cobra.Command {
	cmd := e.lessonVerb("next", "Begin the next lesson", func(ctx context.Context, c *course) (render.Result, error) {
		if c.number == len(tutorial.Lessons) {
			return nil, &usageError{"this is the last lesson", "exit leaves; quarry tutorial N begins any lesson again"}
		}
		return c.begin(ctx, c.number+1)
	})
	if cmd != nil {
		cmd.Aliases = []string{"skip"}
	}
	return cmd
}

func newLessons(e *env) *cobra.Command {
	return e.lessonVerb("lessons", "List the lessons, with those that are done", func(_ context.Context, c *course) (render.Result, error) {
		return c.list(), nil
	})
}

// noScreenError is a lesson's program that does not show its screen.
type noScreenError struct{ error }

func noScreen(err error) error {
	if errors.Is(err, practice.ErrEnded) || errors.Is(err, tutorial.ErrSilent) {
		return noScreenError{err}
	}
	return err
}

func (e noScreenError) Unwrap() error { return e.error }

// Is matches session.ErrGone when the program has ended.
func (e noScreenError) Is(target error) bool {
	return target == session.ErrGone && errors.Is(e.error, practice.ErrEnded)
}

// Hint returns what would work.
func (e noScreenError) Hint() string { return "restart starts it again" }
