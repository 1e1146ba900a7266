package repl

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const esc = 0x1b

// maxSequence bounds an escape sequence: what is longer is no key.
const maxSequence = 32

// keyLength returns the length of the first key in b, which must not be empty. A key is one
// character, one control character or one escape sequence. whole is false when b may be only the
// beginning of the key, which reaches to the end of b.
func keyLength(b []byte) (n int, whole bool) {
	switch {
	case b[0] == esc:
		return escapeLength(b)
	case b[0] < utf8.RuneSelf:
		return 1, true
	case !utf8.FullRune(b):
		return len(b), false
	}
	_, n = utf8.DecodeRune(b)
	return n, true
}

// escapeLength is keyLength for b that begins with an escape.
func escapeLength(b []byte) (n int, whole bool) {
	if len(b) == 1 {
		return 1, false
	}
	switch c := b[1]; {
	case c == '[':
		return csiLength(b)
	case c == 'O' && len(b) == 2:
		return 2, false
	case c == 'O' && isPrintable(b[2]): // as the arrow keys in application mode
		return 3, true
	case c == 'O':
		return 2, true
	case c < ' ': // Escape itself, and then another key
		return 1, true
	}
	n, whole = keyLength(b[1:]) // Alt and a key
	return n + 1, whole
}

// csiLength is keyLength for b that begins with the control sequence introducer, ESC [.
func csiLength(b []byte) (n int, whole bool) {
	if len(b) > 2 && b[2] == '[' { // function keys of the Linux console
		switch {
		case len(b) == 3:
			return 3, false
		case isPrintable(b[3]):
			return 4, true
		default:
			return 3, true
		}
	}
	for i := 2; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '@' && c <= '~':
			return i + 1, true
		case !isPrintable(c) || i == maxSequence: // no key: end it before what does not belong
			return i, true
		}
	}
	return len(b), false
}

func isPrintable(c byte) bool { return c >= ' ' && c <= '~' }

// strokeKind says what is to be done with a key.
type strokeKind int

const (
	ignored    strokeKind = iota // unknown here; go-prompt would insert it as text
	text                         // characters to insert
	command                      // a key that go-prompt knows
	pasteBegin                   // the terminal says: what follows is pasted
	pasteEnd
)

// stroke is a key in the form go-prompt is to see it.
type stroke struct {
	kind strokeKind
	keys string
}

// The keys that go-prompt knows, in the one form of each that is handed to it.
const (
	keyCtrlC       = "\x03"
	keyCtrlD       = "\x04"
	keyTab         = "\t"
	keyEnter       = "\n"
	keyCtrlW       = "\x17"
	keyCtrlZ       = "\x1a"
	keyUp          = "\x1b[A"
	keyDown        = "\x1b[B"
	keyHome        = "\x1b[H"
	keyEnd         = "\x1b[F"
	keyBackTab     = "\x1b[Z"
	keyWordRight   = "\x1b[1;5C"    // prompt.ControlRight
	keyWordLeft    = "\x1b[1;5D"    // prompt.ControlLeft
	keyDeleteWord  = "\x1b[3;5~"    // prompt.ControlDelete
	keyLeft        = "\x1b[\x19;2~" // prompt.F20 to F24 in go-prompt's table, which no terminal sends
	keyRight       = "\x1b[\x20;2~"
	keyBackspace   = "\x1b[\x21;2~"
	keyDelete      = "\x1b[\x23;2~"
	keyLeave       = "\x1b[\x24;2~"
	replacementKey = string(utf8.RuneError)
)

// controlKeys are the control characters that edit a line; the others do nothing.
const controlKeys = "\x01" + keyCtrlC + keyCtrlD + "\x05" + keyTab + "\x0b\x0c\x0e\x10\x12\x15" + keyCtrlW + keyCtrlZ

// goingKeys go through the suggestions or the history.
const goingKeys = keyTab + keyBackTab + keyUp + keyDown + "\x0e\x10" // the last two are Ctrl-N and Ctrl-P

// sameAs are the control characters that do what another key does.
var sameAs = map[byte]string{'\x02': keyLeft, '\x06': keyRight, '\x08': keyBackspace, '\x7f': keyBackspace}

// translate says what a key, as keyLength cut it, means. Among pasted text a tab is a blank and
// nothing but Enter is a command.
func translate(key []byte, pasting bool) stroke {
	switch c := key[0]; {
	case c == esc && pasting:
		if s := translateEscape(string(key[1:])); s.kind == pasteEnd {
			return s
		}
		return stroke{}
	case c == esc:
		return translateEscape(string(key[1:]))
	case c == '\r' || c == '\n':
		return stroke{command, keyEnter}
	case c == '\t' && pasting:
		return stroke{text, " "}
	case c < ' ' || c == 0x7f:
		if same := sameAs[c]; same != "" && !pasting {
			return stroke{command, same}
		}
		if pasting || strings.IndexByte(controlKeys, c) < 0 {
			return stroke{}
		}
		return stroke{command, string(key)}
	}
	if r, _ := utf8.DecodeRune(key); r == utf8.RuneError {
		return stroke{text, replacementKey}
	} else if unicode.IsControl(r) {
		return stroke{}
	}
	return stroke{text, string(key)}
}

// translateEscape translates what follows an escape.
func translateEscape(s string) stroke {
	switch {
	case s == "b":
		return stroke{command, keyWordLeft}
	case s == "f":
		return stroke{command, keyWordRight}
	case s == "d":
		return stroke{command, keyDeleteWord}
	case s == "\x7f":
		return stroke{command, keyCtrlW}
	case strings.HasPrefix(s, "[["):
		return stroke{}
	case len(s) >= 2 && (s[0] == '[' || s[0] == 'O'):
		return translateSequence(s[1:len(s)-1], s[len(s)-1])
	}
	return stroke{}
}

// translateSequence translates an escape sequence by its parameters and its final character.
func translateSequence(parameters string, final byte) stroke {
	if strings.Trim(parameters, "0123456789;") != "" { // an answer of the terminal, not a key
		return stroke{}
	}
	number, modifier, _ := strings.Cut(parameters, ";")
	if modifier == "" && final != '~' {
		modifier = number
	}
	m, _ := strconv.Atoi(modifier)
	byWord := m >= 3 // Alt, Control and what is pressed with them; 2 is Shift
	switch final {
	case 'A':
		return stroke{command, keyUp}
	case 'B':
		return stroke{command, keyDown}
	case 'C':
		return stroke{command, choose(byWord, keyWordRight, keyRight)}
	case 'D':
		return stroke{command, choose(byWord, keyWordLeft, keyLeft)}
	case 'c': // Control with an arrow, as rxvt sends it
		return stroke{command, keyWordRight}
	case 'd':
		return stroke{command, keyWordLeft}
	case 'H':
		return stroke{command, keyHome}
	case 'F':
		return stroke{command, keyEnd}
	case 'Z':
		return stroke{command, keyBackTab}
	case '~':
		return translateNumbered(number, byWord)
	}
	return stroke{}
}

// translateNumbered translates the keys that are told apart by a number, as ESC [ 3 ~.
func translateNumbered(number string, byWord bool) stroke {
	switch number {
	case "1", "7":
		return stroke{command, keyHome}
	case "4", "8":
		return stroke{command, keyEnd}
	case "3":
		return stroke{command, choose(byWord, keyDeleteWord, keyDelete)}
	case "200":
		return stroke{kind: pasteBegin}
	case "201":
		return stroke{kind: pasteEnd}
	}
	return stroke{}
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}
