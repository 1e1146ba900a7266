package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/practice"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/repl"
	"quarry/cmd/internal/tutorial"
	"quarry/session"
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

// course is a run of the tutorial: the lesson it is in, and that lesson's
// program, to which the workspace is attached.
type course struct {
	ctx      context.Context // ends with the run, not with a line
	env      *env
	out      *render.Output
	progress *tutorial.Progress
	prompt   *prompt // nil before the first lesson has begun

	number  int // of the lesson, from 1
	starts  int // of its program
	target  *tutorial.Target
	started time.Time       // when the target was
	applied bool            // a patch file older than that has changed the target
	told    bool            // that the goal was reached without one
	shown   practice.Screen // what was shown last
	reached bool
	hints   int // given in this lesson
}

// open reads the progress. That it cannot be kept is told, and is no error.
func (c *course) open() (err error) {
	if c.out, err = c.env.output(); err != nil {
		return err
	}
	path := repl.HistoryPath()
	if path != "" {
		path = filepath.Join(filepath.Dir(path), "tutorial")
	}
	if c.progress, err = tutorial.LoadProgress(path); err != nil {
		c.out.Message("%v", err)
	}
	return nil
}

// list returns the list of lessons.
func (c *course) list() render.Lessons {
	var out render.Lessons
	for i, l := range tutorial.Lessons {
		out.Lessons = append(out.Lessons, render.LessonRow{Number: i + 1, Title: l.Title, Done: c.progress.Done(l)})
	}
	return out
}

// lessonNumber reads the number of a lesson.
func lessonNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(tutorial.Lessons) {
		return 0, &usageError{fmt.Sprintf("no lesson is called %q", clean(text)), fmt.Sprintf("the lessons are 1 to %d", len(tutorial.Lessons))}
	}
	return n, nil
}

// choose returns the number of the lesson to begin: the one asked for, or after
// the list the first that is not done. When all are, it is the first.
func (c *course) choose(args []string) (int, error) {
	if len(args) > 0 {
		return lessonNumber(args[0])
	}
	if err := c.out.Result(c.list()); err != nil {
		return 0, err
	}
	next, more := c.progress.Next()
	if !more {
		c.out.Message("all lessons are done; here is the first again")
	}
	return max(next, 0) + 1, nil
}

// run has the conversation that begins with a lesson.
func (c *course) run(number int, lines []string) error {
	defer c.close()
	first, err := c.begin(c.ctx, number)
	if err == nil {
		err = c.out.Result(first)
	}
	if err != nil {
		return err
	}
	c.prompt = c.env.newPrompt(lines)
	c.prompt.course = c
	if err := c.env.talk(c.ctx, c.prompt, lines); err != nil || c.prompt.interactive {
		return err
	}
	return c.await(c.ctx)
}

// close lets go of the program, which ends.
func (c *course) close() {
	c.env.work.Close()
	if c.target != nil {
		c.target.Close()
	}
}

// begin begins a lesson and returns its text.
func (c *course) begin(ctx context.Context, number int) (render.Result, error) {
	c.number, c.starts, c.hints, c.reached = number, 0, 0, false
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	l := c.lesson()
	return render.Lesson{
		Number: number, Of: len(tutorial.Lessons), Title: l.Title, PID: c.env.work.Attached().PID(),
		About: l.Text, Goal: l.Goal, Try: l.Try, Screen: c.shown.Lines,
	}, nil
}

func (c *course) lesson() tutorial.Lesson { return tutorial.Lessons[c.number-1] }

// start starts the lesson's program, in place of the former one, and attaches to
// it when it has shown its screen.
func (c *course) start(ctx context.Context) error {
	c.close()
	c.starts++
	c.started, c.applied, c.told = time.Now(), false, false
	var err error
	if c.target, err = tutorial.NewTarget(c.lesson().Program, c.starts); err != nil {
		return err
	}
	c.env.work.Explain(nil) // only what the person asks for is told
	err = c.env.work.RunCommand(c.target.Command(), func() (err error) {
		c.shown, err = c.target.First(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if c.prompt != nil {
		c.prompt.watch(c.ctx, c.env.work.Attached())
	}
	return nil
}

// screen returns a screen as it is shown, and remembers it.
func (c *course) screen(s practice.Screen) render.Result {
	c.shown = s
	return render.LessonScreen{Screen: s.Lines}
}

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

// once has each system call of a line told once in a lesson. What is checked
// again and again would hide the rest from who sees it for the first time.
func (e *env) once(explain func(session.Call)) func(session.Call) {
	if e.prompt == nil || e.prompt.course == nil {
		return explain
	}
	told := make(map[string]bool)
	return func(c session.Call) {
		if text := c.String(); !told[text] {
			told[text] = true
			explain(c)
		}
	}
}

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
