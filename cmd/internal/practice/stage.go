package practice

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// program is a program of the tutorial. Its numbers and texts lie in the memory
// it was made with, where a person changes them. It runs in one goroutine.
type program struct {
	step   func()          // the world goes on, since somebody pressed Enter; may be nil
	beat   func()          // the program does something by itself, every Beat; may be nil
	screen func() []string // what it shows
	state  func() State    // how far the person has come, by what is in memory
}

// State is how far a person has come with a program.
type State int

// The states of a program.
const (
	Open    State = iota // the goal is not reached
	Soon                 // it will be, when things stay as they are
	Reached              // it is reached
)

// Lines that tell a state, as the last of a screen.
var stateLines = map[State]string{Soon: "… it works; keep it like this", Reached: "★ goal reached"}

// Beat is how often a program of the tutorial acts by itself.
const Beat = 250 * time.Millisecond

// Show is the line that has a program show its screen and do nothing else.
const Show = "show"

// heapSize is the size of the heap of a program of the tutorial.
const heapSize = 64 << 10

// makers make the programs of the tutorial, by name. run counts the times that
// the program was started in a row, from 1.
var makers = map[string]func(memory []byte, run int) program{
	"answer": newAnswer, "greeter": newGreeter, "score": newScore, "bar": newBar,
	"car": newCar, "ledger": newLedger, "reactor": newReactor, "vault": newVault, "fighter": newFighter,
}

// Names returns the names of the programs of the tutorial, sorted.
func Names() []string {
	var names []string
	for name := range makers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Run is a program of the tutorial. It shows its screen, and again for each line
// of in: Enter lets it go on by one step, [Show] does not. It ends with ctx or
// with in, so that it does not outlive who started it.
func Run(ctx context.Context, name string, run int, in io.Reader, out io.Writer) error {
	make, ok := makers[name]
	if !ok {
		return fmt.Errorf("no program is called %q", name)
	}
	// The kernel shows the name wherever it lists processes; it is not needed.
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0)
	memory, err := growHeap(heapSize)
	if err != nil {
		return err
	}
	return make(memory, run).play(ctx, in, out)
}

func (p program) play(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(in); input.Scan(); {
			select {
			case lines <- input.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	beat := time.NewTicker(Beat)
	defer beat.Stop()
	if err := p.show(out); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			if p.beat != nil {
				p.beat()
			}
		case line, more := <-lines:
			if !more {
				return nil
			}
			if line != Show && p.step != nil {
				p.step()
			}
			if err := p.show(out); err != nil {
				return err
			}
		}
	}
}

// show prints the screen with an empty line after it.
func (p program) show(out io.Writer) error {
	lines := p.screen()
	if line, ok := stateLines[p.state()]; ok {
		lines = append(lines, line)
	}
	_, err := io.WriteString(out, strings.Join(lines, "\n")+"\n\n")
	return err
}

// Screen is what a program showed at one time.
type Screen struct {
	Lines []string
	State State
}

// ErrEnded is the state of a program that shows nothing more.
var ErrEnded = errors.New("the program has ended")

// ReadScreen reads the next screen that a program showed.
func ReadScreen(r *bufio.Reader) (Screen, error) {
	var s Screen
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return Screen{}, ErrEnded
		}
		if line == "\n" {
			return s, nil
		}
		line = strings.TrimSuffix(line, "\n")
		switch line {
		case stateLines[Soon]:
			s.State = Soon
		case stateLines[Reached]:
			s.State = Reached
		default:
			s.Lines = append(s.Lines, line)
		}
	}
}
