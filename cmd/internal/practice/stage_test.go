package practice

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown returns what a program shows now.
func (p program) shown(t *testing.T) Screen {
	t.Helper()
	var out strings.Builder
	if err := p.show(&out); err != nil {
		t.Fatal(err)
	}
	s, err := ReadScreen(bufio.NewReader(strings.NewReader(out.String())))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each program begins short of its goal, and reaches it by what is written into
// its memory alone.
func TestGoals(t *testing.T) {
	memory := make([]byte, heapSize)
	for name, write := range map[string]func(){
		"answer":  func() { binary.NativeEndian.PutUint64(at(memory, 0x40), heapStart(memory)) },
		"greeter": func() { copy(memory[0x1a0:], "Ada\x00\x00\x00\x00\x00") },
		"score":   func() { at(memory, 0x2d8).setInt(5000) },
		"bar":     func() { at(memory, 0x5c4).setInt(1000) },
		"car":     func() { at(memory, 0x384).setFloat(300); at(memory, 0x6b0).setDouble(500) },
		"ledger":  func() { at(memory, 0x4e8).setInt(0); at(memory, 0x914).setInt(9000) },
		"vault":   func() { at(memory, int(treasure-startOf(memory))).setInt(1_000_000) },
	} {
		t.Run(name, func(t *testing.T) {
			clear(memory)
			p := makers[name](memory, 2)
			if s := p.shown(t); s.State != Open || len(s.Lines) == 0 {
				t.Errorf("at first %+v", s)
			}
			if write(); p.shown(t).State != Reached {
				t.Errorf("the goal is not reached: %+v", p.shown(t))
			}
		})
	}
}

// A program never reaches its goal by itself, however long it runs.
func TestNoGoalByItself(t *testing.T) {
	for _, name := range Names() {
		p := makers[name](make([]byte, heapSize), 2)
		for i := range 500 {
			if p.step != nil {
				p.step()
			}
			if p.beat != nil {
				p.beat()
			}
			if s := p.shown(t); s.State != Open {
				t.Fatalf("%s after %d steps: %+v", name, i, s)
			}
		}
	}
}

// The reactor undoes what is written once, and is charged when it is kept.
func TestReactorFightsBack(t *testing.T) {
	memory := make([]byte, heapSize)
	p := newReactor(memory, 1)
	power := at(memory, 0x73c)
	power.setInt(500)
	if s := p.shown(t); s.State != Soon {
		t.Errorf("with power: %+v", s)
	}
	if p.beat(); power.int() >= 500 {
		t.Error("the power stays")
	}
	if p.beat(); p.shown(t).State != Open {
		t.Error("the charge stays")
	}
	for range 8 {
		power.setInt(500)
		p.beat()
	}
	if s := p.shown(t); s.State != Reached {
		t.Errorf("charged: %+v", s)
	}
	if p.beat(); p.shown(t).State != Reached {
		t.Error("the full charge is lost")
	}
}

// The vault's coins are elsewhere in the next run, and the first run does not
// count.
func TestVaultMoves(t *testing.T) {
	memory := make([]byte, heapSize)
	p := newVault(memory, 1)
	first := treasure
	at(memory, int(treasure-startOf(memory))).setInt(2_000_000)
	if s := p.shown(t); s.State != Open {
		t.Errorf("run 1: %+v", s)
	}
	newVault(memory, 2)
	if treasure == first {
		t.Error("the coins are where they were")
	}
}

// A program shows its screen for each line and goes on by a step for an empty
// one, until its input ends.
func TestPlay(t *testing.T) {
	var out strings.Builder
	p := newScore(make([]byte, heapSize), 1)
	if err := p.play(context.Background(), strings.NewReader("\nshow\n\n"), &out); err != nil {
		t.Fatal(err)
	}
	want := "Score 100\n\nScore 93\n\nScore 93\n\nScore 89\n\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	silent, never := io.Pipe()
	defer never.Close()
	if err := p.play(ctx, silent, io.Discard); err != nil {
		t.Error(err)
	}
}

func TestReadScreen(t *testing.T) {
	r := bufio.NewReader(strings.NewReader("a\nb\n★ goal reached\n\n… it works; keep it like this\n\nhalf"))
	var got []Screen
	for {
		s, err := ReadScreen(r)
		if errors.Is(err, ErrEnded) {
			break
		}
		got = append(got, s)
	}
	want := []Screen{{[]string{"a", "b"}, Reached}, {nil, Soon}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := Run(context.Background(), "nosuch", 1, nil, nil); err == nil {
		t.Error("a program that does not exist runs")
	}
}
