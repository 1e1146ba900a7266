package repl

import (
	"unicode"

	prompt "github.com/c-bata/go-prompt"
	runewidth "github.com/mattn/go-runewidth"
	"github.com/rivo/uniseg"
)

// bindings are the keys that do more than go-prompt's own.
func (e *editor) bindings() []prompt.KeyBind {
	return []prompt.KeyBind{
		{Key: prompt.F24, Fn: e.leave}, // keyLeave
		{Key: prompt.ControlC, Fn: e.leave},
		{Key: prompt.ControlD, Fn: func(b *prompt.Buffer) { // not called on an empty line
			deleteMarks(b)
			e.keys.goOn()
		}},
		{Key: prompt.F20, Fn: left},            // keyLeft
		{Key: prompt.F21, Fn: right},           // keyRight
		{Key: prompt.F22, Fn: backspace},       // keyBackspace
		{Key: prompt.F23, Fn: deleteCharacter}, // keyDelete
		{Key: prompt.Tab, Fn: e.listAll},
		{Key: prompt.BackTab, Fn: e.listAll},
		{Key: prompt.ControlLeft, Fn: wordLeft},
		{Key: prompt.ControlRight, Fn: wordRight},
		{Key: prompt.ControlDelete, Fn: deleteWordRight},
		{Key: prompt.ControlR, Fn: e.history.search},
	}
}

// What a person sees as one character may be several: a letter and its accents, a
// family of emoji. go-prompt moves by one of them, to where no cursor can be shown.

func left(b *prompt.Buffer) { b.CursorLeft(lastCharacter(b)) }

func right(b *prompt.Buffer) { b.CursorRight(firstCharacter(b)) }

func backspace(b *prompt.Buffer) { b.DeleteBeforeCursor(lastCharacter(b)) }

func deleteCharacter(b *prompt.Buffer) { b.Delete(firstCharacter(b)) }

// deleteMarks deletes what belongs to a character that was deleted.
func deleteMarks(b *prompt.Buffer) {
	after := b.Document().TextAfterCursor()
	marks := 0
	for _, r := range after {
		if runewidth.RuneWidth(r) > 0 {
			break
		}
		marks++
	}
	b.Delete(marks)
}

// lastCharacter is the length in runes of the character before the cursor.
func lastCharacter(b *prompt.Buffer) int {
	n := 0
	for g := uniseg.NewGraphemes(b.Document().TextBeforeCursor()); g.Next(); {
		n = len(g.Runes())
	}
	return n
}

// firstCharacter is the length in runes of the character behind the cursor.
func firstCharacter(b *prompt.Buffer) int {
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(b.Document().TextAfterCursor(), -1)
	return len([]rune(cluster))
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
