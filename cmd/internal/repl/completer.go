package repl

import (
	"strings"
	"unicode"

	prompt "github.com/c-bata/go-prompt"
	runewidth "github.com/mattn/go-runewidth"

	"quarry/cmd/internal/shellwords"
)

const (
	maxRows        = 6   // of the drop-down
	maxSuggestions = 200 // go-prompt lays out all of them anew at each key
)

// wordSeparators are what go-prompt takes for the borders of the word that it replaces. It knows
// no quotes: fitSuggestion makes up for that.
const wordSeparators = " \t"

// completer is the Completer that go-prompt asks for suggestions. What it cures:
//
//   - go-prompt asks several times for the same text and panics if the answer gets shorter while
//     a suggestion is selected: the answer for a text is computed once and kept. One without
//     suggestions cannot get shorter, and is asked for anew: some take longer than a person
//     who types should wait, and are there at the next key.
//   - It replaces the text since the last blank, even inside quotes: suggestions are fitted to that.
//   - It panics when a suggestion is selected in a window too narrow for any, or has no width, and
//     draws nothing but a complaint in a low window: it gets as many suggestions as can be drawn.
//
// It is used only by the goroutine that reads lines.
type completer struct {
	complete func(line string) []Suggestion
	notices  *Notices
	setRows  func(rows int) // tells go-prompt how high the drop-down may be

	window      size
	promptWidth int

	listAll bool   // Tab was pressed on the empty line
	known   bool   // found is the answer for line
	line    string // left of the cursor
	found   []prompt.Suggest
}

// begin forgets the answers: what a command has changed may change them.
func (c *completer) begin(promptWidth int) {
	c.promptWidth = promptWidth
	c.listAll, c.known = false, false
}

// suggest answers go-prompt. On the empty line it suggests only when asked by Tab, so that the
// drop-down does not hide what the last command said.
func (c *completer) suggest(d prompt.Document) []prompt.Suggest {
	line := d.TextBeforeCursor()
	if c.complete == nil || line == "" && !c.listAll || !c.makeRoom(d.Text) {
		return nil
	}
	if line != "" {
		c.listAll = false
	}
	if !c.known || line != c.line || len(c.found) == 0 {
		c.line, c.found, c.known = line, c.find(line), true
	}
	return c.found
}

// makeRoom limits the drop-down to the rows below text, but for the last one (see
// screen.ScrollUp), and reports whether there are any, and columns to draw it in.
func (c *completer) makeRoom(text string) bool {
	const narrowest = 6 // what go-prompt needs to shorten a text, and its scroll bar
	columns := max(c.window.columns, minColumns)
	below := c.window.rows - 1 - (c.promptWidth+runewidth.StringWidth(text))/columns
	rows := min(below-1, maxRows)
	if rows <= 0 || columns-c.promptWidth <= narrowest {
		return false
	}
	c.setRows(rows)
	return true
}

// find computes the suggestions for line. Should Complete panic, there is no completion from then
// on, and a notice says so: a fault in it must not cost the person their work.
func (c *completer) find(line string) (found []prompt.Suggest) {
	l := shellwords.Parse(line)
	if l.Comment {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			c.complete, found = nil, nil
			c.notices.Postf("completion is off: it failed on %q: %v", line, v)
		}
	}()
	for _, s := range c.complete(line) {
		text, ok := fitSuggestion(line, l, s.Text)
		if !ok || hasControl(text) || runewidth.StringWidth(text) == 0 {
			continue
		}
		found = append(found, prompt.Suggest{Text: text, Description: oneLine(s.Description)})
		if len(found) == maxSuggestions {
			break
		}
	}
	return found
}

// fitSuggestion returns the text that makes candidate the last word of line when it stands in
// place of what follows the last blank in line. That is the whole word, quoted where it must be;
// or the end of it, when blanks were typed inside quotes: then the candidate must continue what
// was typed, because the part before the blank stays.
func fitSuggestion(line string, l shellwords.Line, candidate string) (fit string, ok bool) {
	if candidate == "" {
		return "", false
	}
	if !l.Typing {
		return shellwords.Quote(candidate), true
	}
	last := l.Words[len(l.Words)-1]
	raw := line[last.Start:]
	kept := max(strings.LastIndexAny(line, wordSeparators)+1-last.Start, 0)
	whole := shellwords.Quote(candidate)
	if rest, continues := strings.CutPrefix(candidate, last.Text); continues && raw != last.Text {
		whole = l.Continue(rest)
	}
	if !strings.HasPrefix(whole, raw[:kept]) {
		return "", false
	}
	return whole[kept:], true
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// oneLine makes a text safe to be drawn in one row.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
