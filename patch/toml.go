package patch

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A patch file is read from the nodes of the TOML parser, rather than decoded
// into structs, because a number must keep the text it was written with, and
// every value its row and column.

// table is a table of a TOML document with its keys in order.
type table struct {
	at       int // offset of its header
	keys     []entry
	index    map[string]int // of keys, once they are many
	comments Comments
}

// entry is a key and its value.
type entry struct {
	key     string
	at      int // offset of the key
	valueAt int // offset of the value
	value   tomlValue
}

// tomlValue is a value: text for scalars, list or table for the others.
type tomlValue struct {
	at    int // offset; 0 of a list, see entry
	kind  unstable.Kind
	text  string
	list  []tomlValue
	table *table
}

// get returns the entry with that key.
func (t *table) get(key string) (entry, bool) {
	const few = 16
	if len(t.keys) > few {
		i, ok := t.index[key]
		if !ok {
			return entry{}, false
		}
		return t.keys[i], true
	}
	i := slices.IndexFunc(t.keys, func(e entry) bool { return e.key == key })
	if i < 0 {
		return entry{}, false
	}
	return t.keys[i], true
}

// put adds an entry whose key is new.
func (t *table) put(e entry) {
	if t.index == nil {
		t.index = make(map[string]int)
	}
	t.index[e.key] = len(t.keys)
	t.keys = append(t.keys, e)
}

// document is a TOML document as far as patch files use TOML: keys, [tables] and
// [[arrays of tables]] without nesting.
type document struct {
	data   []byte
	most   int   // elements of an array of tables
	lines  []int // offsets of the beginnings of lines
	root   table
	tables map[string]*table
	arrays map[string][]*table

	last *table    // the one that keys go to
	run  []comment // since the last key or header
	foot []string  // the comments at the end
}

// fault is something wrong at an offset of a document.
type fault struct {
	at      int
	key     string
	item    int // in a list or table that is the value of key, from 1; else 0
	problem string
	cause   error
	advice  string
}

func (f *fault) Error() string { return f.problem }

func (f *fault) Unwrap() error { return f.cause }

// Limits of what is read. A list or an inline table may be nested as deep as the
// parser of TOML allows, 10,000 levels, though no patch file needs more than one.
const (
	maxFile  = 256 << 20 // bytes of a file
	maxEdits = 100_000   // edits of a file
)

// byteOrderMark may begin a file; some editors write it.
const byteOrderMark = "\xef\xbb\xbf"

// readTOML reads a document in which there are at most so many edits. With an error, which is a *fault, the document is
// good for positions only.
func readTOML(data []byte, most int) (*document, error) {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	d := &document{data: data, most: most, lines: []int{0}, tables: map[string]*table{}, arrays: map[string][]*table{}}
	if len(data) > maxFile {
		return d, &fault{problem: "the file is larger than 256 MiB"}
	}
	for i, c := range data {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	p := unstable.Parser{KeepComments: true}
	p.Reset(data)
	d.last = &d.root
	for p.NextExpression() {
		if err := d.take(p.Expression()); err != nil {
			return d, err
		}
	}
	d.end()
	return d, d.syntaxError(p.Error())
}

// take puts an expression into the document.
func (d *document) take(node *unstable.Node) error {
	switch node.Kind {
	case unstable.Comment:
		d.run = append(d.run, comment{string(node.Data), d.gapAbove(int(node.Raw.Offset))})
	case unstable.Table, unstable.ArrayTable:
		t, err := d.open(node)
		if err != nil {
			return err
		}
		below, above := split(d.run, d.gapAbove(t.at))
		if d.last == &d.root {
			below, above = nil, texts(d.run)
		}
		d.last.comments.Below = below
		t.comments.Above, t.comments.Behind = above, behind(node)
		d.last, d.run = t, nil
	case unstable.KeyValue:
		of := Comments{Above: texts(d.run), Behind: behind(node)}
		if d.last == &d.root && len(d.root.keys) == 0 {
			d.root.comments.Above, of.Above = of.Above, nil
		}
		d.run = nil
		of.Above = inside(of.Above, node.Value())
		key, _ := keyOf(node)
		d.last.comments.set(key, of)
		return d.add(d.last, node)
	}
	return nil
}

// end takes the comments after the last expression.
func (d *document) end() {
	below, foot := split(d.run, true)
	if d.last == &d.root {
		below, foot = nil, texts(d.run)
	}
	d.last.comments.Below, d.foot = below, foot
}

// syntaxAdvice is what works, whatever the parser says does not.
const syntaxAdvice = `the file is TOML: a line is [table], key = value or # comment, and text stands in quotes`

// syntaxError makes a fault of an error of the parser, or nil of none.
func (d *document) syntaxError(err error) error {
	var syntax *unstable.ParserError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &syntax):
		return &fault{problem: err.Error()}
	}
	// The highlighted text is a part of the document.
	at := cap(d.data) - cap(syntax.Highlight)
	return &fault{at: max(0, min(at, len(d.data))), problem: syntax.Message, advice: syntaxAdvice}
}

