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

func (s *scripted) Close() error  { return nil }
func (s *scripted) discardTyped() { s.discarded++ }

var errToy = errors.New("toy failure")

// toyLoop is a loop whose commands are noted in log: "fail" fails, "exit" leaves, others succeed.
func toyLoop(r LineReader, log *[]string) *Loop {
	return &Loop{
		Reader:   r,
		Messages: io.Discard,
		Report:   func(err error) { *log = append(*log, "report: "+err.Error()) },
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
		{"an error is reported", true, []string{"fail", "a"}, []string{"fail", "report: toy failure", "a"}, nil},
		{"an error ends a script", false, []string{"a", "fail", "b"}, []string{"a", "fail"}, errToy},
		{"exit", true, []string{"exit", "a"}, []string{"exit"}, nil},
		{"exit in a script", false, []string{"exit", "a"}, []string{"exit"}, nil},
		{"a command's end of file", true, []string{"end", "a"}, []string{"end", "report: the target: EOF", "a"}, nil},
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
	case <-time.After(10 * time.Second):
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
	if diff := cmp.Diff([]string{"report: context canceled", "a"}, log); diff != "" {
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
