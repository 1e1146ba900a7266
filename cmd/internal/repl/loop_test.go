package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scripted is a LineReader that notes the prompts and, behind the last line, waits or ends.
type scripted struct {
	lines     []string
	prompts   []string
	waits     func() // called behind the last line, before waiting
	discarded int
}

func (s *scripted) ReadLine(ctx context.Context, prompt string) (string, error) {
	s.prompts = append(s.prompts, prompt)
	if len(s.lines) == 0 && s.waits != nil {
		s.waits()
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if len(s.lines) == 0 {
		return "", io.EOF
	}
	line := s.lines[0]
	s.lines = s.lines[1:]
	return line, nil
}

func (s *scripted) Close() error    { return nil }
func (s *scripted) Lines() []string { return nil }
func (s *scripted) Remember(string) {}
func (s *scripted) discardTyped()   { s.discarded++ }

var errToy = errors.New("toy failure")

// toyLoop is a loop whose commands are noted in log: "fail" fails, "exit" leaves, others succeed.
func toyLoop(r LineReader, log *[]string) *Loop {
	return &Loop{
		Reader:   r,
		Messages: io.Discard,
		Execute: func(_ context.Context, line string) error {
			*log = append(*log, line)
			switch line {
			case "fail":
				return errToy
			case "end":
				return fmt.Errorf("the target: %w", io.EOF)
			case "exit":
				return fmt.Errorf("exit: %w", ErrExit)
			}
			return nil
		},
	}
}

func TestLoop(t *testing.T) {
	for _, tt := range []struct {
		name        string
		interactive bool
		lines       []string
		want        []string
		wantErr     error
	}{
		{"to the end", true, []string{"a", "b"}, []string{"a", "b"}, nil},
		{"blank lines and comments", true, []string{"", "  ", "# x", "a"}, []string{"a"}, nil},
		{"an error does not end a prompt", true, []string{"fail", "a"}, []string{"fail", "a"}, nil},
		{"an error ends a script", false, []string{"a", "fail", "b"}, []string{"a", "fail"}, errToy},
		{"exit", true, []string{"exit", "a"}, []string{"exit"}, nil},
		{"exit in a script", false, []string{"exit", "a"}, []string{"exit"}, nil},
		{"a command's end of file", true, []string{"end", "a"}, []string{"end", "a"}, nil},
		{"a command's end of file in a script", false, []string{"end", "a"}, []string{"end"}, io.EOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log []string
			l := toyLoop(NewLines(tt.lines), &log)
			l.Interactive = tt.interactive
			if err := l.Run(t.Context()); !errors.Is(err, tt.wantErr) {
				t.Errorf("Run = %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, log); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyLineStandsForAnother(t *testing.T) {
	var log []string
	l := toyLoop(NewLines([]string{"a", "", "# x", "", "exit"}), &log)
	l.Interactive = true
	l.Again = func() string { return fmt.Sprint("again ", len(log)) }
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "again 1", "again 2", "exit"}, log); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// A line that was given up is not an empty one.
func TestLineGivenUpStandsForNothing(t *testing.T) {
	var log []string
	l := toyLoop(&givingUp{LineReader: NewLines([]string{"a"})}, &log)
	l.Interactive = true
	l.Again = func() string { return "again" }
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a"}, log); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// givingUp gives up a line once its lines have been read.
type givingUp struct {
	LineReader
	given bool
}

func (g *givingUp) ReadLine(ctx context.Context, prompt string) (string, error) {
	line, err := g.LineReader.ReadLine(ctx, prompt)
	if errors.Is(err, io.EOF) && !g.given {
		g.given = true
		return "", ErrGivenUp
	}
	return line, err
}

// Ctrl-C that comes when a line was read and is not run yet is meant for what runs then.
func TestInterruptBetweenReadingAndRunning(t *testing.T) {
	var log []string
	l := toyLoop(NewLines([]string{"a", "b"}), &log)
	l.Interactive = true
	l.Prompt = func() string { return "" }
	var ended error
	l.Execute = func(ctx context.Context, line string) error {
		log = append(log, line)
		if line == "a" {
			<-ctx.Done()
			ended = ctx.Err()
		}
		return nil
	}
	l.Reader = &interrupting{l.Reader, l}
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ended != context.Canceled {
		t.Errorf("the command saw %v", ended)
	}
	if diff := cmp.Diff([]string{"a", "b"}, log); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// interrupting has a SIGINT arrive when the wait for the first line is over.
type interrupting struct {
	LineReader
	loop *Loop
}

func (r *interrupting) ReadLine(ctx context.Context, prompt string) (string, error) {
	line, err := r.LineReader.ReadLine(ctx, prompt)
	if line == "a" {
		time.AfterFunc(10*time.Millisecond, func() { r.loop.putBack(os.Interrupt) })
	}
	return line, err
}

func TestLoopAsksForThePromptEachTime(t *testing.T) {
	var log []string
	r := &scripted{lines: []string{"a", "b"}}
	l := toyLoop(r, &log)
	l.Prompt = func() string { return fmt.Sprintf("%d> ", len(log)) }
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0> ", "1> ", "2> "}, r.prompts); diff != "" {
		t.Errorf("prompts (-want +got):\n%s", diff)
	}
}

func TestLoopPrintsNoticesBeforeThePromptAndAtTheEnd(t *testing.T) {
	var log []string
	var messages strings.Builder
	l := toyLoop(NewLines([]string{"a", "exit"}), &log)
	l.Notices, l.Messages = new(Notices), &messages
	l.Prompt = func() string { messages.WriteString("> "); return "" }
	run := l.Execute
	l.Execute = func(ctx context.Context, line string) error {
		l.Notices.Postf("notice of %s", line)
		return run(ctx, line)
	}
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := messages.String(), "> notice of a\n> notice of exit\n"; got != want {
		t.Errorf("messages %q, want %q", got, want)
	}
}

// interruptWhenRunning sends SIGINT and waits until ctx ends.
func interruptWhenRunning(t *testing.T, ctx context.Context) error {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Error(err)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		t.Error("SIGINT did not cancel the command")
		return nil
	}
}

func TestInterruptCancelsTheCommandOnly(t *testing.T) {
	var log []string
	r := &scripted{lines: []string{"long", "a"}}
	l := toyLoop(r, &log)
	l.Interactive = true
	run := l.Execute
	l.Execute = func(ctx context.Context, line string) error {
		if line == "long" {
			return interruptWhenRunning(t, ctx)
		}
		return errors.Join(run(ctx, line), ctx.Err())
	}
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a"}, log); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if r.discarded != 1 {
		t.Errorf("what was typed ahead was dropped %d times, want 1", r.discarded)
	}
}

func TestInterruptEndsAScript(t *testing.T) {
	var log []string
	l := toyLoop(NewLines([]string{"long", "a"}), &log)
	l.Execute = func(ctx context.Context, line string) error {
		log = append(log, line)
		return fmt.Errorf("long: %w", interruptWhenRunning(t, ctx))
	}
	if err := l.Run(t.Context()); err != context.Canceled {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
	if diff := cmp.Diff([]string{"long"}, log); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestInterruptAtThePromptGivesUpTheLine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := new(scripted)
	r.waits = func() {
		if len(r.prompts) == 3 {
			cancel()
			return
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Error(err)
			cancel()
		}
	}
	var log []string
	l := toyLoop(r, &log)
	l.Interactive = true
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
	if len(r.prompts) != 3 {
		t.Errorf("%d prompts, want 3: one for each interrupt and the last", len(r.prompts))
	}
}

func TestLoopEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log []string
	l := toyLoop(&scripted{lines: []string{"a", "b"}}, &log)
	l.Interactive = true
	l.Execute = func(context.Context, string) error { cancel(); return nil }
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
}
