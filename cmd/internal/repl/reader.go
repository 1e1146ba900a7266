package repl

import (
	"context"
	"errors"
	"os"

	"golang.org/x/term"
)

// Suggestion is one completion: the word that replaces the one being typed, and a one-line help.
//
// Text is the word as the command will receive it. The reader quotes it where the line needs
// that, so a completer that works on SplitPartial's words never sees or makes a quote.
type Suggestion struct{ Text, Description string }

// ErrGivenUp is what ReadLine returns for a line that Ctrl-C gave up.
var ErrGivenUp = errors.New("the line was given up")

// LineReader reads lines one after another. It is used by one goroutine at a time.
type LineReader interface {
	// ReadLine shows the prompt and returns the next line without its newline. It returns io.EOF
	// at the end: Ctrl-D on an empty line, the end of a script, a terminal that hung up. When ctx
	// ends the wait it returns ctx.Err() promptly, with the terminal restored. Ctrl-C at the
	// prompt gives up the line: ErrGivenUp.
	ReadLine(ctx context.Context, prompt string) (string, error)

	// Lines returns the lines that were read, the oldest first, with those of earlier runs where
	// they are kept. A line that recalls another is not among them, see Recall.
	Lines() []string

	// Remember adds a line to those, as what a line that recalls another stands for.
	Remember(line string)

	// Close restores the terminal and gives back what the reader holds. It does not close the
	// files the reader was opened with.
	Close() error
}

// Options say what a LineReader reads from and how it helps.
type Options struct {
	// In and Out are the standard input and output. On a terminal, prompt and echo go to Out.
	In, Out *os.File
	// Complete returns what may stand in place of the word being typed. It gets the text left of
	// the cursor, from the start of the line, and is called once for each text, while the person
	// types: it must be quick. nil: none.
	Complete func(line string) []Suggestion
	// HistoryFile keeps the lines from one run to the next. "": they are not kept.
	HistoryFile string
	// NoColor draws the drop-down without colours, as NO_COLOR in the environment does.
	NoColor bool
	// Notices gets what the reader itself has to say, such as a history that cannot be written.
	Notices *Notices
}

// Open returns a reader with editing, completion and history when In and Out are terminals, TERM
// is not "dumb" and /dev/tty opens; otherwise one that reads In plainly.
func Open(o Options) (LineReader, error) {
	if Interactive(o.In, o.Out) && os.Getenv("TERM") != "dumb" && hasControllingTerminal() {
		return openEditor(o)
	}
	return openPlain(o)
}

// Interactive reports whether a person sits at both ends: in and out are terminals.
func Interactive(in, out *os.File) bool {
	return in != nil && out != nil && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}
