// Package render decides how results look. It is the only place that writes to
// the person: results go to standard output, as text or as one line of JSON;
// messages, hints and progress go to standard error, so that a pipe carries
// results alone.
package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/fatih/color"

	"quarry/session"
)

// Result is what a verb found out or did. Its exported fields and their tags
// are its JSON form.
type Result interface {
	// Text writes the result for a person.
	Text(p *Page)
}

// Output shows results and messages. It may be used by several goroutines.
type Output struct {
	Out, Err io.Writer
	JSON     bool // results as one line of JSON each
	Quiet    bool // no messages and hints; errors still
	Color    bool // results and messages may be coloured

	OutColumns, ErrColumns int // of the terminals that Out and Err are, 0 of what is none

	calls narration // system calls that are told

	results sync.Mutex // held while a result is made, which may tell messages
	mu      sync.Mutex // held while something is written
}

// streamer is a Result that may be too large to be made in one piece. Its Text
// ends when the page has an error.
type streamer interface {
	Result
	// streamJSON writes the JSON form, ended by a newline.
	streamJSON(w io.Writer) error
}

// commented is a Result with something to tell that is no part of it.
type commented interface {
	// Messages returns lines for standard error; as JSON the result holds them.
	Messages() []string
}

// streamed is the size of the pieces that a large result is written in.
const streamed = 64 << 10

// Result shows a result. When it fails, nothing has been written, but for what
// was too large to be made in one piece.
func (o *Output) Result(r Result) error {
	o.results.Lock()
	defer o.results.Unlock()
	show := o.whole
	if _, ok := r.(streamer); ok {
		show = o.stream
	}
	err := show(r)
	if c, ok := r.(commented); ok && !o.JSON && err == nil {
		for _, line := range c.Messages() {
			o.Message("%s", line)
		}
	}
	return err
}

// whole shows a result at once.
func (o *Output) whole(r Result) error {
	var text bytes.Buffer
	if o.JSON {
		if err := newEncoder(&text).Encode(r); err != nil {
			return err
		}
	} else {
		page := newPage(&text, o.Color)
		page.columns = o.OutColumns
		if r.Text(page); page.err != nil {
			return page.err
		}
	}
	_, err := (&out{Output: o}).Write(text.Bytes())
	return err
}

// stream shows a result piece by piece. What follows one that breaks off begins
// on a line of its own.
func (o *Output) stream(r Result) error {
	to := &out{Output: o}
	w := bufio.NewWriterSize(to, streamed)
	err := func() error {
		if o.JSON {
			return r.(streamer).streamJSON(w)
		}
		page := newPage(w, o.Color)
		r.Text(page)
		return page.err
	}()
	if err != nil {
		if to.begun {
			_, _ = to.Write([]byte("\n"))
		}
		return err
	}
	return w.Flush()
}

// out writes to Out, never while a message is written.
type out struct {
	*Output
	begun bool
}

// Write implements [io.Writer].
func (o *out) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun = true
	return o.Out.Write(b)
}

func newEncoder(w io.Writer) *json.Encoder {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder
}

// Message tells something that is no result.
func (o *Output) Message(format string, args ...any) {
	if !o.Quiet {
		o.line(strings.Join(wrapped(Printable(fmt.Sprintf(format, args...)), o.ErrColumns), "\n"))
	}
}

// Hint tells what to do next or otherwise, on a line of its own.
func (o *Output) Hint(text string) {
	if !o.Quiet && text != "" {
		var lines []string
		for line := range strings.SplitSeq("hint: "+text, "\n") {
			lines = append(lines, wrapped(line, o.ErrColumns)...)
		}
		for i, line := range lines {
			lines[i] = newPage(nil, o.Color).dim.Sprint(Printable(line))
		}
		o.line(strings.Join(lines, "\n"))
	}
}

// Error tells what went wrong in one line, which a terminal may be too narrow for, and
// its advice in another.
func (o *Output) Error(err error) {
	const who = "quarry: "
	lines := wrapped(who+oneLine(err.Error()), o.ErrColumns)
	lines[0] = newPage(nil, o.Color).alarm.Sprint(who) + strings.TrimPrefix(lines[0], who)
	o.line(strings.Join(lines, "\n"))
	if hint := session.Hint(err); hint != "" {
		o.Hint(hint)
	}
}

func (o *Output) line(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fmt.Fprintln(o.Err, text)
}

// oneLine joins the lines of a text.
func oneLine(text string) string { return Printable(strings.Join(strings.Fields(text), " ")) }

// ErrColor is the state of a colour setting that does not exist.
var ErrColor = errors.New("colour is auto, always or never")

// ParseColor decides on colours: "always", "never", or "auto", which is
// terminal unless the environment holds NO_COLOR (https://no-color.org) or the
// terminal is dumb.
func ParseColor(setting string, terminal bool, env func(string) string) (bool, error) {
	switch setting {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return terminal && env("NO_COLOR") == "" && env("TERM") != "dumb", nil
	}
	return false, fmt.Errorf("--color %q: %w", setting, ErrColor)
}

// Page is where a result writes its text.
type Page struct {
	w                                io.Writer
	err                              error // why the result cannot be shown
	plain, bold, dim, address, alarm *color.Color
	colored                          bool
	columns                          int // of the terminal, 0 where there is none
}

func newPage(w io.Writer, colored bool) *Page {
	style := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if colored {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &Page{
		w: w, colored: colored, plain: style(color.Reset), bold: style(color.Bold), dim: style(color.Faint),
		address: style(color.FgCyan), alarm: style(color.FgRed),
	}
}

// Line writes one line.
func (p *Page) Line(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format+"\n", args...); err != nil && p.err == nil {
		p.err = err
	}
}
