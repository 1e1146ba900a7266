package repl

import (
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	prompt "github.com/c-bata/go-prompt"

	"quarry/session/bug"
)

// escapeTimeout is how long the rest of an escape sequence may take to arrive.
const escapeTimeout = 50 * time.Millisecond

// ending says why a wait for a line is over.
type ending int

const (
	entered     ending = iota // Enter
	interrupted               // Ctrl-C
	ended                     // Ctrl-D on an empty line
	suspended                 // Ctrl-Z
	resized                   // the window has another size
	noticed                   // there are notices to show
	aborted                   // the context ended, or nothing can be read any more
	failed                    // go-prompt panicked
)

// errNoKey tells go-prompt's reading goroutine that there is no key now.
var errNoKey = errors.New("no key")

// keyboard is the ConsoleParser that go-prompt reads from. What it cures:
//
//   - The terminal's own settings are kept by value and restored after each line.
//   - Several keys that arrive in one read, as a paste or fast arrows do, are handed over one by
//     one, text in one piece. What follows a key that may end the line is held back until it is
//     known whether it did: for the next line, if so. go-prompt would lose it.
//   - Keys that go-prompt does not know are dropped: it would insert their bytes as text.
//   - A read waits instead of polling, and yet ends when the line does.
//
// go-prompt calls Read on a goroutine of its own, which lives from Setup to the end of the line;
// all else is called by the goroutine that reads lines, except request.
type keyboard struct {
	in      *wakeable
	out     *os.File
	modes   modes
	window  size       // as go-prompt knows it
	resumed func(size) // is told of it when a line begins

	held    []byte // read and not yet handed over
	pasting bool
	going   bool   // the last key goes through suggestions or the history: go-prompt forgets where when it is left
	how     ending // what the last key that may end the line means
	err     error  // why nothing can be read any more

	shut         atomic.Bool // such a key was handed over: nothing more for now
	dead         atomic.Bool // go-prompt is given up; its goroutine is to sleep
	wantAbort    atomic.Bool
	wantRedraw   atomic.Bool
	wantNotice   atomic.Bool
	keepSettings bool // the line goes on: TearDown leaves the terminal raw
}

var _ prompt.ConsoleParser = (*keyboard)(nil)

func newKeyboard(in, out *os.File) (*keyboard, error) {
	w, err := newWakeable(in)
	if err != nil {
		return nil, err
	}
	return &keyboard{in: w, out: out, modes: modes{fd: int(in.Fd())}}, nil
}

// Setup begins the wait for a line. go-prompt ignores its error, so it is kept and ends the line.
func (k *keyboard) Setup() error {
	if err := k.modes.setRaw(); err != nil {
		k.err = err
		k.wantAbort.Store(true)
	} else if !k.keepSettings {
		k.tell(bracketedPasteOn)
	}
	k.keepSettings = false
	k.wantRedraw.Store(false)
	k.shut.Store(false)
	return k.err
}

// TearDown ends it and restores the terminal, unless the line is to go on after a new Setup.
func (k *keyboard) TearDown() error {
	k.shut.Store(true)
	if k.keepSettings {
		return nil
	}
	return k.restore()
}

// restore restores the terminal, whatever state the line is in.
func (k *keyboard) restore() error {
	if k.modes.raw {
		k.tell(bracketedPasteOff)
	}
	return k.modes.restore()
}

// With bracketed paste the terminal marks what is pasted, so that a tab in it is no completion.
const (
	bracketedPasteOn  = "\x1b[?2004h"
	bracketedPasteOff = "\x1b[?2004l"
)

func (k *keyboard) tell(sequence string) { _, _ = k.out.WriteString(sequence) }

// GetWinSize is asked by go-prompt after each Setup. It uses the rows only to refuse to draw in
// a small window ("too small"), so it is told that there are plenty; the completer limits the
// drop-down to what fits.
func (k *keyboard) GetWinSize() *prompt.WinSize {
	k.window = windowSize(k.out)
	if k.resumed != nil {
		k.resumed(k.window)
	}
	columns := min(max(k.window.columns, minColumns), math.MaxUint16)
	return &prompt.WinSize{Row: math.MaxUint16, Col: uint16(columns)}
}

// minColumns is the least width that go-prompt draws in.
const minColumns = 4

