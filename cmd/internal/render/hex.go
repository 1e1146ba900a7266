package render

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"quarry/session"
)

// Hex is a piece of memory, byte by byte.
type Hex struct {
	Address  Address
	Bytes    []byte // zero where they cannot be read
	Readable []session.Range
	Labels   []Label
	Pointers []Pointer
	Changed  []bool // since it was shown last; nil: nothing has been
	Columns  int    // bytes in a line
}

// Label is an entry that lies in a piece of memory.
type Label struct {
	Address Address `json:"address"`
	Size    int     `json:"size"`
	Name    string  `json:"name"`
}

// Pointer is a word that holds an address.
type Pointer struct {
	Address Address `json:"address"`
	Target  Address `json:"target"`
	Place   string  `json:"place"`
	Name    string  `json:"name,omitempty"` // of the entry or symbol there
}

// Span is a range of addresses.
type Span struct {
	Start Address `json:"start"`
	End   Address `json:"end"`
}

// MarshalJSON writes the bytes in hexadecimal, and what cannot be read and what
// has changed as ranges.
func (h Hex) MarshalJSON() ([]byte, error) {
	out := struct {
		Address    Address   `json:"address"`
		Bytes      string    `json:"bytes"`
		Unreadable []Span    `json:"unreadable"`
		Labels     []Label   `json:"labels"`
		Pointers   []Pointer `json:"pointers,omitempty"`
		Changed    []Span    `json:"changed,omitempty"`
	}{h.Address, hex.EncodeToString(h.Bytes), []Span{}, h.Labels, h.Pointers, nil}
	if out.Labels == nil {
		out.Labels = []Label{}
	}
	out.Unreadable = append(out.Unreadable, h.spans(func(i int) bool { return !h.readable(i) })...)
	out.Changed = h.spans(h.changed)
	return json.Marshal(out)
}

// spans returns the ranges of the bytes for which is holds.
func (h Hex) spans(is func(i int) bool) []Span {
	var spans []Span
	for i := range h.Bytes {
		at := h.Address + Address(i)
		switch last := len(spans) - 1; {
		case !is(i):
		case last >= 0 && spans[last].End == at:
			spans[last].End++
		default:
			spans = append(spans, Span{at, at + 1})
		}
	}
	return spans
}

func (h Hex) readable(i int) bool {
	for _, r := range h.Readable {
		if r.Contains(uint64(h.Address) + uint64(i)) {
			return true
		}
	}
	return false
}

func (h Hex) changed(i int) bool { return h.Changed != nil && h.Changed[i] }

// LineWidth is how wide a line of that many bytes is: address, bytes with a gap
// in the middle, and characters. Sixteen bytes of a 48-bit address take 80.
func LineWidth(columns int) int { return 14 + 3*columns + 1 + 1 + columns }

// Text writes a line for each few bytes, with the labels and pointers in it.
// Lines like the one before are left out, as by hexdump, and a star tells so.
func (h Hex) Text(p *Page) {
	left := false // out
	for from := 0; from < len(h.Bytes); from += h.Columns {
		to := min(from+h.Columns, len(h.Bytes))
		notes := h.notes(p, from, to)
		if from > 0 && to < len(h.Bytes) && notes == "" && h.sameAsBefore(from, to) {
			if !left {
				p.Line("%s", p.dim.Sprint("*"))
			}
			left = true
			continue
		}
		left = false
		line := p.address.Sprintf("%-14s", h.Address+Address(from)) + h.digits(p, from, to) + " " + h.characters(p, from, to)
		p.Line("%s", strings.TrimRight(line+notes, " "))
	}
}

// sameAsBefore reports whether a line and the one before it hold the same, all
// of it readable and unchanged.
func (h Hex) sameAsBefore(from, to int) bool {
	if !bytes.Equal(h.Bytes[from:to], h.Bytes[from-h.Columns:from]) {
		return false
	}
	for i := from - h.Columns; i < to; i++ {
		if !h.readable(i) || h.changed(i) {
			return false
		}
	}
	return true
}

