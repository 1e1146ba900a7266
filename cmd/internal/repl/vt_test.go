package repl

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// vt is as much of a terminal's screen as go-prompt makes use of. It wraps long lines as xterm
// does: only when a character follows the last column.
type vt struct {
	columns, rows int
	cells         [][]rune
	x, y          int
	wrap          bool // the next character goes to the next row
	unread        []byte
	unknown       []string // sequences that are not understood
}

func newVT(s size) *vt {
	v := &vt{columns: s.columns, rows: s.rows}
	for range s.rows {
		v.cells = append(v.cells, v.blank())
	}
	return v
}

func (v *vt) blank() []rune { return slices.Repeat([]rune{' '}, v.columns) }

// resize gives the window another size. As most terminals do, it breaks lines anew that have become
// too long, and takes the cursor along.
func (v *vt) resize(s size) {
	var cells [][]rune
	x, y := v.x, v.y
	for i, row := range v.cells {
		if i == v.y {
			x, y = v.x%s.columns, len(cells)+v.x/s.columns
		}
		text := []rune(strings.TrimRight(string(row), " "))
		for first := true; first || len(text) > 0; first = false {
			n := min(len(text), s.columns)
			cells = append(cells, append(text[:n:n], slices.Repeat([]rune{' '}, s.columns-n)...))
			text = text[n:]
		}
	}
	if above := y - (s.rows - 1); above > 0 {
		cells, y = cells[above:], y-above
	}
	v.columns, v.rows, v.x, v.y, v.wrap = s.columns, s.rows, x, y, false
	for len(cells) < s.rows {
		cells = append(cells, v.blank())
	}
	v.cells = cells[:s.rows]
}

// String is what the screen shows, without blanks at the ends.
func (v *vt) String() string {
	var rows []string
	for _, row := range v.cells {
		rows = append(rows, strings.TrimRight(string(row), " "))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// Write draws what a program sends.
func (v *vt) Write(p []byte) (int, error) {
	v.unread = append(v.unread, p...)
	for len(v.unread) > 0 {
		n, whole := keyLength(v.unread) // sequences look alike in both directions
		if !whole {
			break
		}
		v.draw(string(v.unread[:n]))
		v.unread = v.unread[n:]
	}
	return len(p), nil
}

func (v *vt) draw(s string) {
	switch {
	case s == "\r":
		v.x, v.wrap = 0, false
	case s == "\n", s == "\x1bD":
		v.down()
	case s == "\b":
		v.x, v.wrap = max(v.x-1, 0), false
	case s == "\x1bM":
		if v.y--; v.y < 0 {
			v.y = 0
			v.cells = slices.Insert(v.cells[:v.rows-1], 0, v.blank())
		}
		v.wrap = false
	case strings.HasPrefix(s, "\x1b["):
		v.control(s[2:len(s)-1], s[len(s)-1])
	case s == "\t":
		v.x = min((v.x|7)+1, v.columns-1)
	case s[0] < ' ':
		v.unknown = append(v.unknown, fmt.Sprintf("%q", s))
	default:
		if v.wrap {
			v.down()
			v.x, v.wrap = 0, false
		}
		v.cells[v.y][v.x], _ = utf8.DecodeRuneInString(s)
		if v.x++; v.x == v.columns {
			v.x, v.wrap = v.columns-1, true
		}
	}
}

func (v *vt) down() {
	v.wrap = false
	if v.y++; v.y == v.rows {
		v.y--
		v.cells = append(v.cells[1:], v.blank())
	}
}

func (v *vt) control(parameters string, final byte) {
	n := 1
	_, _ = fmt.Sscanf(parameters, "%d", &n)
	v.wrap = v.wrap && (final == 'm' || final == 'h' || final == 'l')
	switch final {
	case 'A':
		v.y = max(v.y-n, 0)
	case 'B':
		v.y = min(v.y+n, v.rows-1)
	case 'C':
		v.x = min(v.x+n, v.columns-1)
	case 'D':
		v.x = max(v.x-n, 0)
	case 'H':
		v.x, v.y = 0, 0
	case 'J':
		if parameters == "2" {
			v.erase(0)
			break
		}
		copy(v.cells[v.y][v.x:], v.blank())
		v.erase(v.y + 1)
	case 'm', 'h', 'l':
	default:
		v.unknown = append(v.unknown, fmt.Sprintf("%q", "\x1b["+parameters+string(final)))
	}
}

func (v *vt) erase(from int) {
	for y := from; y < v.rows; y++ {
		v.cells[y] = v.blank()
	}
}
