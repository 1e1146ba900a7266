package address

import "strings"

// notInNames end a name that is not in quotes.
const notInNames = " \t\r\n\x00[]\"'&"

// nameEnd returns where the name that text begins with ends. A name of C++ or
// Rust may hold anything between its own brackets, Map<int, char &>::x, and the
// signs of an operator. When its brackets are not closed, it ends like any other.
func nameEnd(text string) int {
	var open []byte // the brackets that wait to be closed
	for i := 0; i < len(text); {
		if n := operatorLength(text, i); n > 0 {
			i += n
			continue
		}
		c := text[i]
		switch {
		case strings.IndexByte("<({", c) >= 0, c == '[' && len(open) > 0:
			open = append(open, closing[c])
		case len(open) > 0 && strings.IndexByte(">)}]", c) >= 0:
			if open = closed(open, c); open == nil {
				return plainEnd(text)
			}
		case strings.IndexByte("\r\n\x00\"'", c) >= 0:
			if len(open) > 0 {
				return plainEnd(text)
			}
			return i
		case len(open) == 0 && strings.HasPrefix(text[i:], "[abi:") && strings.IndexByte(text[i:], ']') > 0:
			i += strings.IndexByte(text[i:], ']')
		case len(open) == 0 && strings.IndexByte(notInNames, c) >= 0:
			return i
		}
		i++
	}
	if len(open) > 0 {
		return plainEnd(text)
	}
	return len(text)
}

// plainEnd returns where a name without brackets ends.
func plainEnd(text string) int {
	if end := strings.IndexAny(text, notInNames); end >= 0 {
		return end
	}
	return len(text)
}

var closing = map[byte]byte{'<': '>', '(': ')', '{': '}', '[': ']'}

// closed takes off the bracket that c closes, with those of type parameters in
// it, which may have been comparisons. It returns nil when c closes none; an
// empty slice is not nil.
func closed(open []byte, c byte) []byte {
	for i := len(open) - 1; i >= 0; i-- {
		if open[i] == c {
			return open[:i]
		}
		if c == '>' {
			return open // an arrow, or a comparison
		}
		if open[i] != '>' {
			return nil
		}
	}
	return nil
}

// operators are the signs that may follow the word operator and that brackets or
// the end of the name would be taken for, longest first.
var operators = []string{"->*", "<=>", "<<=", ">>=", "()", "[]", "->", "<<", ">>", "<=", ">=", "&&", "&=", "<", ">", "&"}

// operatorLength returns the length of the operator whose signs stand at i, or 0.
func operatorLength(text string, i int) int {
	const word = "operator"
	before, found := strings.CutSuffix(text[:i], word)
	if !found || before != "" && isLetter(before[len(before)-1]) {
		return 0
	}
	for _, signs := range operators {
		if strings.HasPrefix(text[i:], signs) {
			return len(signs)
		}
	}
	return 0
}

func isLetter(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
