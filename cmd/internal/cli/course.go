package cli

import (
	"context"
	"path/filepath"
	"time"

	"quarry/cmd/internal/practice"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/repl"
	"quarry/cmd/internal/tutorial"
	"quarry/session"
)

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
