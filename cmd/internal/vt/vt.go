// Package vt is a terminal without a window: it draws what a program sends and
// tells what would be seen. Tests look at it, and pictures for the documentation
// are made of it.
package vt

import (
	"slices"
	"strings"
	"unicode/utf8"

	runewidth "github.com/mattn/go-runewidth"
)

// Screen is what a window shows. It understands what quarry and go-prompt send,
// and remembers in Unknown what else there was. It breaks long lines as xterm
// does: only when a character follows the last column. It is not safe for
// concurrent use.
type Screen struct {
	Unknown []string // sequences that are not understood

	columns, rows int
	cells         [][]cell
	x, y          int
	style         style
	wrap          bool // the next character goes to the next row
	unread        []byte
}

// cell is one place for a character.
type cell struct {
	text  string // the character with what is combined with it; "" behind a wide one
	style style
}

// New returns an empty screen.
func New(columns, rows int) *Screen {
	s := &Screen{columns: columns, rows: rows}
	for range rows {
		s.cells = append(s.cells, s.blank())
	}
	return s
}

func (s *Screen) blank() []cell { return blanks(s.columns) }

func blanks(n int) []cell { return slices.Repeat([]cell{{text: " "}}, n) }

// Resize gives the window another size. As most terminals do, it breaks lines
// anew that have become too long, and takes the cursor along.
func (s *Screen) Resize(columns, rows int) {
	var cells [][]cell
	x, y := s.x, s.y
	for i, row := range s.cells {
		if i == s.y {
			x, y = s.x%columns, len(cells)+s.x/columns
		}
		row = trim(row)
		for first := true; first || len(row) > 0; first = false {
			n := min(len(row), columns)
			cells = append(cells, append(row[:n:n], blanks(columns-n)...))
			row = row[n:]
		}
	}
	if above := y - (rows - 1); above > 0 {
		cells, y = cells[above:], y-above
	}
	s.columns, s.rows, s.x, s.y, s.wrap = columns, rows, x, y, false
	for len(cells) < rows {
		cells = append(cells, s.blank())
	}
	s.cells = cells[:rows]
}

// trim drops blanks that nobody sees from the end of a row.
func trim(row []cell) []cell {
	for len(row) > 0 && row[len(row)-1] == (cell{text: " "}) {
		row = row[:len(row)-1]
	}
	return row
}

// String is what the screen shows, without blanks at the ends.
func (s *Screen) String() string {
	var rows []string
	for _, row := range s.cells {
		var text strings.Builder
		for _, c := range row {
			text.WriteString(c.text)
		}
		rows = append(rows, strings.TrimRight(text.String(), " "))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// Cursor returns the column and the row of the cursor, from 0.
func (s *Screen) Cursor() (x, y int) { return s.x, s.y }

// Write draws what a program sends. What is not whole yet waits for the rest.
func (s *Screen) Write(p []byte) (int, error) {
	s.unread = append(s.unread, p...)
	for len(s.unread) > 0 {
		n := length(s.unread)
		if n == 0 {
			break
		}
		s.draw(string(s.unread[:n]))
		s.unread = s.unread[n:]
	}
	return len(p), nil
}

// length returns the length of the first character or sequence, 0 if it is not whole.
func length(b []byte) int {
	switch {
	case b[0] != esc && !utf8.FullRune(b):
		return 0
	case b[0] != esc:
		_, n := utf8.DecodeRune(b)
		return n
	case len(b) < 2:
		return 0
	case b[1] != '[':
		return 2
	}
	for i := 2; i < len(b); i++ {
		if b[i] >= '@' && b[i] <= '~' {
			return i + 1
		}
	}
	return 0
}

const esc = 0x1b

func (s *Screen) draw(text string) {
	switch {
	case text == "\r":
		s.x, s.wrap = 0, false
	case text == "\n", text == "\x1bD":
		s.down()
	case text == "\b":
		s.x, s.wrap = max(s.x-1, 0), false
	case text == "\x1bM":
		s.up()
	case strings.HasPrefix(text, "\x1b["):
		s.control(text[2:len(text)-1], text[len(text)-1])
	case text == "\t":
		s.x = min((s.x|7)+1, s.columns-1)
	case text[0] < ' ':
		s.Unknown = append(s.Unknown, text)
	default:
		s.put(text)
	}
}

// put draws a character at the cursor.
func (s *Screen) put(text string) {
	width := runewidth.StringWidth(text)
	if before := s.before(); before != nil && (width == 0 || strings.HasSuffix(before.text, joiner)) {
		before.text += text
		return
	}
	if s.wrap || s.x+width > s.columns {
		s.down()
		s.x = 0
	}
	for i := range min(width, s.columns) {
		s.cells[s.y][s.x+i] = cell{text, s.style}
		text = ""
	}
	if s.x += width; s.x >= s.columns {
		s.x, s.wrap = s.columns-1, true
	}
}

// joiner makes one character of the two around it.
const joiner = "\u200d"

// before returns the cell of the character before the cursor, or nil.
func (s *Screen) before() *cell {
	x := s.x - 1
	if s.wrap {
		x = s.x
	}
	for x > 0 && s.cells[s.y][x].text == "" {
		x--
	}
	if x < 0 {
		return nil
	}
	return &s.cells[s.y][x]
}

func (s *Screen) down() {
	s.wrap = false
	if s.y++; s.y == s.rows {
		s.y--
		s.cells = append(s.cells[1:], s.blank())
	}
}

func (s *Screen) up() {
	s.wrap = false
	if s.y--; s.y < 0 {
		s.y = 0
		s.cells = slices.Insert(s.cells[:s.rows-1], 0, s.blank())
	}
}
