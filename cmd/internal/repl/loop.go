package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
)

// ErrExit is what Execute returns to leave the loop without an error.
var ErrExit = errors.New("leave the loop")

// Loop reads lines and runs them until the input ends or a command says ErrExit.
//
// When Interactive, an error is reported and the next line is read, and SIGINT (Ctrl-C) cancels
// the command that is running, never the loop. Otherwise the first error ends the loop and is
// returned, and SIGINT ends it with context.Canceled.
type Loop struct {
	Reader LineReader
	// Prompt is asked anew before each line. nil: no prompt.
	Prompt func() string
	// Execute runs one line; blank lines and comments never reach it. Its context is cancelled by
	// SIGINT and with the context given to Run.
	Execute func(ctx context.Context, line string) error
	// Report shows an error to the person. It is called only when Interactive. nil: not shown.
	Report      func(error)
	Interactive bool
	// Notices are printed to Messages before each prompt and at the end. nil: none.
	Notices *Notices
	// Messages takes the notices. nil: standard error.
	Messages io.Writer
}

// Run runs the loop. It returns nil at the end of the input or on ErrExit, ctx.Err() when ctx
// ends, and the error that stopped it otherwise. It does not close the Reader.
//
// While it runs, SIGINT does not end the program. A panic in Execute passes through.
func (l *Loop) Run(ctx context.Context) error {
	defer l.printNotices()
	ctx, stop := l.catchInterrupts(ctx)
	defer stop()
	for {
		l.printNotices()
		line, err := l.read(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case isEmpty(line):
			continue
		}
		switch err := l.execute(ctx, line); {
		case errors.Is(err, ErrExit):
			return nil
		case ctx.Err() != nil:
			l.report(err)
			return ctx.Err()
		case err != nil && !l.Interactive:
			return err
		default:
			l.report(err)
		}
	}
}

// isEmpty reports whether there is nothing in line to run: it is blank, or a comment.
func isEmpty(line string) bool {
	l := lex(line)
	return len(l.words) == 0
}

// catchInterrupts keeps SIGINT from ending the program. In a script it cancels the whole run; at
// a prompt the contexts of reading and running take it.
func (l *Loop) catchInterrupts(ctx context.Context) (context.Context, context.CancelFunc) {
	if !l.Interactive {
		return signal.NotifyContext(ctx, os.Interrupt)
	}
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt)
	return ctx, func() { signal.Stop(ignored) }
}

// read returns the next line. At a prompt, a SIGINT gives up the line and reads as an empty one.
func (l *Loop) read(ctx context.Context) (string, error) {
	prompt := ""
	if l.Prompt != nil {
		prompt = l.Prompt()
	}
	if !l.Interactive {
		return l.Reader.ReadLine(ctx, prompt)
	}
	reading, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	line, err := l.Reader.ReadLine(reading, prompt)
	if errors.Is(err, context.Canceled) && reading.Err() != nil && ctx.Err() == nil {
		return "", nil
	}
	return line, err
}

// execute runs one line. When SIGINT cancels it, lines that were typed or pasted behind it are
// dropped too: who presses Ctrl-C means all of them.
func (l *Loop) execute(ctx context.Context, line string) error {
	if !l.Interactive {
		return l.Execute(ctx, line)
	}
	running, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	err := l.Execute(running, line)
	if running.Err() != nil {
		if r, ok := l.Reader.(interface{ discardTyped() }); ok {
			r.discardTyped()
		}
	}
	return err
}

// printNotices prints what is queued. A message that cannot be written has nowhere to be told.
func (l *Loop) printNotices() {
	w := l.Messages
	if w == nil {
		w = os.Stderr
	}
	_ = l.Notices.Flush(w)
}

// report shows an error to the person, if one is there. That the run was ended is no news.
func (l *Loop) report(err error) {
	if err != nil && l.Interactive && l.Report != nil {
		l.Report(err)
	}
}
