package address

import (
	"fmt"
	"strings"
)

// Expr is an address expression. It never changes. The zero Expr is none; see
// [Expr.IsZero].
type Expr struct {
	root node
}

// IsZero reports whether e is no expression at all.
func (e Expr) IsZero() bool { return e.root == nil }

// String writes the expression as [Parse] reads it.
func (e Expr) String() string {
	if e.root == nil {
		return ""
	}
	return e.root.String()
}

// node is a part of an expression: a number, a name, a symbol, a pointer, or
// one of these with offsets.
type node interface {
	fmt.Stringer
	resolve(r *resolution) (uint64, error)
}

// number is an absolute address.
type number uint64

func (n number) String() string { return fmt.Sprintf("%#x", uint64(n)) }

// name is a module, a kind of region, a labelled entry or a plain symbol.
type name struct{ word }

// symbolName is what follows an ampersand: NAME or MODULE:NAME.
type symbolName struct{ word }

func (s symbolName) String() string { return "&" + s.word.String() }

// pointer is the address that is stored at another.
type pointer struct{ at node }

func (p pointer) String() string { return "[" + p.at.String() + "]" }

// shifted is a base with offsets added.
type shifted struct {
	base    node
	offsets []offset
}

func (s shifted) String() string {
	var b strings.Builder
	b.WriteString(s.base.String())
	for _, o := range s.offsets {
		b.WriteString(o.String())
	}
	return b.String()
}

// offset is one signed number behind a base.
type offset struct {
	minus bool
	by    uint64
}

func (o offset) String() string {
	sign := "+"
	if o.minus {
		sign = "-"
	}
	return fmt.Sprintf("%s%#x", sign, o.by)
}

// word is a name as written. Unless it was quoted, its end may be offsets: which
// part of it is the name is known only in the process.
type word struct {
	text   string
	quoted bool
}

func (w word) String() string {
	if !w.quoted {
		return w.text
	}
	quote := `"`
	if strings.Contains(w.text, quote) {
		quote = "'"
	}
	return quote + w.text + quote
}

// reading is one way to read a word: a name and the offsets behind it.
type reading struct {
	name    string
	offsets []offset
}

// readings returns the ways to read the word, the longest name first.
func (w word) readings() []reading {
	out := []reading{{name: w.text}}
	if w.quoted {
		return out
	}
	for i := len(w.text) - 1; i > 0; i-- {
		if w.text[i] != '+' && w.text[i] != '-' {
			continue
		}
		offsets, rest, err := parseOffsets(w.text[i:])
		if err == nil && rest == "" {
			out = append(out, reading{w.text[:i], offsets})
		}
	}
	return out
}
