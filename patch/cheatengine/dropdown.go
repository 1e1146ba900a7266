package cheatengine

import (
	"fmt"
	"slices"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
)

// readList reads the drop-down list of an entry, or the one that it names.
func (r *reader) readList(n *node, label string, k kind, e *patch.Edit) {
	list := n.child("DropDownList")
	text := ""
	if list != nil {
		text = list.text.String()
	} else if list = n.child("DropDownListLink"); list != nil {
		var ok bool
		if text, ok = r.lists[linkName(list)]; !ok {
			r.omit(list, label, "no entry has the drop-down list that it names")
			return
		}
	} else {
		return
	}
	names, ok := r.namesOf(list, k, text)
	if !ok {
		r.omit(list, label, "the drop-down lists that entries share are too long in all")
		return
	}
	e.Names = names.names
	if len(names.left) > 0 {
		r.omit(list, label, fmt.Sprintf("lines of its drop-down list that are no value of its type: %d, such as %q", len(names.left), brief(names.left[0])))
	}
}

// link is a drop-down list that an entry of that kind names.
type link struct {
	name string
	kind kind
}

// nameList is a drop-down list as it is read for a kind: left are lines that are no
// value of it.
type nameList struct {
	names []patch.Named
	left  []string
}

// namesOf reads a drop-down list for entries of a kind. One that entries link to is
// read once for each kind; ok is false when a table has it read for too many.
func (r *reader) namesOf(list *node, k kind, text string) (read nameList, ok bool) {
	if list.name == "DropDownList" {
		read.names, read.left = k.readNames(text)
		return read, true
	}
	l := link{linkName(list), k}
	if read, ok = r.linked[l]; ok {
		return read, true
	}
	if r.room -= len(text); r.room < 0 {
		return read, false
	}
	read.names, read.left = k.readNames(text)
	read.names = slices.Clip(read.names) // entries share them
	r.linked[l] = read
	return read, true
}

// linkName is the description of the entry whose list is meant.
func linkName(n *node) string { return foreign.OneLine(strings.Trim(n.text.String(), `"`)) }
