package symbol

import (
	"slices"

	"quarry/session"
)

// View is what an [Index] knows by the memory map of one moment, so that several
// questions are answered alike, and the map is read once for all of them.
type View struct {
	index   *Index
	modules []session.Module
}

// View returns the view by a memory map, which is the process's own as Map
// returns it.
func (x *Index) View(regions []session.Region, modules []session.Module) View {
	modules = slices.Clone(modules)
	if i := slices.IndexFunc(modules, x.isProgram); i > 0 {
		program := modules[i]
		modules = slices.Insert(slices.Delete(modules, i, i+1), 0, program)
	}
	for _, r := range regions {
		if r.Path == vdso {
			modules = append(modules, session.Module{
				Name: vdso, Path: vdso, Base: r.Start, End: r.End, Regions: []session.Region{r},
			})
		}
	}
	x.forget(modules)
	return View{x, modules}
}

// now returns the view by the memory map as it is now.
func (x *Index) now() (View, error) {
	regions, modules, err := x.source.Map()
	if err != nil {
		return View{}, err
	}
	return x.View(regions, modules), nil
}

// Modules is [Index.Modules] by the map of the view.
func (v View) Modules() []session.Module { return v.modules }

// At is [Index.At] by the map of the view.
func (v View) At(addr uint64) (s Symbol, offset uint64, ok bool, err error) {
	for _, m := range v.modules {
		if !slices.ContainsFunc(m.Regions, func(r session.Region) bool { return r.Contains(addr) }) {
			continue
		}
		t, err := v.index.Table(m)
		if err != nil {
			return Symbol{}, 0, false, err
		}
		s, offset, ok = t.At(addr)
		return s, offset, ok, nil
	}
	return Symbol{}, 0, false, nil
}
