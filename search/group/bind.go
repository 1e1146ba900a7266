package group

import (
	"cmp"
	"slices"

	"quarry/search/condition"
	"quarry/search/value"
)

// part is an element bound to its bytes.
type part struct {
	test   *condition.Test
	width  int
	align  int // natural
	offset int // in a fixed layout, or the bytes to skip before it in a span
	index  int // of the element
	twin   int // the last part before this one that asks the same, or -1
}

// Bind returns a test of the group. A match is where the element with the
// lowest address begins, or the layout, and is as wide as the layout or the
// span; its type is value.Bytes. All of a span must be readable, so that a group
// in the last bytes before a hole is found only with a shorter span. b holds
// the byte order, and what else holds for the elements; its type and width are
// not looked at. Errors are [*SyntaxError], with those of
// [condition.Condition.BindWith] as their cause.
//
// In a fixed layout, a match may begin anywhere the search looks, by
// [Group.Align]. In a span, elements stand at multiples of their size, or of
// the search's step if that is less, and of 1 for text and bytes (2 for utf16).
func (g Group) Bind(b condition.Binding) (*condition.Test, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	parts, err := g.parts(b)
	if err != nil {
		return nil, err
	}
	if g.Span == 0 {
		return condition.NewTest(value.Bytes, g.size(parts), newLayout(parts)), nil
	}
	m := &spread{parts: parts, span: g.Span, anyOrder: g.AnyOrder}
	m.byRarity = rarest(parts)
	return condition.NewTest(value.Bytes, g.Span, m), nil
}

// Align returns the distance of the addresses at which a group can begin,
// unless told otherwise: the alignment of its first element, or of the least
// one in any order.
func (g Group) Align() int {
	least := 0
	for _, e := range g.Elements {
		if a := e.align(); a > 0 && (least == 0 || g.AnyOrder && a < least) {
			least = a
		}
	}
	if len(g.Elements) > 0 && g.Elements[0].Skip > 0 {
		return 1
	}
	return max(least, 1)
}

// align returns the natural alignment of an element, 0 for bytes to skip.
func (e Element) align() int {
	switch {
	case e.Skip > 0:
		return 0
	case e.Type == value.UTF16:
		return 2
	}
	return max(e.Type.Size(), 1)
}

// parts binds the elements.
func (g Group) parts(b condition.Binding) ([]part, error) {
	var parts []part
	at, skipped := 0, 0 // from the beginning, and since the last element
	for i, e := range g.Elements {
		if e.Skip > 0 {
			at, skipped = at+e.Skip, skipped+e.Skip
			continue
		}
		b.Type, b.Width = e.Type, 0
		test, err := e.Condition.BindWith(b)
		if err != nil {
			return nil, &SyntaxError{e.String(), e.column, err.Error(), err}
		}
		p := part{test: test, width: test.Width, align: e.align(), offset: at, index: i, twin: g.twin(i, parts)}
		if b.Form.Text() {
			p.align = 1
		}
		if g.Span > 0 {
			p.offset = skipped
		}
		parts = append(parts, p)
		at, skipped = at+test.Width, 0
	}
	return parts, g.checkSize(g.size(parts))
}

// twin returns the last of the parts that asks the same as element i, or -1.
func (g Group) twin(i int, parts []part) int {
	e := g.Elements[i]
	for j := len(parts) - 1; j >= 0; j-- {
		if o := g.Elements[parts[j].index]; o.Type == e.Type && o.Condition == e.Condition {
			return j
		}
	}
	return -1
}

// size returns the number of bytes that the parts and what is to be skipped
// take.
func (g Group) size(parts []part) int {
	size := 0
	for _, e := range g.Elements {
		size += e.Skip
	}
	for _, p := range parts {
		size += p.width
	}
	return size
}

// rarest returns the places of parts in the order in which they are looked for:
// those first that are likely to be found least often.
func rarest(parts []part) []int {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(parts[a].likelihood(), parts[b].likelihood()) })
	return order
}

// likelihood is less for what is likely to be rarer: bytes that are known, the
// more the better, zeros and ones being common; then ranges; then anything.
func (p part) likelihood() int {
	if p.test.Constant == nil {
		return 1000 - p.width
	}
	known := 0
	for _, b := range p.test.Constant {
		if b != 0 && b != 0xff {
			known++
		}
	}
	return 500 - 8*min(known, 32) - min(p.width, 7)
}
