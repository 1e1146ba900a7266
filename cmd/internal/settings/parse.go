package settings

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"

	"quarry/session"
)

// ErrFile is the state of a settings file that cannot be read.
var ErrFile = errors.New("bad settings")

// Error is a settings file that cannot be read. It is [ErrFile].
type Error struct {
	Path string
	Place
	Key     string // that is wrong, or "" when it is none
	Problem string
	Advice  string // what would work, or ""
}

// Error tells it in one line, as compilers do.
func (e *Error) Error() string {
	at, key := e.Path, ""
	if e.Row > 0 {
		at += fmt.Sprintf(":%d:%d", e.Row, e.Column)
	}
	if e.Key != "" {
		key = e.Key + ": "
	}
	return at + ": " + key + e.Problem
}

// Is matches ErrFile.
func (e *Error) Is(target error) bool { return target == ErrFile }

// Hint returns what would work.
func (e *Error) Hint() string { return e.Advice }

// adviceError is an error with what would work.
type adviceError struct{ problem, advice string }

func (e *adviceError) Error() string { return e.problem }

// Hint returns what would work.
func (e *adviceError) Hint() string { return e.advice }

// aliases is the table of aliases.
const aliases = "aliases"

const (
	keyAdvice    = "the settings are in, type, color, memory and the table [aliases]"
	syntaxAdvice = `the file is TOML: a line is [aliases], key = "value" or # comment, and text stands in quotes`
	tableAdvice  = `write [aliases] on a line of its own, and each as name = "find --in heap" below it`
)

// reader makes a Config of a TOML document.
type reader struct {
	data   []byte
	c      *Config
	table  string // that keys go to, or "" at the top
	tables map[string]bool
}

// Parse reads settings. path is what messages call the file. The error is an
// [*Error], and there is no Config with it.
func Parse(path string, data []byte) (*Config, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &reader{data: data, c: &Config{Path: path, values: make(map[string]Value)}, tables: make(map[string]bool)}
	p := unstable.Parser{}
	p.Reset(data)
	for p.NextExpression() {
		if err := r.take(p.Expression()); err != nil {
			return nil, err
		}
	}
	if err := p.Error(); err != nil {
		return nil, r.syntaxError(err)
	}
	return r.c, nil
}

// syntaxError tells what the parser of TOML stumbled over.
func (r *reader) syntaxError(err error) error {
	at := 0
	var syntax *unstable.ParserError
	if errors.As(err, &syntax) {
		at = cap(r.data) - cap(syntax.Highlight) // which is a part of the document
		return r.fail(at, "", &adviceError{syntax.Message, syntaxAdvice})
	}
	return r.fail(at, "", &adviceError{err.Error(), syntaxAdvice})
}

// fail returns the error of something wrong at an offset.
func (r *reader) fail(at int, key string, err error) error {
	problem := strings.Join(strings.Fields(err.Error()), " ")
	return &Error{Path: r.c.Path, Place: r.place(at), Key: key, Problem: problem, Advice: session.Hint(err)}
}

// place returns the row and column of an offset.
func (r *reader) place(at int) Place {
	before := r.data[:max(0, min(at, len(r.data)))]
	line := bytes.LastIndexByte(before, '\n') + 1
	return Place{bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[line:]) + 1}
}

// take reads a line of the file.
func (r *reader) take(node *unstable.Node) error {
	switch node.Kind {
	case unstable.Table, unstable.ArrayTable:
		key, at := keyOf(node)
		name := strings.Join(key, ".")
		switch {
		case name != aliases:
			return r.fail(at, name, &adviceError{"no such table", keyAdvice})
		case node.Kind == unstable.ArrayTable:
			return r.fail(at, name, &adviceError{"it is one table", tableAdvice})
		case r.tables[name] || len(r.c.Aliases) > 0:
			return r.fail(at, name, &adviceError{"it is there twice", ""})
		}
		r.table, r.tables[name] = name, true
	case unstable.KeyValue:
		return r.set(node)
	}
	return nil
}

// set reads a key and its value.
func (r *reader) set(node *unstable.Node) error {
	key, at := keyOf(node)
	if r.table != "" {
		key = append([]string{r.table}, key...)
	}
	name := strings.Join(key, ".")
	check := checks[name]
	isAlias := len(key) == 2 && key[0] == aliases
	switch {
	case name == aliases:
		return r.fail(at, name, &adviceError{"it is a table", tableAdvice})
	case check == nil && !isAlias:
		return r.fail(at, name, &adviceError{"no such key", keyAdvice})
	}
	valueAt := r.valueOffset(node)
	if node.Value().Kind != unstable.String {
		return r.fail(valueAt, name, &adviceError{"the value is no text", "write it in quotes: " + key[len(key)-1] + ` = "…"`})
	}
	v := Value{string(node.Value().Data), r.place(valueAt)}
	if isAlias {
		return r.alias(key[1], at, v)
	}
	if _, twice := r.c.values[name]; twice {
		return r.fail(at, name, &adviceError{"it is there twice", ""})
	}
	if err := check(v.Text); err != nil {
		return r.fail(valueAt, name, err)
	}
	r.c.values[name] = v
	return nil
}

// alias reads an alias whose name is at an offset.
func (r *reader) alias(name string, at int, v Value) error {
	key := aliases + "." + name
	if err := checkName(name); err != nil {
		return r.fail(at, aliases, err)
	}
	if _, twice := r.c.Alias(name); twice {
		return r.fail(at, key, &adviceError{"it is there twice", ""})
	}
	a, err := newAlias(name, v.Text)
	a.Place, a.Named = v.Place, r.place(at)
	if err != nil {
		return &Error{Path: r.c.Path, Place: a.Place, Key: key, Problem: err.Error(), Advice: session.Hint(err)}
	}
	r.c.Aliases = append(r.c.Aliases, a)
	return nil
}

// AliasError returns the error of an alias that has no meaning, at its name.
func (c *Config) AliasError(a Alias, at Place, problem, advice string) error {
	return &Error{Path: c.Path, Place: at, Key: aliases + "." + a.Name, Problem: problem, Advice: advice}
}

// keyOf returns the parts of the key of a node, and its offset.
func keyOf(node *unstable.Node) (key []string, at int) {
	for it := node.Key(); it.Next(); {
		if key == nil {
			at = int(it.Node().Raw.Offset)
		}
		key = append(key, string(it.Node().Data))
	}
	return key, at
}

// valueOffset returns where the value of a key begins.
func (r *reader) valueOffset(node *unstable.Node) int {
	at := 0
	for it := node.Key(); it.Next(); {
		at = int(it.Node().Raw.Offset + it.Node().Raw.Length)
	}
	return len(r.data) - len(bytes.TrimLeft(r.data[at:], " \t="))
}
