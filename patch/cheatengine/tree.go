package cheatengine

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"quarry/patch/foreign"
)

// Limits of a document beside those of every format.
const (
	maxDepth    = 100
	maxElements = 2_000_000
)

// node is an element of a document.
type node struct {
	name   string
	attrs  []xml.Attr
	at     int // offset of the element
	text   strings.Builder
	textAt int // offset of the first text in it; 0 when there is none
	kids   []*node
}

// child returns the first element of that name, or nil.
func (n *node) child(name string) *node {
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// textOf returns the text of the element of that name without space around it,
// or the empty string.
func (n *node) textOf(name string) string {
	if k := n.child(name); k != nil {
		return strings.TrimSpace(k.text.String())
	}
	return ""
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// builder makes a tree of the tokens of a document.
type builder struct {
	source   *foreign.Source
	xml      *xml.Decoder
	open     []*node
	root     *node
	elements int
}

// readTree reads a document and returns its root element.
func readTree(s *foreign.Source) (*node, error) {
	b := &builder{source: s, xml: xml.NewDecoder(bytes.NewReader(s.Data))}
	b.xml.CharsetReader = func(label string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding %q is not read", label)
	}
	for {
		at := int(b.xml.InputOffset())
		token, err := b.xml.Token()
		if errors.Is(err, io.EOF) && b.root != nil {
			return b.root, nil
		}
		if err != nil {
			return nil, b.syntax(err)
		}
		if err := b.add(token, at); err != nil {
			return nil, err
		}
	}
}

// syntax places an error of the XML decoder.
func (b *builder) syntax(err error) error {
	at := int(b.xml.InputOffset())
	if errors.Is(err, io.EOF) {
		return b.source.Fail(at, "there is no element in it", tableAdvice)
	}
	problem, advice := err.Error(), ""
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		problem = syntax.Msg
	}
	switch {
	case strings.Contains(problem, "entity"):
		advice = "only &lt; &gt; &amp; &quot; &apos; and numbers such as &#9; are known"
	case strings.Contains(problem, "is not read"):
		_, problem, _ = strings.Cut(problem, ": ")
		_, problem, _ = strings.Cut(problem, ": ")
		advice = "save it as UTF-8"
	}
	return b.source.Fail(at, "not XML: "+problem, advice)
}

const tableAdvice = "a table begins with <CheatTable>"

func (b *builder) add(token xml.Token, at int) error {
	switch t := token.(type) {
	case xml.Directive:
		return b.source.Fail(at, "a document type is declared, and entities of a file are not expanded", "remove the line that begins with <!")
	case xml.StartElement:
		return b.start(t, at)
	case xml.EndElement:
		b.open = b.open[:len(b.open)-1]
	case xml.CharData:
		if len(b.open) > 0 {
			n := b.open[len(b.open)-1]
			if n.text.Len() == 0 {
				n.textAt = at
			}
			n.text.Write(t)
		}
	}
	return nil
}

func (b *builder) start(t xml.StartElement, at int) error {
	b.elements++
	switch {
	case b.root == nil && t.Name.Local != "CheatTable":
		return b.source.Fail(at, fmt.Sprintf("the outermost element is <%s>", t.Name.Local), tableAdvice)
	case b.root != nil && len(b.open) == 0:
		return b.source.Fail(at, "a second element follows the table", "")
	case len(b.open) == maxDepth:
		return b.source.Fail(at, fmt.Sprintf("elements nest deeper than %d", maxDepth), "")
	case b.elements > maxElements:
		return b.source.Fail(at, fmt.Sprintf("there are more than %d elements", maxElements), "")
	}
	n := &node{name: t.Name.Local, attrs: t.Attr, at: at}
	if b.root == nil {
		b.root = n
	} else {
		parent := b.open[len(b.open)-1]
		parent.kids = append(parent.kids, n)
	}
	b.open = append(b.open, n)
	return nil
}
