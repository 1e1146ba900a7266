package render

import (
	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// line is a line made of pieces of text, each with a style, which may be nil.
type line []piece

// piece is text in one style.
type piece struct {
	style *color.Color
	text  string
}

// fit returns the line, cut to a width; 0 is any width.
func (l line) fit(width int) string {
	var out paint
	room, whole := width, 0
	for _, one := range l {
		whole += runewidth.StringWidth(one.text)
	}
	cut := width > 0 && whole > width
	if cut {
		room-- // for what tells so
	}
	for _, one := range l {
		text := one.text
		if cut {
			text = runewidth.Truncate(text, room, "")
			room -= runewidth.StringWidth(text)
		}
		if out.add(one.style, text); text != one.text {
			break
		}
	}
	if cut {
		out.add(nil, "…")
	}
	return out.flush().String()
}
