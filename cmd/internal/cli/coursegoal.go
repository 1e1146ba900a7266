package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"quarry/cmd/internal/practice"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/tutorial"
)

// beforePrompt looks at the program. That nothing can be shown any more will be
// told by the next line. A nil course has no program.
func (c *course) beforePrompt(ctx context.Context) {
	if c != nil {
		_, _ = c.look(ctx)
	}
}

// look looks at the program before each prompt: it shows a screen that has
// changed, and tells when the goal is reached. A program that has ended is told
// of elsewhere.
func (c *course) look(ctx context.Context) (practice.State, error) {
	s, err := c.target.Show(ctx)
	switch {
	case errors.Is(err, tutorial.ErrSilent):
		c.out.Message("%v; restart starts it again", err)
		return practice.Open, nil
	case err != nil:
		return practice.Open, nil
	}
	if !slices.Equal(s.Lines, c.shown.Lines) {
		err = c.out.Result(c.screen(s))
	}
	switch {
	case s.State != practice.Reached || c.reached:
	case c.lesson().ByFile && !c.applied:
		s.State = practice.Open
		if !c.told {
			c.told = true
			c.out.Message("not quite: it was not a patch file that did this, saved before this start; save one, restart, then patch apply FILE")
		}
	default:
		c.reached = true
		err = cmp.Or(err, c.praise())
	}
	return s.State, err
}

// changedBy notes that a patch file has changed the program. A nil course has none.
func (c *course) changedBy(path string) {
	if c == nil {
		return
	}
	if info, err := os.Stat(path); err == nil && info.ModTime().Before(c.started) {
		c.applied = true
	}
}

// praise tells that the goal is reached, and remembers it.
func (c *course) praise() error {
	l := c.lesson()
	if err := c.progress.Add(l); err != nil {
		c.out.Message("%v", err)
	}
	next := "That was the last lesson. quarry attach NAME is the same with a program of yours."
	if c.number < len(tutorial.Lessons) {
		next = fmt.Sprintf("next begins lesson %d: %s.", c.number+1, tutorial.Lessons[c.number].Title)
	}
	return c.out.Result(render.LessonDone{Number: c.number, Done: true, Why: l.Why, Next: next})
}

// lookFor is how long a script waits for a goal that is near.
const lookFor = 30 * time.Second

// await waits at the end of a script for a goal that will be reached when all
// stays as it is. Another that is not reached is notReachedError.
func (c *course) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	for !c.reached {
		state, err := c.look(ctx)
		switch {
		case err != nil:
			return err
		case state == practice.Open:
			return notReachedError(c.number)
		case state == practice.Reached:
			return nil
		}
		select {
		case <-ctx.Done():
			return notReachedError(c.number)
		case <-time.After(practice.Beat):
		}
	}
	return nil
}

// notReachedError is a lesson, by its number, whose goal is not reached. It is
// ErrNotFound.
type notReachedError int

func (n notReachedError) Error() string {
	return fmt.Sprintf("the goal of lesson %d is not reached", int(n))
}

// Is matches ErrNotFound.
func (n notReachedError) Is(target error) bool { return target == ErrNotFound }
