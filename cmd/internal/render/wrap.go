package render

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// narrowest is the narrowest terminal that is wrapped for: on a narrower one the
// words would stand one below the other.
const narrowest = 40

// wrapped returns the lines of a line that is to fit between the columns of a
// terminal, broken between words. Those after the first stand a little further in. It
// stays as it is where columns is 0, for what is no terminal.
func wrapped(text string, columns int) []string { return broken(text, columns, "  ") }

// paragraph returns the lines of a text, as they are where they fit between the columns
// of a terminal, else broken anew.
func paragraph(lines []string, columns int) []string {
	tooWide := func(line string) bool { return runewidth.StringWidth(line) > columns }
	if columns < narrowest || !slices.ContainsFunc(lines, tooWide) {
		return lines
	}
	return broken(strings.Join(lines, " "), columns, "")
}

// broken is wrapped, with what stands before the lines after the first.
func broken(text string, columns int, hang string) []string {
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
			line, empty = indent+hang, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return append(lines, line)
}