// open begins a table or the next element of an array of tables.
func (d *document) open(node *unstable.Node) (*table, error) {
	name, at := keyOf(node)
	t := &table{at: at}
	_, isTable := d.tables[name]
	_, isArray := d.arrays[name]
	_, isKey := d.root.get(name)
	if isKey || isTable || isArray && node.Kind == unstable.Table {
		return nil, &fault{at: at, key: name, problem: "it is there twice"}
	}
	if len(d.arrays[name]) == d.most {
		return nil, &fault{at: at, key: name, problem: "there are more than 100,000 of them", advice: "make several files of it"}
	}
	if node.Kind == unstable.Table {
		d.tables[name] = t
	} else {
		d.arrays[name] = append(d.arrays[name], t)
	}
	return t, nil
}

// add puts a key and its value into a table.
func (d *document) add(t *table, node *unstable.Node) error {
	e := entry{}
	e.key, e.at = keyOf(node)
	if _, twice := t.get(e.key); twice {
		return &fault{at: e.at, key: e.key, problem: "it is there twice"}
	}
	e.valueAt = d.valueOffset(node)
	var err error
	if e.value, err = d.value(node.Value()); err != nil {
		return err
	}
	t.put(e)
	return nil
}

// value copies a value out of the parser.
func (d *document) value(node *unstable.Node) (tomlValue, error) {
	v := tomlValue{kind: node.Kind, at: int(node.Raw.Offset)}
	switch node.Kind {
	case unstable.Array:
		for it := node.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			element, err := d.value(it.Node())
			if err != nil {
				return v, err
			}
			v.list = append(v.list, element)
		}
	case unstable.InlineTable:
		v.table = &table{at: int(node.Raw.Offset)}
		for it := node.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			if err := d.add(v.table, it.Node()); err != nil {
				return v, err
			}
		}
	case unstable.Integer, unstable.Float:
		v.text = strings.ReplaceAll(string(node.Data), "_", "")
	default:
		v.text = string(node.Data)
	}
	return v, nil
}

// keyOf returns the key of a node, dotted keys with their dots, and its offset.
func keyOf(node *unstable.Node) (key string, at int) {
	var parts []string
	for it := node.Key(); it.Next(); {
		if parts == nil {
			at = int(it.Node().Raw.Offset)
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "."), at
}

// valueOffset returns where the value of a key begins.
func (d *document) valueOffset(node *unstable.Node) int {
	at := 0
	for it := node.Key(); it.Next(); {
		at = int(it.Node().Raw.Offset + it.Node().Raw.Length)
	}
	rest := bytes.TrimLeft(d.data[at:], " \t=")
	return len(d.data) - len(rest)
}

// position returns the row and column of an offset, in characters from 1.
func (d *document) position(at int) (row, column int) {
	row, found := slices.BinarySearch(d.lines, at)
	if found {
		row++
	}
	return row, utf8.RuneCount(d.data[d.lines[row-1]:at]) + 1
}
