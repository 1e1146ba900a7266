package tutorial

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"quarry/cmd/internal/practice"
	"quarry/session/bug"
)

// patience is how long a program may take to show its screen.
const patience = 10 * time.Second

// ErrSilent is the state of a program that does not answer.
var ErrSilent = errors.New("the program does not answer")

// Target is the program of a lesson: quarry itself, started again. It is used by
// one goroutine at a time.
type Target struct {
	cmd     *exec.Cmd
	keys    io.WriteCloser
	screens chan practice.Screen // closed when it shows no more
	missed  int                  // screens that were asked for and not waited for
}

// NewTarget prepares the program of a lesson. run counts its starts in a row.
func NewTarget(name string, run int) (*Target, error) {
	quarry, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find quarry's own program: %w", err)
	}
	t := &Target{cmd: exec.Command(quarry, "practice", name, "--run", strconv.Itoa(run))}
	if t.keys, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.screens = make(chan practice.Screen, 1)
	go t.read(out)
	return t, nil
}

// Command is what starts the program. Its output belongs to the Target.
func (t *Target) Command() *exec.Cmd { return t.cmd }

// read reads screens until there are no more. The program shows one when asked
// and nobody asks for another before, so this never has many to hold.
func (t *Target) read(out io.Reader) {
	defer close(t.screens)
	for r := bufio.NewReader(out); ; {
		var s practice.Screen
		err := bug.Guard(func() (err error) { s, err = practice.ReadScreen(r); return err })()
		if err != nil {
			return
		}
		t.screens <- s
	}
}

// First waits for the screen that the program shows when it begins.
func (t *Target) First(ctx context.Context) (practice.Screen, error) { return t.next(ctx) }

// Show has the program show its screen.
func (t *Target) Show(ctx context.Context) (practice.Screen, error) { return t.ask(ctx, practice.Show) }

// Step presses Enter in the program, and returns what it shows then.
func (t *Target) Step(ctx context.Context) (practice.Screen, error) { return t.ask(ctx, "") }

func (t *Target) ask(ctx context.Context, line string) (practice.Screen, error) {
	if _, err := io.WriteString(t.keys, line+"\n"); err != nil {
		return practice.Screen{}, practice.ErrEnded
	}
	return t.next(ctx)
}

// next returns the next screen, after those that were not waited for.
func (t *Target) next(ctx context.Context) (practice.Screen, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for t.missed++; ; {
		select {
		case s, ok := <-t.screens:
			if !ok {
				return s, practice.ErrEnded
			}
			if t.missed--; t.missed == 0 {
				return s, nil
			}
		case <-ctx.Done():
			return practice.Screen{}, ctx.Err()
		case <-late.C:
			return practice.Screen{}, ErrSilent
		}
	}
}

// Close lets go of the program, which ends when nobody can press its keys.
func (t *Target) Close() {
	_ = t.keys.Close() // it may have ended
	go func() {
		for range t.screens { // so that read ends
		}
	}()
}
