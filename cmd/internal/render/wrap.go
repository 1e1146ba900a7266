package render

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// narrowest is the narrowest terminal that is wrapped for: on a narrower one the
// words would stand one below the other.
const narrowest = 40

// wrapped returns the lines of a line that is to fit between the columns of a
// terminal, broken between words. Those after the first stand a little further in. It
// stays as it is where columns is 0, for what is no terminal.
func wrapped(text string, columns int) []string {
	if columns < narrowest || runewidth.StringWidth(text) <= columns {
		return []string{text}
	}
	words := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(words)]
	var lines []string
	line, empty := indent, true
	for _, word := range strings.Split(words, " ") {
		if !empty && runewidth.StringWidth(line+" "+word) > columns {
			lines = append(lines, line)
			line, empty = indent+"  ", true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return append(lines, line)
}
