package render

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
)

// layer is a part of the memory map that a picture shows as one piece.
type layer struct {
	start, end     Address
	size, resident uint64 // of what is mapped in it
	kind           string // for its colour
	wx             bool
	perms          []string
	parts          []part // from low to high
}

// part is what a layer is made of.
type part struct {
	class partClass
	name  string
}

// partClass tells which parts may be shown together.
type partClass uint8

const (
	classOther   partClass = iota
	classProgram           // text, rodata, data, bss of the program
	classModule            // a library
	classFile              // another file, or shared memory
	classAnon              // anonymous memory
	classHeap
	classStack
	classKernel
)

// layers groups regions, which are sorted by address, into the pieces that
// textbooks draw, from low to high: the parts of the program apart, each library
// in one, and the rest as it lies side by side.
func layers(regions []Region, program string) []layer {
	var out []layer
	for _, r := range regions {
		if r.Path == "[vsyscall]" { // the same page in every process, beyond all that is its own
			continue
		}
		p, kind := partOf(r, program), r.Kind
		switch p.class {
		case classModule:
			kind = "const"
		case classAnon:
			kind = "anon" // also what is only reserved
		}
		l := layer{start: r.Start, end: r.End, size: r.Size, resident: r.Resident, kind: kind,
			wx: slices.Contains(r.Flags, flagWX), perms: []string{r.Perms}, parts: []part{p}}
		if n := len(out); n > 0 && out[n-1].continues(l) {
			out[n-1] = out[n-1].with(l)
			continue
		}
		out = append(out, l)
	}
	return out
}

// partOf names what a region is in a drawing.
func partOf(r Region, program string) part {
	name := path.Base(r.Path)
	switch {
	case r.Module != "" && r.Module == program:
		return part{classProgram, programPart(r)}
	case r.Module != "":
		return part{classModule, r.Module}
	case r.Kind == "heap":
		return part{classHeap, "heap"}
	case r.Kind == "stack":
		return part{classStack, "stack"}
	case r.Kind == "kernel":
		return part{classKernel, r.Path}
	case r.Kind == "anon" || r.Kind == "guard":
		return part{classAnon, "anonymous"}
	case r.Path == "":
		return part{classFile, r.Kind}
	case r.Kind == "file" || r.Kind == "shared" || r.Kind == "device":
		return part{classFile, name}
	}
	return part{classOther, name}
}

// programPart names a part of the program as linkers do.
func programPart(r Region) string {
	switch {
	case r.Kind == "code":
		return "text"
	case r.Kind == "data" && r.Path == "":
		return "bss"
	case r.Kind == "data":
		return "data"
	case r.Kind == "guard":
		return "unused"
	case r.Offset == 0:
		return "headers"
	}
	return "rodata"
}

// continues reports whether a layer goes on with the next one: it is the same
// thing, and what touches it if it has no name.
func (l layer) continues(next layer) bool {
	a, b := l.parts[0], next.parts[0]
	if a.class != b.class {
		return false
	}
	switch a.class {
	case classAnon, classStack:
		return l.end == next.start
	case classKernel:
		return l.end == next.start || next.start-l.end < 64<<10 // vvar and vdso
	case classModule:
		return a.name == b.name && next.start-l.end < 1<<30
	}
	return a.name == b.name && l.end == next.start
}

// with returns two layers as one. The other is the higher one.
func (l layer) with(upper layer) layer {
	if len(upper.parts) > 1 || l.parts[len(l.parts)-1] != upper.parts[0] {
		l.parts = append(slices.Clone(l.parts), upper.parts...)
	}
	for _, p := range upper.perms {
		if !slices.Contains(l.perms, p) {
			l.perms = append(slices.Clone(l.perms), p)
		}
	}
	if upper.size > l.size && l.kind != "stack" && l.kind != "heap" || upper.kind == "stack" || upper.kind == "heap" {
		l.kind = upper.kind
	}
	l.end, l.size, l.resident, l.wx = upper.end, l.size+upper.size, l.resident+upper.resident, l.wx || upper.wx
	return l
}

// has reports whether a layer has a part of a class.
func (l layer) has(class partClass) bool {
	return slices.ContainsFunc(l.parts, func(p part) bool { return p.class == class })
}

// name tells what is in a layer: its parts if they are few, else how many.
func (l layer) name() string {
	var out []string
	for _, class := range []partClass{classStack, classHeap, classProgram, classModule, classFile, classAnon, classKernel, classOther} {
		var names []string
		for _, p := range slices.Backward(l.parts) {
			if p.class == class && !slices.Contains(names, p.name) {
				names = append(names, Printable(p.name))
			}
		}
		switch {
		case class == classModule && len(names) > 2:
			out = append(out, fmt.Sprintf("%d libraries", len(names)))
		case class == classFile && len(names) > 2:
			out = append(out, fmt.Sprintf("%d files", len(names)))
		default:
			out = append(out, names...)
		}
	}
	return strings.Join(out, ", ")
}

// closeness tells how well two neighbours can be shown as one: the smaller the
// better.
func closeness(lower, upper layer) float64 {
	cost := math.Log2(float64(upper.start-lower.end)/4096+1) / 4
	for _, class := range []partClass{classStack, classHeap} {
		if lower.has(class) || upper.has(class) {
			cost += 40
		}
	}
	for _, class := range []partClass{classProgram, classKernel} {
		if lower.has(class) != upper.has(class) {
			cost += 20
		}
	}
	if lower.has(classProgram) && upper.has(classProgram) {
		cost += 5 + float64(len(lower.parts)+len(upper.parts))
	}
	if lower.has(classModule) != upper.has(classModule) {
		cost++
	}
	return cost
}

// fewer joins neighbours until there are at most n layers.
func fewer(list []layer, n int) []layer {
	list = slices.Clone(list)
	for len(list) > max(n, 1) {
		best := 0
		for i := range len(list) - 1 {
			if closeness(list[i], list[i+1]) < closeness(list[best], list[best+1]) {
				best = i
			}
		}
		list[best] = list[best].with(list[best+1])
		list = slices.Delete(list, best+1, best+2)
	}
	return list
}

// doublings is the logarithm that sizes are drawn to: how often a page must be
// doubled.
func doublings(size uint64) float64 { return math.Log2(max(1, float64(size)/4096)) }
