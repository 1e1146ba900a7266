package vt

import (
	"strconv"
	"strings"
)

// control carries out a control sequence.
func (s *Screen) control(parameters string, final byte) {
	n := 1
	if v, err := strconv.Atoi(parameters); err == nil {
		n = v
	}
	s.wrap = s.wrap && strings.IndexByte("mhl", final) >= 0
	switch final {
	case 'A':
		s.y = max(s.y-n, 0)
	case 'B':
		s.y = min(s.y+n, s.rows-1)
	case 'C':
		s.x = min(s.x+n, s.columns-1)
	case 'D':
		s.x = max(s.x-n, 0)
	case 'H':
		s.place(parameters)
	case 'J':
		s.erase(parameters)
	case 'K':
		s.eraseInRow(parameters)
	case 'm':
		if !s.style.set(parameters) {
			s.Unknown = append(s.Unknown, "\x1b["+parameters+"m")
		}
	case 'h', 'l': // the shape of the cursor, bracketed paste
	default:
		s.Unknown = append(s.Unknown, "\x1b["+parameters+string(final))
	}
}

// place moves the cursor to a row and a column, both from 1.
func (s *Screen) place(parameters string) {
	row, column, _ := strings.Cut(parameters, ";")
	y, _ := strconv.Atoi(row)
	x, _ := strconv.Atoi(column)
	s.x, s.y = min(max(x-1, 0), s.columns-1), min(max(y-1, 0), s.rows-1)
}

// erase empties the screen, from the cursor on or whole.
func (s *Screen) erase(parameters string) {
	from := s.y + 1
	if parameters == "2" {
		from = 0
	} else {
		s.eraseInRow("")
	}
	for y := from; y < s.rows; y++ {
		s.cells[y] = s.blank()
	}
}

// eraseInRow empties the row of the cursor, from it on or whole.
func (s *Screen) eraseInRow(parameters string) {
	from := s.x
	if parameters == "2" {
		from = 0
	}
	copy(s.cells[s.y][from:], s.blank())
}

// style is how a character looks. The zero value is the terminal's own.
type style struct {
	foreground, background color
	bold, faint, reversed  bool
	italic, underlined     bool
}

// color is one of the sixteen, from 1; 0 is the terminal's own.
type color uint8

// set changes a style by the parameters of a sequence, and reports whether all
// of them are known.
func (s *style) set(parameters string) bool {
	known := true
	for p := range strings.SplitSeq(parameters, ";") {
		n, err := strconv.Atoi(p)
		if p != "" && err != nil {
			return false
		}
		known = s.setOne(n) && known
	}
	return known
}

func (s *style) setOne(n int) bool {
	switch {
	case n == 0:
		*s = style{}
	case n == 1:
		s.bold = true
	case n == 2:
		s.faint = true
	case n == 3:
		s.italic = true
	case n == 4:
		s.underlined = true
	case n == 7:
		s.reversed = true
	case n == 22:
		s.bold, s.faint = false, false
	case n == 23:
		s.italic = false
	case n == 24:
		s.underlined = false
	case n == 27:
		s.reversed = false
	case n >= 30 && n <= 37:
		s.foreground = color(n - 30 + 1)
	case n == 39:
		s.foreground = 0
	case n >= 40 && n <= 47:
		s.background = color(n - 40 + 1)
	case n == 49:
		s.background = 0
	case n >= 90 && n <= 97:
		s.foreground = color(n - 90 + 9)
	case n >= 100 && n <= 107:
		s.background = color(n - 100 + 9)
	default:
		return false
	}
	return true
}