// style returns how a byte looks: zeros recede, text stands out in a colour,
// bytes above ASCII are bold, and what has changed alarms.
func (h Hex) style(p *Page, i int) *color.Color {
	switch b := h.Bytes[i]; {
	case h.changed(i):
		return p.alarm
	case b == 0 || !h.readable(i):
		return p.dim
	case b >= 0x80:
		return p.bold
	case b >= ' ' && b <= '~':
		return p.address
	}
	return nil
}

// digits writes the bytes of a line in hexadecimal, those that cannot be read
// as --, and a star before those that have changed.
func (h Hex) digits(p *Page, from, to int) string {
	var line paint
	for i := from; i < from+h.Columns; i++ {
		before := " "
		if i-from == h.Columns/2 {
			before = "  "
		}
		if i >= to {
			line.add(nil, before+"  ")
			continue
		}
		if h.changed(i) {
			before = before[1:] + "*"
		}
		text := "--"
		if h.readable(i) {
			text = fmt.Sprintf("%02x", h.Bytes[i])
		}
		if before == " " && line.style == h.style(p, i) {
			text, before = " "+text, ""
		}
		if before != "" {
			line.add(nil, before)
		}
		line.add(h.style(p, i), text)
	}
	return line.flush().String()
}

// characters writes the bytes of a line as ASCII.
func (h Hex) characters(p *Page, from, to int) string {
	var line paint
	for i := from; i < to; i++ {
		text := "."
		if b := h.Bytes[i]; !h.readable(i) {
			text = " "
		} else if b >= ' ' && b <= '~' {
			text = string(rune(b))
		}
		line.add(h.style(p, i), text)
	}
	return line.flush().String() + strings.Repeat(" ", from+h.Columns-to)
}

// paint joins pieces of text, colouring those side by side together that look
// alike.
type paint struct {
	strings.Builder
	style *color.Color
	piece []byte
}

func (l *paint) add(style *color.Color, text string) {
	if style != l.style {
		l.flush()
		l.style = style
	}
	l.piece = append(l.piece, text...)
}

// flush writes what has been added.
func (l *paint) flush() *paint {
	if len(l.piece) > 0 && l.style != nil {
		l.WriteString(l.style.Sprint(string(l.piece)))
	} else {
		l.Write(l.piece)
	}
	l.piece = l.piece[:0]
	return l
}

// notes tells of the labels and pointers in a line.
func (h Hex) notes(p *Page, from, to int) string {
	in := func(a Address) bool { return a >= h.Address+Address(from) && a < h.Address+Address(to) }
	notes := ""
	for _, l := range h.Labels {
		if in(l.Address) {
			notes += "  " + p.bold.Sprint(Printable(l.Name))
			if off := l.Address - h.Address - Address(from); off != 0 {
				notes += p.dim.Sprintf("@%d", off)
			}
		}
	}
	for _, pointer := range h.Pointers {
		if in(pointer.Address) {
			notes += "  -> " + Printable(cmp.Or(pointer.Name, pointer.Place))
		}
	}
	return notes
}

// Redraw shows a result in place of the one it showed before, on a terminal.
type Redraw struct {
	Output *Output
	Rows   int // of the terminal
	shown  int // lines of the last result
}

// Result shows a result. One that does not fit the terminal stands below the
// former, as lines that have scrolled away cannot be changed.
func (r *Redraw) Result(result Result) error {
	var text strings.Builder
	result.Text(newPage(&text, r.Output.Color))
	back := ""
	lines := strings.Count(text.String(), "\n")
	if r.shown > 0 && max(lines, r.shown) < r.Rows {
		back = fmt.Sprintf("\x1b[%dA\x1b[J", r.shown)
	} else if r.shown > 0 {
		back = "\n"
	}
	r.shown = lines
	r.Output.mu.Lock()
	defer r.Output.mu.Unlock()
	_, err := io.WriteString(r.Output.Out, back+text.String())
	return err
}
