package render

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"quarry/session"
)

const (
	toldCalls  = 3  // system calls of a sort that are told one by one
	toldWrites = 20 // those that write, which matter more
)

// narration tells of system calls, and of many of a sort only the first. It may
// be used by several goroutines.
type narration struct {
	mu    sync.Mutex
	sorts map[string]*sort
	order []*sort
}

// sort is what system calls have in common that are alike to a reader.
type sort struct {
	call  session.Call // the first one
	count int
}

// sortOf names the sort of a call: its name, what it was for without numbers and
// names, and how it went.
func sortOf(c session.Call) string {
	words := strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, c.Note))
	return fmt.Sprint(c.Name, " ", c.Path, " ", strings.Join(words[:min(2, len(words))], " "), " ", c.Err)
}

// add returns whether a call is to be told now.
func (n *narration) add(c session.Call) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sorts == nil {
		n.sorts = make(map[string]*sort)
	}
	name := sortOf(c)
	s := n.sorts[name]
	if s == nil {
		s = &sort{call: c}
		n.sorts[name] = s
		n.order = append(n.order, s)
	}
	s.count++
	return s.count <= told(c)
}

// told returns how many calls of the sort of c are told. That the process is
// still there is asked all the time.
func told(c session.Call) int {
	switch {
	case c.Addr == 0 && c.Len == 1:
		return 1
	case strings.Contains(c.Name, "write"):
		return toldWrites
	}
	return toldCalls
}

// rest returns what was not told, a line for each sort, and begins anew.
func (n *narration) rest() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var lines []string
	for _, s := range n.order {
		if more := s.count - told(s.call); more > 0 {
			line := fmt.Sprintf("… %s more like it: %s %s", Thousands(uint64(more)), s.call.Name, s.call.Path)
			if note := meaning(s.call); note != "" {
				line += " (" + note + ")"
			}
			lines = append(lines, line)
		}
	}
	n.sorts, n.order = nil, nil
	return lines
}

// meaning says what a call was for. What is read before anything is known about
// the process, and has no note, is what its programs and libraries tell about
// themselves.
func meaning(c session.Call) string {
	if c.Note == "" && c.Len > 1 && strings.Contains(c.Name, "read") {
		return "what a program or library tells about itself: its headers"
	}
	return c.Note
}

// Explain tells of a system call on the target. Of many that are alike it tells
// the first, and Explained how many there were.
func (o *Output) Explain(c session.Call) {
	if !o.calls.add(c) {
		return
	}
	c.Note = meaning(c)
	o.narrate(c.String())
}

// Explained tells how many system calls were made beside those that were told.
func (o *Output) Explained() {
	for _, line := range o.calls.rest() {
		o.narrate(line)
	}
}

// narrate tells of system calls in a line, or several on a terminal.
func (o *Output) narrate(text string) {
	lines := wrapped("  "+Printable(text), o.ErrColumns)
	for i, line := range lines {
		lines[i] = newPage(nil, o.Color).dim.Sprint(line)
	}
	o.line(strings.Join(lines, "\n"))
}
