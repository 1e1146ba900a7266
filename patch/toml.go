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
	at   int // offset of its header
	keys []entry
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
	kind  unstable.Kind
	text  string
	list  []tomlValue
	table *table
}

// get returns the entry with that key.
func (t *table) get(key string) (entry, bool) {
	i := slices.IndexFunc(t.keys, func(e entry) bool { return e.key == key })
	if i < 0 {
		return entry{}, false
	}
	return t.keys[i], true
}

// document is a TOML document as far as patch files use TOML: keys, [tables] and
// [[arrays of tables]] without nesting.
type document struct {
	data   []byte
	lines  []int // offsets of the beginnings of lines
	root   table
	tables map[string]*table
	arrays map[string][]*table
}

// fault is something wrong at an offset of a document.
type fault struct {
	at      int
	key     string
	problem string
	cause   error
	advice  string
}

func (f *fault) Error() string { return f.problem }

func (f *fault) Unwrap() error { return f.cause }

// maxFile is the size of the largest file that is read.
const maxFile = 256 << 20

// readTOML reads a document. With an error, which is a *fault, the document is
// good for positions only.
func readTOML(data []byte) (*document, error) {
	d := &document{data: data, lines: []int{0}, tables: map[string]*table{}, arrays: map[string][]*table{}}
	if len(data) > maxFile {
		return d, &fault{problem: "the file is larger than 256 MiB"}
	}
	for i, c := range data {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	var p unstable.Parser
	p.Reset(data)
	current := &d.root
	for p.NextExpression() {
		var err error
		switch node := p.Expression(); node.Kind {
		case unstable.Table, unstable.ArrayTable:
			current, err = d.open(node)
		case unstable.KeyValue:
			err = d.add(current, node)
		}
		if err != nil {
			return d, err
		}
	}
	return d, d.syntaxError(p.Error())
}

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
	return &fault{at: max(0, min(at, len(d.data))), problem: syntax.Message}
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
	t.keys = append(t.keys, e)
	return nil
}

// value copies a value out of the parser.
func (d *document) value(node *unstable.Node) (tomlValue, error) {
	v := tomlValue{kind: node.Kind}
	switch node.Kind {
	case unstable.Array:
		for it := node.Children(); it.Next(); {
			element, err := d.value(it.Node())
			if err != nil {
				return v, err
			}
			v.list = append(v.list, element)
		}
	case unstable.InlineTable:
		v.table = &table{at: int(node.Raw.Offset)}
		for it := node.Children(); it.Next(); {
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
