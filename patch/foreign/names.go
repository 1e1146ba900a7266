package foreign

import (
	"fmt"
	"strings"

	"quarry/patch"
)

// Names makes names that no two edits share. The zero value has given none.
type Names struct {
	taken map[string]bool
	next  map[string]int // the number to try next behind a name
}

// Unique returns the name, with a number behind it when it was given before. An
// empty name stays empty, and one that no edit can have gets a word before it; see
// [Renamed].
func (n *Names) Unique(name string) string {
	if n.taken == nil {
		n.taken, n.next = make(map[string]bool), make(map[string]int)
	}
	if name != "" && patch.CheckName(name) != nil {
		name = "entry " + name
	}
	if name == "" || !n.taken[name] {
		n.taken[name] = true
		return name
	}
	for i := max(2, n.next[name]); ; i++ {
		if numbered := fmt.Sprintf("%s %d", name, i); !n.taken[numbered] {
			n.taken[numbered], n.next[name] = true, i+1
			return numbered
		}
	}
}

// Renamed tells why an entry is given another name than the one it has, or nothing
// when that is one that an edit can have.
func Renamed(name, given string) (why string) {
	if name == "" {
		return ""
	}
	if err := patch.CheckName(name); err != nil {
		return fmt.Sprintf("%v; it is called %q", err, given)
	}
	return ""
}

// OneLine makes a name of a text: without space around it, and with single spaces
// in it.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
