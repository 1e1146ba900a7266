package patch

import (
	"bytes"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Comments are the comments of a patch file, of its [target] or of an edit, so
// that they survive where a file is read, changed and written. Each begins with
// its #, and each of a list is a line of its own.
//
// Those that stand above something belong to it. What follows the last key of a
// table directly, with a blank line after it, belongs to that table. Those
// within a list or an inline table move above its key when they are written.
type Comments struct {
	// Above are those above the header; of the file, those at its head.
	Above []string
	// Behind is the one behind the header or the value, on its line.
	Behind string
	// Keys are those of each key: Above and Behind.
	Keys map[string]Comments
	// Below are those after the last key; of the file, those at its end.
	Below []string
}

// IsZero reports whether there are none.
func (c Comments) IsZero() bool {
	return len(c.Above) == 0 && c.Behind == "" && len(c.Keys) == 0 && len(c.Below) == 0
}

// set gives a key its comments.
func (c *Comments) set(key string, of Comments) {
	if of.IsZero() {
		return
	}
	if c.Keys == nil {
		c.Keys = make(map[string]Comments)
	}
	c.Keys[key] = of
}

// hoist moves what is above a key to the top.
func (c *Comments) hoist(key string) {
	of, ok := c.Keys[key]
	if !ok {
		return
	}
	c.Above = append(c.Above, of.Above...)
	of.Above = nil
	delete(c.Keys, key)
	if c.set(key, of); len(c.Keys) == 0 {
		c.Keys = nil
	}
}

// comment is a line of a document that is a comment.
type comment struct {
	text string
	gap  bool // a blank line is above
}

// gapAbove reports whether the line above that of an offset is blank.
func (d *document) gapAbove(at int) bool {
	row, _ := d.position(at)
	return row > 1 && len(bytes.TrimSpace(d.data[d.lines[row-2]:d.lines[row-1]])) == 0
}

// behind returns the comment behind a top-level expression.
func behind(node *unstable.Node) string {
	if next := node.Next(); next != nil && next.Kind == unstable.Comment {
		return string(next.Data)
	}
	return ""
}

// inside appends the comments that are inside of a value.
func inside(texts []string, node *unstable.Node) []string {
	for it := node.Children(); it.Next(); {
		child := it.Node()
		if child.Kind == unstable.Comment {
			texts = append(texts, string(child.Data))
		}
		texts = inside(texts, child)
	}
	return texts
}

// split divides the comments before a header, or before the end of the file:
// those that belong to the table above, and those of what follows. gap tells
// that a blank line is above what follows.
func split(run []comment, gap bool) (below, above []string) {
	cut := 0
	if len(run) > 0 && !run[0].gap {
		for i := 1; i <= len(run) && cut == 0; i++ {
			if i == len(run) && gap || i < len(run) && run[i].gap {
				cut = i
			}
		}
	}
	return texts(run[:cut]), texts(run[cut:])
}

func texts(run []comment) []string {
	var out []string
	for _, c := range run {
		out = append(out, c.text)
	}
	return out
}

// writer writes a TOML document with its comments.
type writer struct {
	strings.Builder
}

// comments writes comments on lines of their own.
func (w *writer) comments(lines []string) {
	for _, text := range lines {
		for line := range strings.SplitSeq(text, "\n") {
			w.WriteString(commentText(line) + "\n")
		}
	}
}

// behind ends a line, with a comment if there is one.
func (w *writer) behind(text string) {
	if text != "" {
		w.WriteString(" " + commentText(strings.ReplaceAll(text, "\n", " ")))
	}
	w.WriteByte('\n')
}

// commentText makes sure that a text is a comment: a program may have made it.
func commentText(text string) string {
	if strings.HasPrefix(text, "#") {
		return text
	}
	return "# " + text
}

// header begins a table.
func (w *writer) header(text string, c Comments) {
	w.WriteByte('\n')
	w.comments(c.Above)
	w.WriteString(text)
	w.behind(c.Behind)
}

// pair is a key and its value in TOML. What says nothing new is written only
// where it has a comment.
type pair struct {
	key, value string
	implied    bool
}

// pairs writes keys with the comments that they have in c.
func (w *writer) pairs(c Comments, pairs ...pair) {
	for _, p := range pairs {
		of, commented := c.Keys[p.key]
		if p.value == "" || p.implied && !commented {
			continue
		}
		w.comments(of.Above)
		w.WriteString(p.key + " = " + p.value)
		w.behind(of.Behind)
	}
}
