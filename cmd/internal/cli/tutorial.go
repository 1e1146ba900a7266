package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/tutorial"
)

func newTutorial(e *env) *cobra.Command {
	if e.prompt != nil {
		return newLesson(e)
	}
	var lines []string
	var list bool
	cmd := &cobra.Command{
		Use:   "tutorial [N]",
		Short: "Learn by doing, in nine short lessons",
		Long: `Learn by doing, in nine short lessons. Each starts a program of quarry's own and
opens the prompt on it, with a goal that the program itself must reach. Without
N, the lessons are listed and the first begins that has not been done. At the
prompt, hint helps a little, then more.

Lines can also come from -e or from a pipe. The exit code is then 0 only if the
goal of the last lesson was reached, and 3 if not.`,
		Example: `  quarry tutorial
  quarry tutorial 2
  quarry tutorial --list
  quarry tutorial 2 -e 'replace stranger Ada --in heap'`,
		GroupID: groupLearn,
		Args:    arguments(0, 1, "the number of a lesson"),
	}
	begin := e.conversation(func(ctx context.Context, args []string) (render.Result, error) {
		if !cmd.Flags().Changed("explain") {
			e.flags.explain = true
		}
		c := &course{ctx: ctx, env: e}
		if err := c.open(); err != nil {
			return nil, err
		}
		if list {
			return c.list(), nil
		}
		number, err := c.choose(args)
		if err != nil {
			return nil, err
		}
		return nil, c.run(number, lines)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if e.flags.process != "" {
			return &usageError{"a lesson has a process of its own", "leave out -p"}
		}
		return begin(cmd, args)
	}
	addLines(e, cmd, &lines)
	cmd.Flags().BoolVar(&list, "list", false, "list the lessons, and begin none")
	cmd.ValidArgsFunction = completeLessons
	return cmd
}

// completeLessons offers the lessons by number.
func completeLessons(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for i, l := range tutorial.Lessons {
		if len(args) == 0 {
			words = append(words, describe(strconv.Itoa(i+1), l.Title))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// lessonNumber reads the number of a lesson.
func lessonNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(tutorial.Lessons) {
		return 0, &usageError{fmt.Sprintf("no lesson is called %q", clean(text)), fmt.Sprintf("the lessons are 1 to %d", len(tutorial.Lessons))}
	}
	return n, nil
}
