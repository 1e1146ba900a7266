package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"unicode"

	prompt "github.com/c-bata/go-prompt"
	runewidth "github.com/mattn/go-runewidth"
	"golang.org/x/sys/unix"
)

// editor is the LineReader on a terminal: go-prompt between a keyboard, a screen and a completer
// that keep its faults from the user.
//
// There is one prompt.Prompt in it, and one call of Input for each line, or several when the
// window's size changes meanwhile, of which go-prompt takes note only when Input begins, or notices
// are to be shown above the line. To
// make Input return in the middle of a line the keyboard hands over a private key, bound to leave;
// the line and the cursor stay in go-prompt's buffer until Input is called again.
type editor struct {
	options   Options
	prompt    *prompt.Prompt
	keys      *keyboard
	screen    *screen
	completer *completer
	history   *history

	leaving bool           // Input is to return after the present key
	left    *prompt.Buffer // the line when it was left
	label   string         // the prompt as it is drawn

	instead LineReader // reads on after go-prompt failed

	signals  chan os.Signal
	watching sync.WaitGroup
}

// openEditor returns an editor. It needs a terminal at both ends and /dev/tty.
func openEditor(o Options) (*editor, error) {
	keys, err := newKeyboard(o.In, o.Out)
	if err != nil {
		return nil, err
	}
	e := &editor{
		options: o,
		keys:    keys,
		screen:  &screen{out: o.Out, noColor: o.NoColor || os.Getenv("NO_COLOR") != ""},
		history: openHistory(o.HistoryFile, o.Notices),
	}
	e.completer = &completer{complete: o.Complete, notices: o.Notices, setRows: e.setRows}
	keys.resumed = func(s size) { e.completer.window = s }
	closeStrayTTY(func() { e.prompt = prompt.New(nil, e.completer.suggest, e.promptOptions()...) })
	e.watchSignals()
	return e, nil
}

func (e *editor) promptOptions() []prompt.Option {
	return append(colorOptions(),
		prompt.OptionParser(e.keys),
		prompt.OptionWriter(e.screen),
		prompt.OptionCompletionWordSeparator(wordSeparators),
		prompt.OptionShowCompletionAtStart(), // else the drop-down of the line before is drawn
		prompt.OptionAddKeyBind(e.bindings()...),
		prompt.OptionSetExitCheckerOnInput(func(string, bool) bool { return e.leaving }),
	)
}

// set applies an option to the prompt. Options are functions on it and work at any time.
func (e *editor) set(o prompt.Option) { _ = o(e.prompt) }

func (e *editor) setRows(rows int) { e.set(prompt.OptionMaxSuggestion(uint16(rows))) }

// watchSignals asks for a redraw when the window's size changes and when a stopped program goes
// on, which may find other terminal settings.
func (e *editor) watchSignals() {
	e.signals = make(chan os.Signal, 1)
	signal.Notify(e.signals, unix.SIGWINCH, unix.SIGCONT)
	e.watching.Go(func() {
		for range e.signals {
			e.keys.request(resized)
		}
	})
}

// ReadLine implements LineReader.
func (e *editor) ReadLine(ctx context.Context, prompt string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if e.instead != nil {
		line, err := e.instead.ReadLine(ctx, prompt)
		if err == nil {
			e.history.addTyped(line)
		}
		return line, err
	}
	e.begin(prompt)
	defer func() { _ = e.keys.restore() }()
	stop := context.AfterFunc(ctx, func() { e.keys.request(aborted) })
	defer stop()
	e.options.Notices.onArrival(func() { e.keys.request(noticed) })
	defer e.options.Notices.onArrival(nil)
	for {
		line, how := e.input()
		switch how {
		case entered:
			e.history.addTyped(line)
			return line, nil
		case interrupted:
			return "", ErrGivenUp
		case ended:
			return "", io.EOF
		case resized:
			e.redraw()
		case noticed:
			e.redraw()
			_ = e.options.Notices.Flush(e.options.Out) // as what is drawn, it has nowhere else to go
		case suspended:
			e.suspend()
		case failed:
			return "", e.readInstead()
		case aborted:
			if err := e.whyAborted(ctx); err != nil {
				setLine(e.left, "")
				return "", err
			}
		}
	}
}

