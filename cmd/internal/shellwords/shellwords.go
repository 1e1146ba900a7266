// Package shellwords splits lines into words by the quoting rules of the shell, also lines that are
// still being typed, and quotes words so that they are split off again as they are.
package shellwords

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a line cannot be split into words.
type SyntaxError struct {
	Column  int    // 1 for the first character
	Problem string // such as "the double quote is not closed"
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: %s", e.Column, e.Problem)
}

// Split splits a line into words by the quoting rules of the shell.
//
// Words are separated by blanks. Between single quotes every character stands for itself; between
// double quotes a backslash takes the meaning from $, `, " and \ only; elsewhere it does so from
// any character. '#' at the start of a word begins a comment. Nothing is expanded: < > | & ; $ *
// are ordinary characters.
//
// A quote that is not closed, or a backslash with nothing after it, is a *SyntaxError.
func Split(line string) ([]string, error) {
	l := Parse(line)
	if problem := l.problem(); problem != "" {
		return nil, &SyntaxError{Column: utf8.RuneCountInString(line[:l.opened]) + 1, Problem: problem}
	}
	return l.texts(), nil
}

// SplitPartial splits a line that is still being typed, for completion: the words that are
// finished, the one being typed without its quotes (which may still be open), and the offset in
// line where that one starts. After a blank the word being typed is empty and starts at the end.
func SplitPartial(line string) (done []string, last string, start int) {
	l := Parse(line)
	words := l.texts()
	if !l.Typing {
		return words, "", len(line)
	}
	n := len(words) - 1
	return words[:n], words[n], l.Words[n].Start
}

// Quote returns word in a form that Split reads back as that one word. A word that needs no
// quotes is returned as it is.
func Quote(word string) string {
	switch {
	case word == "":
		return "''"
	case word[0] != '#' && !strings.ContainsAny(word, " \t\r\n'\"\\"):
		return word
	case !strings.Contains(word, "'"):
		return "'" + word + "'"
	default:
		return `"` + escape(word, `"\`) + `"`
	}
}

// escape puts a backslash before each byte of text that is one of special.
func escape(text, special string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(special, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// Word is one word of a line: its text without quotes, and the offset at which it starts.
type Word struct {
	Text  string
	Start int
}

// Line is a line split into words, and the state at its end.
type Line struct {
	Words   []Word
	Typing  bool // the last word touches the end of the line
	Comment bool // the line ends in a comment

	text   string
	quote  byte // the quote that is still open, or 0
	escape bool // the line ends in a backslash that takes the next character
	opened int  // where the open quote or the last backslash stands
}

// Parse splits line, whatever is in it.
func Parse(line string) Line {
	l := Line{text: line}
	var text []byte
	start := -1
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case l.quote == 0 && IsBlank(c):
			if start >= 0 {
				l.Words = append(l.Words, Word{string(text), start})
				text, start = text[:0], -1
			}
			continue
		case l.quote == 0 && c == '#' && start < 0:
			l.Comment = true
			return l
		case start < 0:
			start = i
		}
		switch {
		case l.quote != 0 && c == l.quote:
			l.quote = 0
		case l.quote == 0 && (c == '\'' || c == '"'):
			l.quote, l.opened = c, i
		case c == '\\' && l.escapes(line[i+1:]):
			if i++; i == len(line) {
				l.endInBackslash(i - 1)
				break
			}
			text = append(text, line[i])
		default:
			text = append(text, c)
		}
	}
	if start >= 0 {
		l.Words = append(l.Words, Word{string(text), start})
		l.Typing = true
	}
	return l
}

// Continue returns the word that is being typed, as it was typed, with rest appended in the quotes
// that are open, and closes them. There must be such a word.
func (l Line) Continue(rest string) string {
	raw := l.text[l.Words[len(l.Words)-1].Start:]
	if l.escape {
		raw = raw[:len(raw)-1]
	}
	switch l.quote {
	case '\'':
		return raw + strings.ReplaceAll(rest, "'", `'\''`) + "'"
	case '"':
		return raw + escape(rest, "\"\\") + `"`
	default:
		return raw + escape(rest, " \t'\"\\")
	}
}

// escapes reports whether a backslash before rest takes the meaning from its first character.
func (l *Line) escapes(rest string) bool {
	switch {
	case l.quote == '\'':
		return false
	case l.quote == '"' && rest != "":
		return strings.IndexByte("$`\"\\", rest[0]) >= 0
	default:
		return true
	}
}

// endInBackslash notes a backslash at offset at with nothing after it. An open quote around it is
// the greater trouble and stays the one that is reported.
func (l *Line) endInBackslash(at int) {
	l.escape = true
	if l.quote == 0 {
		l.opened = at
	}
}

// problem says why the line is not whole, or "".
func (l *Line) problem() string {
	switch {
	case l.quote == '\'':
		return "the single quote is not closed"
	case l.quote == '"':
		return "the double quote is not closed"
	case l.escape:
		return "nothing follows the backslash"
	default:
		return ""
	}
}

// texts returns the words without their places.
func (l *Line) texts() []string {
	texts := make([]string, len(l.Words))
	for i, w := range l.Words {
		texts[i] = w.Text
	}
	return texts
}

// IsBlank reports whether a character separates words.
func IsBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
