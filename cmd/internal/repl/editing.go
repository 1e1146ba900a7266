package repl

import (
	"unicode"

	prompt "github.com/c-bata/go-prompt"
)

// bindings are the keys that do more than go-prompt's own.
func (e *editor) bindings() []prompt.KeyBind {
	return []prompt.KeyBind{
		{Key: prompt.F24, Fn: e.leave}, // keyLeave
		{Key: prompt.ControlC, Fn: e.leave},
		{Key: prompt.ControlD, Fn: func(*prompt.Buffer) { e.keys.goOn() }}, // not called on an empty line
		{Key: prompt.Tab, Fn: e.listAll},
		{Key: prompt.BackTab, Fn: e.listAll},
		{Key: prompt.ControlLeft, Fn: wordLeft},
		{Key: prompt.ControlRight, Fn: wordRight},
		{Key: prompt.ControlDelete, Fn: deleteWordRight},
		{Key: prompt.ControlR, Fn: e.history.search},
	}
}

// The word movements are not go-prompt's, which take offsets in bytes for numbers of characters
// and panic past the end of a line that is not ASCII.

func wordLeft(b *prompt.Buffer) {
	before := []rune(b.Document().TextBeforeCursor())
	n := len(before)
	for n > 0 && unicode.IsSpace(before[n-1]) {
		n--
	}
	for n > 0 && !unicode.IsSpace(before[n-1]) {
		n--
	}
	b.CursorLeft(len(before) - n)
}

func wordRight(b *prompt.Buffer) { b.CursorRight(toWordEnd(b)) }

func deleteWordRight(b *prompt.Buffer) { b.Delete(toWordEnd(b)) }

// toWordEnd is the number of characters from the cursor to the next end of a word.
func toWordEnd(b *prompt.Buffer) int {
	after := []rune(b.Document().TextAfterCursor())
	n := 0
	for n < len(after) && unicode.IsSpace(after[n]) {
		n++
	}
	for n < len(after) && !unicode.IsSpace(after[n]) {
		n++
	}
	return n
}

// setLine replaces the whole line and puts the cursor at its end.
func setLine(b *prompt.Buffer, line string) {
	b.Delete(len([]rune(b.Document().TextAfterCursor())))
	b.DeleteBeforeCursor(len([]rune(b.Text())))
	b.InsertText(line, false, true)
}