// Lines implements LineReader.
func (e *editor) Lines() []string { return e.history.list() }

// Remember implements LineReader.
func (e *editor) Remember(line string) { e.history.add(line) }

// begin prepares for a new line.
func (e *editor) begin(label string) {
	e.label = singleLine(label)
	e.completer.begin(runewidth.StringWidth(e.label))
	e.set(prompt.OptionPrefix(e.label))
	e.set(prompt.OptionHistory(slices.Clone(e.history.lines)))
	e.keys.forgetAbort()
}

// input lets go-prompt read until the line ends or is left.
func (e *editor) input() (line string, how ending) {
	defer func() {
		if v := recover(); v != nil {
			e.options.Notices.Postf("line editing is off: it failed: %v", v)
			how = failed
		}
	}()
	e.leaving, e.screen.muted = false, false
	line = e.prompt.Input()
	return line, e.keys.how
}

// leave is bound to the keys after which Input is to return. go-prompt breaks the line then; where
// the line goes on, or is broken already, that is not shown.
func (e *editor) leave(b *prompt.Buffer) {
	e.leaving, e.left = true, b
	goesOn := e.keys.how == resized || e.keys.how == noticed
	e.screen.muted = goesOn || e.keys.how == interrupted
	e.keys.keepSettings = goesOn
}

// listAll is bound to Tab: on the empty line it makes the completer suggest.
func (e *editor) listAll(b *prompt.Buffer) {
	if b.Text() == "" {
		e.completer.listAll = true
	}
}

// redraw clears what is left of the line after the window's size has changed, or where notices are
// to be shown, so that go-prompt can draw it anew. Terminals that break long lines anew have moved the cursor with its character.
func (e *editor) redraw() {
	columns := max(windowSize(e.options.Out).columns, minColumns)
	offset := runewidth.StringWidth(e.label) + runewidth.StringWidth(e.left.Document().TextBeforeCursor())
	e.screen.muted = false
	e.screen.CursorUp(offset / columns)
	e.screen.WriteRawStr("\r")
	e.screen.EraseDown()
	_ = e.screen.Flush()
}

// suspend stops the program as Ctrl-Z does while a command runs. The signal goes to this thread,
// so that it is handled before the call returns. Without job control it has no effect.
func (e *editor) suspend() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGTSTP)
}

// whyAborted returns the error that ended the line, or nil when it was an old request.
func (e *editor) whyAborted(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case e.keys.hungUp():
		return io.EOF
	default:
		return e.keys.err
	}
}

// readInstead lets the lines from now on be read without editing: go-prompt has panicked, and the
// state it is in is unknown. The person loses the line, not the session.
func (e *editor) readInstead() error {
	e.keys.giveUp()
	instead, err := openPlain(e.options)
	if err != nil {
		return fmt.Errorf("read on without line editing: %w", err)
	}
	e.instead = instead
	return nil
}

// discardTyped drops what was typed or pasted behind the last line.
func (e *editor) discardTyped() {
	if r, ok := e.instead.(interface{ discardTyped() }); ok {
		r.discardTyped()
		return
	}
	e.keys.discard()
}

// Close implements LineReader.
func (e *editor) Close() error {
	signal.Stop(e.signals)
	close(e.signals)
	e.watching.Wait()
	err := e.keys.restore()
	if e.instead != nil {
		return e.instead.Close() // go-prompt's goroutine still holds the keyboard
	}
	e.keys.in.close()
	return err
}

// singleLine drops from a prompt what go-prompt cannot draw in one row.
func singleLine(s string) string {
	out := []rune(nil)
	for _, r := range s {
		if !unicode.IsControl(r) {
			out = append(out, r)
		}
	}
	return string(out)
}
