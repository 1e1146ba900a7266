package session

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Select returns the regions of t that the scope means, as they are now: sorted,
// not overlapping, and clipped to START..END. Regions that the process may not
// read are left out, but not where START..END names them.
//
// It fails with a [*ScopeError] when nothing answers to the scope, or when it
// names a module that is not there.
func (s Scope) Select(t Target) ([]Region, error) {
	regions, err := t.Regions()
	if err != nil {
		return nil, err
	}
	parts := s.parts
	if len(parts) == 0 {
		parts = []part{{word: scopeWritable}}
	}
	for _, p := range parts {
		if err := p.checkModule(regions); err != nil {
			return nil, err
		}
	}
	var selected []Region
	for _, r := range regions {
		selected = append(selected, selectFrom(r, parts)...)
	}
	if len(selected) == 0 {
		return nil, s.nothing(parts, regions)
	}
	return selected, nil
}

// selectFrom returns the parts of one region that are meant.
func selectFrom(r Region, parts []part) []Region {
	var meant []Range
	for _, p := range parts {
		if clipped := r.clip(p.boundsIn(r)); clipped.Size() > 0 {
			meant = append(meant, clipped.Range)
		}
	}
	slices.SortFunc(meant, func(a, b Range) int { return cmp.Compare(a.Start, b.Start) })
	var selected []Region
	for _, m := range meant {
		if last := len(selected) - 1; last >= 0 && m.Start <= selected[last].End {
			selected[last] = r.clip(Range{selected[last].Start, max(selected[last].End, m.End)})
			continue
		}
		selected = append(selected, r.clip(m))
	}
	return selected
}

// boundsIn returns the addresses that the part means in a region: those of
// START..END, all of the region, or none.
func (p part) boundsIn(r Region) Range {
	switch {
	case p.word == "" && p.module == "":
		return p.bounds
	case r.Readable() && r.Kind != KindGuard && p.means(r):
		return r.Range
	}
	return Range{}
}

// means reports whether a word or module means a readable region.
func (p part) means(r Region) bool {
	switch p.word {
	case scopeWritable:
		return r.Writable() && r.Kind != KindDevice && r.Kind != KindKernel
	case scopeHeap:
		return r.Kind == KindHeap
	case scopeAnon:
		return r.Kind == KindAnon && r.Writable()
	case scopeStack:
		return r.Kind == KindStack
	case scopeData:
		return r.Kind == KindData
	case scopeExec:
		return r.Perms&PermExec != 0 && r.Kind != KindDevice && r.Kind != KindKernel
	case scopeAll:
		return r.Kind != KindDevice
	}
	return r.Module == p.module
}

// checkModule refuses a module that none of the regions belong to.
func (p part) checkModule(regions []Region) error {
	if p.module == "" {
		return nil
	}
	var names []string
	for _, r := range regions {
		switch r.Module {
		case p.module:
			return nil
		case "":
		default:
			names = append(names, r.Module)
		}
	}
	e := &ScopeError{Part: p.String(), Reason: "the process has no such module", Advice: "quarry maps lists the modules", Empty: true}
	if likely := near(p.module, names); len(likely) > 0 {
		e.Advice = "did you mean " + modulePrefix + strings.Join(likely, ", "+modulePrefix) + "?"
	}
	return e
}

// nothing returns the error for a scope that none of the regions answers to.
func (s Scope) nothing(parts []part, regions []Region) error {
	e := &ScopeError{Part: s.String(), Reason: "the process has no such memory", Advice: "quarry maps lists what it has", Empty: true}
	switch p := parts[0]; {
	case len(parts) > 1:
	case p.word == scopeHeap:
		e.Reason = "the process has no [heap]"
		anon := func(r Region) bool { return len(selectFrom(r, []part{{word: scopeAnon}})) > 0 }
		if slices.ContainsFunc(regions, anon) {
			e.Advice = "its memory is in anonymous mappings: use anon"
		}
	case p.word == "" && p.module == "":
		e.Reason = fmt.Sprintf("nothing is mapped in %v", p.bounds)
	}
	return e
}
