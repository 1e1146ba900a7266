package patch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"quarry/search/value"
)

// Parse reads a patch file. name is what messages call it. Everything that can
// be wrong whatever the process is found here: the error is a [*FileError] that
// names the row and column.
func Parse(name string, data []byte) (*File, error) {
	return parse(name, data, maxEdits)
}

// parse is Parse with that many edits at most.
func parse(name string, data []byte, most int) (*File, error) {
	d, err := readTOML(data, most)
	r := &reader{name: name, doc: d}
	if err != nil {
		return nil, r.fail("", err)
	}
	f := &File{Name: name}
	if err := r.readRoot(f); err != nil {
		return nil, err
	}
	return f, nil
}

// reader makes a File of a document.
type reader struct {
	name string
	doc  *document
}

// fail makes a FileError of a fault in an edit, or outside of edits.
func (r *reader) fail(edit string, err error) error {
	e := fileError(r.name, edit, err)
	var f *fault
	if errors.As(err, &f) {
		e.Row, e.Column = r.doc.position(f.at)
	}
	return e
}

// fileError makes a FileError without position.
func fileError(name, edit string, err error) *FileError {
	var f *fault
	if !errors.As(err, &f) {
		f = &fault{problem: err.Error(), cause: err}
	}
	return &FileError{
		File: name, Edit: cut(edit), Key: cut(f.key), Problem: cut(f.problem), Cause: f.cause, Advice: cut(f.advice),
	}
}

// cut shortens what a message quotes of a file, so that it stays readable.
func cut(text string) string {
	const most = 400
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// rootFields are the keys at the top of a file; target and edit are tables.
var rootFields = []field[File]{
	{"quarry", func(*File, tomlValue) error { return nil }}, // read first, by checkVersion
	{"title", func(f *File, v tomlValue) error { return readString(&f.Title, v) }},
	{"target", func(*File, tomlValue) error {
		return &fault{problem: "it is a table", advice: "write [target] on a line of its own"}
	}},
	{"edit", func(*File, tomlValue) error {
		return &fault{problem: "it is an array of tables", advice: "write [[edit]] on a line of its own"}
	}},
}

func (r *reader) readRoot(f *File) error {
	if err := r.checkVersion(); err != nil {
		return r.fail("", err)
	}
	if err := r.checkTables(); err != nil {
		return r.fail("", err)
	}
	if err := readTable(f, &r.doc.root, "a patch file", rootFields); err != nil {
		return r.fail("", err)
	}
	f.Comments = r.doc.root.comments
	f.Comments.Below = r.doc.foot
	f.Comments.hoist("quarry")
	if t := r.doc.tables["target"]; t != nil {
		f.TargetComments = t.comments
		if err := readTable(&f.Target, t, "[target]", targetFields); err != nil {
			return r.fail("", within("target", err))
		}
		if err := checkProcess(f.Target, t); err != nil {
			return r.fail("", within("target", err))
		}
	}
	if r.doc.arrays["edit"] == nil {
		return r.fail("", &fault{key: "edit", problem: "it is missing", advice: "each change begins with [[edit]] on a line of its own"})
	}
	names := make(map[string]bool)
	for i, t := range r.doc.arrays["edit"] {
		e, err := r.readEdit(t, i)
		if err != nil {
			return err
		}
		if names[e.Name] && e.Name != "" {
			at, _ := t.get("name")
			return r.fail(e.label(i), &fault{at: at.valueAt, key: "name", problem: "another edit has this name"})
		}
		names[e.Name] = true
		f.Edits = append(f.Edits, e)
	}
	return nil
}

// within names the table that a fault's key is in.
func within(table string, err error) error {
	var f *fault
	if errors.As(err, &f) {
		f.key = table + "." + f.key
	}
	return err
}

func (r *reader) checkVersion() error {
	e, ok := r.doc.root.get("quarry")
	switch {
	case !ok:
		return &fault{key: "quarry", problem: "it is missing", advice: fmt.Sprintf("begin the file with: quarry = %d", Version)}
	case e.value.kind != unstable.Integer:
		return atValue(e, fmt.Errorf("the version of the format is a number, %d", Version))
	case e.value.text != strconv.Itoa(Version):
		return atValue(e, fmt.Errorf("the format of this file is %s, and this quarry reads %d", e.value.text, Version))
	}
	return nil
}

// checkTables refuses tables that no patch file has.
func (r *reader) checkTables() error {
	var first *fault
	consider := func(name string, at int, advice string) {
		if first == nil || at < first.at {
			first = &fault{at: at, key: name, problem: "no such table", advice: advice}
		}
	}
	for name, t := range r.doc.tables {
		if name == "edit" {
			consider(name, t.at, "write [[edit]], with two brackets")
		} else if name == "edit.names" {
			consider(name, t.at, "write it among the keys of the edit, as "+namesExample)
		} else if name != "target" {
			consider(name, t.at, "a patch file has the tables [target] and [[edit]]")
		}
	}
	for name, list := range r.doc.arrays {
		if name == "target" {
			consider(name, list[0].at, "write [target], with one bracket")
		} else if name != "edit" {
			consider(name, list[0].at, "a patch file has the tables [target] and [[edit]]")
		}
	}
	if first == nil {
		return nil
	}
	return first
}

var targetFields = []field[Requirements]{
	{"exe", func(q *Requirements, v tomlValue) error { return readString(&q.Exe, v) }},
	{"build-id", readBuildID},
	{"arch", func(q *Requirements, v tomlValue) error { return readString(&q.Arch, v) }},
	{"pid", func(q *Requirements, v tomlValue) error {
		n, err := readInteger(v, 1, 1<<31-1)
		q.PID = int(n)
		return err
	}},
	{"start", func(q *Requirements, v tomlValue) (err error) {
		q.Start, err = readInteger(v, 0, 1<<63-1)
		return err
	}},
}

func readBuildID(q *Requirements, v tomlValue) error {
	if err := readString(&q.BuildID, v); err != nil {
		return err
	}
	if strings.Trim(q.BuildID, "0123456789abcdefABCDEF") != "" {
		return fmt.Errorf("%q is not hexadecimal", q.BuildID)
	}
	return nil
}

// checkProcess refuses a PID without a start time, and the reverse: PIDs are
// used again.
func checkProcess(q Requirements, t *table) error {
	_, pid := t.get("pid")
	_, start := t.get("start")
	if pid == start {
		return nil
	}
	key := map[bool]string{true: "start", false: "pid"}[pid]
	return &fault{at: t.at, key: key, problem: "it is missing", advice: "pid and start together name a process"}
}

// readEdit reads one edit and checks all of it.
func (r *reader) readEdit(t *table, index int) (Edit, error) {
	var e Edit
	label := func() string { // its name may come after the key that is wrong
		if name, ok := t.get("name"); ok && name.value.kind == unstable.String {
			return Edit{Name: name.value.text}.label(index)
		}
		return e.label(index)
	}
	if err := readTable(&e, t, "an edit", editFields); err != nil {
		return e, r.fail(label(), err)
	}
	if e.Type == value.Invalid && e.hasValues() {
		e.Type = e.Guess()
	}
	e.Comments = t.comments
	if e.Find.Text != "" && e.Matches == 0 {
		e.Matches = 1
	}
	if _, err := compile(e, anyOrder); err != nil {
		var f *fault
		if errors.As(err, &f) {
			f.at = t.at
			if at, ok := t.get(f.key); ok {
				f.at = at.place(f.item)
			}
		}
		return e, r.fail(label(), err)
	}
	return e, nil
}
