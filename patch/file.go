package patch

import (
	"encoding/binary"
	"fmt"
	"strings"

	"quarry/patch/freeze"
	"quarry/search/condition"
	"quarry/search/value"
)

// Version is the version of the patch file format that this package reads and
// writes: the value of the key "quarry".
const Version = 1

// All is the value of [Edit.Matches] for "all".
const All = -1

// File is a patch file: what to change in a program.
type File struct {
	Name   string // where it was read from, for messages; may be empty
	Title  string
	Target Requirements
	Edits  []Edit

	Comments       Comments // of the file
	TargetComments Comments // of [target]
}

// Requirements say which process a file is for. Empty fields ask for nothing.
type Requirements struct {
	Exe     string // base name of the executable; with a slash, its whole path
	BuildID string // of the executable, in hexadecimal, as many digits as wanted
	Arch    string // in Go's spelling, such as amd64
	PID     int    // with Start: one process alone, as files that undo are
	Start   uint64 // its start time, see session.Identity
}

// Edit is one change of a [File]: located by content (Find) or by address (At),
// and what is set there. It is also an entry of a table, which may have nothing
// to set.
type Edit struct {
	Name  string // may be empty; no two edits have the same
	Group string // what it is listed under, such as Player/Stats; may be empty
	Note  string // what its author says about it; may be empty

	// Find is what the place holds before the edit: a value, bytes with wildcards,
	// or a condition on numbers, such as 100..200 or > 5.
	Find    Value
	In      string // the scope to search in, empty for writable memory
	Matches int    // how often Find must match: a number, or All; 0 means 1
	Offset  int    // where in the match Set begins, in bytes

	// At is an address expression, see package address.
	At     string
	Expect Expectation // what may be there; not empty when At is given

	Type     value.Type       // of all values; Invalid: see Edit.Guess
	Length   int              // of the bytes at the address, where neither Type nor a value tells; else 0
	Stored   value.Form       // how the numbers are stored
	Order    binary.ByteOrder // of the values; nil is that of the process
	Set      Value            // what to write; none: the place is only looked at
	Freeze   freeze.Rule      // how Set is kept
	Hex      bool             // show numbers in hexadecimal
	Names    []Named          // what values mean
	Disabled bool             // leave the edit out
	Optional bool             // the rest may be applied when the place is not found
	Comments Comments         // around it in the file
}

// Named is what a value of an [Edit] means to people.
type Named struct {
	Value Value
	Name  string
}

// Value is a value in a patch file, as it was written. It is read by the type of
// the edit. The zero Value is none.
type Value struct {
	Text   string
	Number bool // written as a TOML number rather than a string
}

// Expectation says what may be at a place: anything, or one of some values, each
// exact, a condition on numbers such as 1..5 or > 5, or bytes with wildcards.
type Expectation struct {
	Any    bool
	Values []Value
}

// IsZero reports whether nothing was said.
func (e Expectation) IsZero() bool { return !e.Any && len(e.Values) == 0 }

// String writes the expectation for messages.
func (e Expectation) String() string {
	if e.Any {
		return "any"
	}
	texts := make([]string, len(e.Values))
	for i, v := range e.Values {
		texts[i] = v.Text
	}
	return strings.Join(texts, ", ")
}

// Guess returns the type of an edit that names none: the one that the text of
// Find, else of what is expected, else of Set is taken for; see value.Guess. It
// goes by what is there, not by what is set, so that a greater number does not
// overwrite the neighbours.
func (e Edit) Guess() value.Type {
	switch {
	case e.Find.Text != "":
		return e.Find.guess()
	case len(e.Expect.Values) > 0:
		return e.Expect.Values[0].guess()
	}
	return value.Guess(e.Set.Text)
}

// guess returns the type of what a value, or a condition, speaks of.
func (v Value) guess() value.Type {
	if c, err := condition.Parse(value.Invalid, v.Text); err == nil && !v.Number {
		if t := c.Guess(); t.Number() {
			return t
		}
	}
	return value.Guess(v.Text)
}

// hasValues reports whether any value tells what is at the place.
func (e Edit) hasValues() bool {
	return e.Find.Text != "" || len(e.Expect.Values) > 0 || e.Set.Text != ""
}

// label names the edit with that index for messages.
func (e Edit) label(index int) string {
	if e.Name != "" {
		return fmt.Sprintf("edit %q", e.Name)
	}
	return fmt.Sprintf("edit %d", index+1)
}

// FileError tells what is wrong in a patch file, and where. It is [ErrFile] and
// unwraps to the cause, such as a *value.ParseError.
type FileError struct {
	File    string // its name, may be empty
	Row     int    // from 1; 0 when the file was not read from text
	Column  int    // in characters, from 1
	Edit    string // `edit "lives"` or "edit 2"; empty outside of edits
	Key     string // may be empty
	Problem string // what is wrong
	Cause   error  // may be nil
	Advice  string // what would work, may be empty
}

func (e *FileError) Error() string {
	var b strings.Builder
	switch name := e.File; {
	case e.Row > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", orElse(name, "patch file"), e.Row, e.Column)
	case name != "":
		fmt.Fprintf(&b, "%s: ", name)
	}
	for _, part := range []string{e.Edit, e.Key} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	return b.String() + e.Problem
}

// Is matches ErrFile.
func (e *FileError) Is(target error) bool { return target == ErrFile }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Cause }

// Hint returns what would work, or the empty string.
func (e *FileError) Hint() string { return e.Advice }

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
