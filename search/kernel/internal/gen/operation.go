package main

import "fmt"

// operation is what a kernel does to each value.
type operation struct {
	id     string // of the constant in package kernel
	what   string // begins the names of its functions
	pair   bool   // compares with former values
	skip   bool   // hits are rare, so that a look whether there is any pays
	widths []int
	sparse bool // values may overlap: strides below the width
}

// The operations. Numbers are unsigned: a signed one is turned into an
// unsigned one of the same order by a bias, which flips its sign bit.
var (
	equal = &operation{id: "opEqual", what: "equal", skip: true, widths: []int{1, 2, 4, 8}} // value == a

	within        = &operation{id: "opWithin", what: "within", skip: true, widths: []int{1, 2, 4, 8}, sparse: true}            // value-a <= b
	withinSwapped = &operation{id: "opWithinSwapped", what: "withinSwapped", skip: true, widths: []int{2, 4, 8}, sparse: true} // the same, big-endian

	same  = &operation{id: "opSame", what: "same", pair: true, widths: []int{1, 2, 4, 8}}                                 // now == was, xor c
	above = &operation{id: "opAbove", what: "above", pair: true, skip: true, widths: []int{1, 2, 4, 8}, sparse: true}     // now^c > was^c, signed
	float = &operation{id: "opAboveFloat", what: "aboveFloat", pair: true, skip: true, widths: []int{4, 8}, sparse: true} // now > was
	rise  = &operation{id: "opRise", what: "rise", pair: true, skip: true, widths: []int{1, 2, 4, 8}, sparse: true}       // now^c >= was^c, signed, and now-was-a <= b
)

var operations = []*operation{equal, within, withinSwapped, same, above, float, rise}

func (o *operation) strides(width int) []int {
	if !o.sparse {
		return []int{width}
	}
	var all []int
	for stride := 1; stride <= width; stride *= 2 {
		all = append(all, stride)
	}
	return all
}

func (o *operation) name(width, stride int, s set) string {
	return fmt.Sprintf("%s%dx%d%s", o.what, width, stride, s.suffix())
}
