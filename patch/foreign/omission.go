package foreign

import (
	"fmt"
	"strings"

	"quarry/patch"
)

// Limits of every format. A reader refuses what exceeds them.
const (
	MaxFile    = 64 << 20 // bytes of a file; tables may carry forms and pictures
	MaxEntries = 100_000  // edits that a file may give
)

// Omission is something that could not be taken over from one format into
// another, or not under its name. Nothing is left out without one.
type Omission struct {
	Row    int    // from 1; 0 when there is no text it stands in
	Column int    // in characters, from 1
	What   string // such as `entry "God mode"`
	Why    string // a clause
	// Renamed: it was taken over, and has another name.
	Renamed bool
}

// String writes the omission in one line.
func (o Omission) String() string {
	text := o.What + ": " + o.Why
	if o.Row > 0 {
		return fmt.Sprintf("%d:%d: %s", o.Row, o.Column, text)
	}
	return text
}

// Label names an edit for an omission.
func Label(e patch.Edit, index int) string {
	if e.Name != "" {
		return fmt.Sprintf("entry %q", e.Name)
	}
	return fmt.Sprintf("entry %d", index+1)
}

// Lost collects what a format cannot say about one edit.
type Lost []string

// Add notes a property when it is there.
func (l *Lost) Add(there bool, what string) {
	if there {
		*l = append(*l, what)
	}
}

// Omission returns what was noted about an edit; ok is false when there is
// nothing. format is the name of the tool.
func (l Lost) Omission(label, format string) (o Omission, ok bool) {
	return Omission{What: label, Why: format + " cannot hold " + strings.Join(l, ", ")}, len(l) > 0
}
