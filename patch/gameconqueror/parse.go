package gameconqueror

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
)

// unnamed is what GameConqueror calls an entry that nobody has named.
const unnamed = "No Description"

// Parse reads a cheat list. A locked entry becomes one that is frozen at its
// value; of the others the value is not taken over, since it is merely what was
// there last. The error is a [*patch.FileError].
func Parse(name string, data []byte) (*patch.File, []foreign.Omission, error) {
	s, err := foreign.NewSource(name, data)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{scanner: newScanner(s), file: &patch.File{Name: name}}
	if err := r.read(); err != nil {
		return nil, nil, err
	}
	return r.file, r.omissions, nil
}

// reader makes a File of a cheat list.
type reader struct {
	*scanner
	file      *patch.File
	omissions []foreign.Omission
	names     foreign.Names
	rows      int
}

func (r *reader) omit(at int, what, why string) {
	r.omissions = append(r.omissions, r.source.Omit(at, what, why))
}

func (r *reader) read() error {
	if err := r.open('{', "the object"); err != nil {
		return err
	}
	found := false
	for r.json.More() {
		key, at, err := r.next()
		switch {
		case err != nil:
			return err
		case key != "cheat_list":
			r.omit(at, fmt.Sprintf("%q", key), "it is no part of a cheat list that is known")
			err = r.skip()
		case found:
			return r.source.Fail(at, "cheat_list is there twice", "")
		default:
			found = true
			err = r.readList()
		}
		if err != nil {
			return err
		}
	}
	_, at, err := r.next() // the closing brace
	if err != nil {
		return err
	}
	if !found {
		return r.source.Fail(at, "cheat_list is missing", `a cheat list is {"cheat_list": [ … ]}`)
	}
	return r.end()
}

func (r *reader) readList() error {
	if err := r.open('[', "the list"); err != nil {
		return err
	}
	for r.json.More() {
		columns, at, err := r.readRow()
		if err != nil {
			return err
		}
		if r.rows++; r.rows > foreign.MaxEntries {
			return r.source.TooMany(at)
		}
		if err := r.addRow(columns, at); err != nil {
			return err
		}
	}
	_, _, err := r.next()
	return err
}

// column is one value of a row.
type column struct {
	value json.Token // a string, json.Number, bool or nil
	at    int
}

// maxColumns bounds a row; no version has more than 7.
const maxColumns = 16

func (r *reader) readRow() (columns []column, at int, err error) {
	token, at, err := r.next()
	if err != nil {
		return nil, at, err
	}
	if token != json.Delim('[') {
		return nil, at, r.source.Fail(at, "an entry is a list", rowAdvice)
	}
	for r.json.More() {
		token, at, err := r.next()
		if err != nil {
			return nil, at, err
		}
		if _, nested := token.(json.Delim); nested {
			return nil, at, r.source.Fail(at, "a column of an entry is a text, a number, true or false", rowAdvice)
		}
		if len(columns) == maxColumns {
			return nil, at, r.source.Fail(at, "an entry has too many columns", rowAdvice)
		}
		columns = append(columns, column{token, at})
	}
	_, _, err = r.next()
	return columns, at, err
}

const rowAdvice = `an entry is [locked, "description", address, "type", "value", valid]`

// row is an entry of a cheat list, whatever its version.
type row struct {
	flag        string // "=", "+" or "-": which changes a lock takes back
	locked      bool
	description string
	address     uint64
	kind, value string
	old         bool // saved by a version with flags, which escapes texts
}

// addRow reads the columns of a row and adds its edit.
func (r *reader) addRow(columns []column, at int) error {
	w := row{flag: "="}
	if len(columns) > 0 {
		if flag, ok := columns[0].value.(string); ok {
			w.flag, w.old, columns = flag, true, columns[1:]
		}
	}
	if len(columns) < 5 || len(columns) > 6 {
		return r.source.Fail(at, fmt.Sprintf("an entry has %d columns that are known, not %d", 6, len(columns)), rowAdvice)
	}
	var ok bool
	if w.locked, ok = columns[0].value.(bool); !ok {
		return r.source.Fail(columns[0].at, "whether it is locked is true or false", rowAdvice)
	}
	if w.description, ok = columns[1].value.(string); !ok {
		return r.source.Fail(columns[1].at, "the description is a text", rowAdvice)
	}
	if w.address, ok = addressOf(columns[2].value); !ok {
		return r.source.Fail(columns[2].at, "this is no address", "it is a number, or hexadecimal in quotes")
	}
	if w.kind, ok = columns[3].value.(string); !ok {
		return r.source.Fail(columns[3].at, "the type is a text", "types are int8 int16 int32 int64 float32 float64 bytearray string")
	}
	switch v := columns[4].value.(type) {
	case string:
		w.value = v
	case json.Number:
		w.value = v.String()
	case nil:
	default:
		return r.source.Fail(columns[4].at, "the value is a text or a number", rowAdvice)
	}
	if len(columns) > 5 {
		if _, ok := columns[5].value.(bool); !ok {
			return r.source.Fail(columns[5].at, "whether it is valid is true or false", rowAdvice)
		}
	}
	r.addEdit(w, at)
	return nil
}

// addressOf reads an address: a number, or hexadecimal digits.
func addressOf(token json.Token) (uint64, bool) {
	switch v := token.(type) {
	case json.Number:
		n, err := strconv.ParseUint(v.String(), 10, 64)
		return n, err == nil
	case string:
		digits := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(v)), "0x")
		n, err := strconv.ParseUint(digits, 16, 64)
		return n, err == nil
	}
	return 0, false
}

// addEdit adds the edit of a row, or says why it cannot.
func (r *reader) addEdit(w row, at int) {
	e := patch.Edit{At: fmt.Sprintf("%#x", w.address)}
	if name := foreign.OneLine(w.description); name != unnamed {
		e.Name = name
	}
	label := foreign.Label(e, r.rows-1)
	var why string
	if e.Type, why = typeOf(w); why != "" {
		r.omit(at, label, why)
		return
	}
	if e.Type.Size() == 0 {
		if e.Length, why = lengthOf(e.Type, w); why != "" {
			r.omit(at, label, why)
			return
		}
	}
	if w.locked {
		if set, why := valueOf(e.Type, w); why != "" {
			r.omit(at, label, "it is not frozen: "+why)
		} else {
			e.Set, e.Expect, e.Length = set, patch.Expectation{Any: true}, 0
			e.Freeze = freeze.Rule{Mode: modes[w.flag]}
			if e.Freeze.Mode == freeze.Off {
				e.Freeze.Mode = freeze.Lock
			}
		}
	}
	name := e.Name
	e.Name = r.names.Unique(name)
	if why := foreign.Renamed(name, e.Name); why != "" {
		renamed := r.source.Omit(at, label, why)
		renamed.Renamed = true
		r.omissions = append(r.omissions, renamed)
	}
	r.file.Edits = append(r.file.Edits, e)
}

// modes are what the flags of older versions say about a lock.
var modes = map[string]freeze.Mode{"=": freeze.Lock, "+": freeze.UpOnly, "-": freeze.DownOnly}
