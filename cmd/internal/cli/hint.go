package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

// newHint helps in a lesson: a little, then more, then every line to type.
func newHint(e *env) *cobra.Command {
	return e.lessonVerb("hint", "Help with this lesson; each time a little more", func(_ context.Context, c *course) (render.Result, error) {
		hints := c.lesson().Hints
		c.hints = min(c.hints+1, len(hints))
		return render.LessonHint{Number: c.hints, Of: len(hints), Hint: hints[c.hints-1]}, nil
	})
}
