package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine is the longest line a script may have.
const maxLine = 1 << 20

// ErrLineTooLong is what ReadLine returns for a line of a script of more than 1 MiB.
var ErrLineTooLong = errors.New("line is longer than 1 MiB")

// plain is the LineReader without editing: for pipes, files and dumb terminals.
type plain struct {
	in     *wakeable
	prompt *os.File // where the prompt goes; nil when nobody sits there
	held   []byte   // read and not yet returned
	seen   int      // how far held is known to hold no newline
	ended  bool     // the input has ended
	read   history  // of this run alone
}

// openPlain returns a plain reader of o.In. It prompts only where somebody sits at both ends.
func openPlain(o Options) (LineReader, error) {
	if o.In == nil {
		return NewLines(nil), nil
	}
	in, err := newWakeable(o.In)
	if err != nil {
		return nil, err
	}
	p := &plain{in: in}
	if Interactive(o.In, o.Out) {
		p.prompt = o.Out
	}
	return p, nil
}

func (p *plain) ReadLine(ctx context.Context, prompt string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, p.in.wake)
	defer stop()
	p.show(prompt)
	for {
		line, ok := p.take()
		if len(line) > maxLine || p.seen > maxLine+1 {
			return "", fmt.Errorf("%s: %w", p.in.file.Name(), ErrLineTooLong)
		}
		if ok {
			p.read.addTyped(line)
			return line, nil
		}
		switch err := p.fill(); {
		case ctx.Err() != nil:
			p.show("\n")
			return "", ctx.Err()
		case errors.Is(err, errWoken): // by the context of an earlier line
		case errors.Is(err, io.EOF) && len(p.held) == 0:
			p.show("\n")
			return "", io.EOF
		case errors.Is(err, io.EOF): // the last line has no newline
		case err != nil:
			return "", err
		}
	}
}

// Lines implements LineReader.
func (p *plain) Lines() []string { return p.read.list() }

// Remember implements LineReader.
func (p *plain) Remember(line string) { p.read.add(line) }

// take removes the next whole line from what is held.
func (p *plain) take() (line string, ok bool) {
	end, next := len(p.held), len(p.held)
	if i := bytes.IndexByte(p.held[p.seen:], '\n'); i >= 0 {
		end = p.seen + i
		next = end + 1
	} else if p.seen = len(p.held); !p.ended || len(p.held) == 0 {
		return "", false
	}
	line = string(bytes.TrimSuffix(p.held[:end], []byte("\r")))
	p.held, p.seen = p.held[next:], 0
	return line, true
}

// fill reads on. It returns io.EOF at the end, again and again.
func (p *plain) fill() error {
	if p.ended {
		return io.EOF
	}
	var chunk [16 << 10]byte
	n, err := p.in.read(chunk[:], forever)
	p.held = append(p.held, chunk[:n]...)
	p.ended = errors.Is(err, io.EOF)
	return err
}

// show prints text where somebody sits to read it.
func (p *plain) show(text string) {
	if p.prompt != nil {
		_, _ = p.prompt.WriteString(text)
	}
}

// discardTyped drops what was read ahead, when a person typed it.
func (p *plain) discardTyped() {
	if p.prompt != nil {
		p.held, p.seen = nil, 0
	}
}

func (p *plain) Close() error {
	p.in.close()
	return nil
}