// Read returns the next key, or errNoKey. It waits for one while the line goes on. No key is handed
// over while go-prompt has a wrong idea of the window's size.
//
// A panic on go-prompt's goroutine would end the program with the terminal as it is: it ends the
// line instead.
func (k *keyboard) Read() (key []byte, err error) {
	if err := bug.Guard(func() error { key, err = k.read(); return nil })(); err != nil {
		k.err = err
		return k.leave(aborted), nil
	}
	return key, err
}

func (k *keyboard) read() ([]byte, error) {
	all := false // nothing more will come of a key that looks unfinished
	for {
		switch {
		case k.dead.Load():
			select {} // nobody takes keys from this goroutine, nor can it be told to end
		case k.shut.Load():
			return nil, errNoKey
		case k.wantAbort.Swap(false):
			return k.leave(aborted), nil
		case k.wantRedraw.Swap(false), windowSize(k.out) != k.window:
			return k.leave(resized), nil
		case len(k.held) == 0 && !k.going && k.wantNotice.Swap(false):
			return k.leave(noticed), nil
		}
		if key := k.next(all); key != "" {
			return []byte(key), nil
		}
		err := k.fill()
		all = errors.Is(err, errTimeout)
		if err != nil && !all && !errors.Is(err, errWoken) {
			k.err = err
			return k.leave(aborted), nil
		}
	}
}

// fill reads on into held. For the rest of a key it does not wait long.
func (k *keyboard) fill() error {
	timeout := forever
	if len(k.held) > 0 {
		timeout = escapeTimeout
	}
	var chunk [4096]byte
	n, err := k.in.read(chunk[:], timeout)
	k.held = append(k.held, chunk[:n]...)
	return err
}

// next takes the next key off held: text in one piece, or one command. It returns "" when nothing
// whole is held; all says that no more will come of a key that looks unfinished.
func (k *keyboard) next(all bool) string {
	var typed []byte
	for len(k.held) > 0 {
		n, whole := keyLength(k.held)
		if !whole && !all {
			break
		}
		s := translate(k.held[:n], k.pasting)
		if s.kind == command && len(typed) > 0 {
			break
		}
		k.held = slices.Delete(k.held, 0, n)
		switch s.kind {
		case text:
			typed = append(typed, s.keys...)
			k.going = false
		case pasteBegin, pasteEnd:
			k.pasting = s.kind == pasteBegin
		case command:
			k.going = strings.Contains(goingKeys, s.keys)
			return k.mayEnd(s.keys)
		}
	}
	return string(typed)
}

// mayEnd shuts the keyboard behind a key that may end the line, and returns what stands for it.
func (k *keyboard) mayEnd(key string) string {
	switch key {
	case keyEnter:
		k.how = entered
	case keyCtrlC:
		k.how = interrupted
		k.discard()
	case keyCtrlD:
		k.how = ended
	case keyCtrlZ:
		return string(k.leave(suspended))
	default:
		return key
	}
	k.shut.Store(true)
	return key
}

// leave shuts the keyboard and returns the private key that makes go-prompt return.
func (k *keyboard) leave(how ending) []byte {
	k.how = how
	k.shut.Store(true)
	return []byte(keyLeave)
}

// goOn opens the keyboard again after a key that might have ended the line and did not.
func (k *keyboard) goOn() { k.shut.Store(false) }

// request asks for the wait to be ended, aborted, or for the line to be drawn anew, resized or,
// below what is to be told, noticed. Any goroutine may call it.
func (k *keyboard) request(how ending) {
	switch how {
	case aborted:
		k.wantAbort.Store(true)
	case noticed:
		k.wantNotice.Store(true)
	default:
		k.wantRedraw.Store(true)
	}
	k.in.wake()
}

// forgetAbort drops a request that came too late for the line before.
func (k *keyboard) forgetAbort() {
	k.wantAbort.Store(false)
	k.err = nil
}

// discard drops what is held back for the next line.
func (k *keyboard) discard() { k.held, k.pasting = nil, false }

// giveUp restores the terminal for good after go-prompt panicked and can no longer be trusted.
func (k *keyboard) giveUp() {
	k.dead.Store(true)
	k.in.wake()
	_ = k.restore()
}

// hungUp reports whether the terminal is gone, as opposed to a failure to read it.
func (k *keyboard) hungUp() bool { return errors.Is(k.err, io.EOF) }
