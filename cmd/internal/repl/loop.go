package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"

	"quarry/cmd/internal/shellwords"
	"quarry/session/bug"
)

// ErrExit is what Execute returns to leave the loop without an error.
var ErrExit = errors.New("leave the loop")

// Loop reads lines and runs them until the input ends or a command says ErrExit.
//
// When Interactive, an error is Execute's to tell, the next line is read unless it is a bug, and
// SIGINT (Ctrl-C) cancels the command that is running, never the loop. Otherwise the first error ends the loop and
// is returned, and SIGINT ends it with context.Canceled.
type Loop struct {
	Reader LineReader
	// Prompt is asked anew before each line. nil: no prompt.
	Prompt func() string
	// Execute runs one line; blank lines and comments never reach it. Its context is cancelled by
	// SIGINT and with the context given to Run.
	Execute func(ctx context.Context, line string) error
	// Again returns what an empty line stands for, or "" for nothing. It is asked only when
	// Interactive, and not for a line that was given up. nil: an empty line stands for nothing.
	Again       func() string
	Interactive bool
	// Notices are printed to Messages before each prompt and at the end. nil: none.
	Notices *Notices
	// Messages takes the notices. nil: standard error.
	Messages io.Writer

	interrupts chan os.Signal // SIGINTs that no context has taken yet
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
		if line == "" && err == nil && l.Interactive && l.Again != nil {
			line = l.Again()
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrGivenUp):
			continue
		case err != nil:
			return err
		case isEmpty(line):
			continue
		}
		switch err := l.execute(ctx, line); {
		case errors.Is(err, ErrExit):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !l.Interactive, bug.Is(err): // after a bug nothing is sure
			return err
		}
	}
}

// isEmpty reports whether there is nothing in line to run: it is blank, or a comment.
func isEmpty(line string) bool {
	return len(shellwords.Parse(line).Words) == 0
}

// catchInterrupts keeps SIGINT from ending the program. In a script it cancels the whole run; at
// a prompt the contexts of reading and running take it, whichever comes next.
func (l *Loop) catchInterrupts(ctx context.Context) (context.Context, context.CancelFunc) {
	if !l.Interactive {
		return signal.NotifyContext(ctx, os.Interrupt)
	}
	l.interrupts = make(chan os.Signal, 1)
	signal.Notify(l.interrupts, os.Interrupt)
	return ctx, func() { signal.Stop(l.interrupts) }
}

// untilInterrupt returns a context that a SIGINT cancels, be it one that came just before. What
// comes after stop is kept for the next context, so that none is lost between two of them.
func (l *Loop) untilInterrupt(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var taking sync.WaitGroup
	over := make(chan struct{})
	taking.Go(func() {
		select {
		case <-over:
		case s := <-l.interrupts:
			select {
			case <-over:
				l.putBack(s)
			default:
				cancel()
			}
		}
	})
	return ctx, func() {
		close(over)
		taking.Wait()
		cancel()
	}
}

// putBack keeps a signal for the next context, unless another waits for it already.
func (l *Loop) putBack(s os.Signal) {
	select {
	case l.interrupts <- s:
	default:
	}
}

// read returns the next line. At a prompt, a SIGINT gives up the line: ErrGivenUp.
func (l *Loop) read(ctx context.Context) (string, error) {
	prompt := ""
	if l.Prompt != nil {
		prompt = l.Prompt()
	}
	if !l.Interactive {
		return l.Reader.ReadLine(ctx, prompt)
	}
	reading, stop := l.untilInterrupt(ctx)
	defer stop()
	line, err := l.Reader.ReadLine(reading, prompt)
	if errors.Is(err, context.Canceled) && reading.Err() != nil && ctx.Err() == nil {
		return "", ErrGivenUp
	}
	return line, err
}

// execute runs one line. When SIGINT cancels it, lines that were typed or pasted behind it are
// dropped too: who presses Ctrl-C means all of them.
func (l *Loop) execute(ctx context.Context, line string) error {
	if !l.Interactive {
		return l.Execute(ctx, line)
	}
	running, stop := l.untilInterrupt(ctx)
	defer stop()
	err := l.Execute(running, line)
	if running.Err() != nil {
		if err == nil { // it was to end so; the terminal has shown ^C, and no message follows
			l.tell("\n")
		}
		if r, ok := l.Reader.(interface{ discardTyped() }); ok {
			r.discardTyped()
		}
	}
	return err
}

// printNotices prints what is queued. A message that cannot be written has nowhere to be told.
func (l *Loop) printNotices() {
	_ = l.Notices.Flush(l.messages())
}

func (l *Loop) tell(text string) { _, _ = io.WriteString(l.messages(), text) }

func (l *Loop) messages() io.Writer {
	if l.Messages == nil {
		return os.Stderr
	}
	return l.Messages
}
