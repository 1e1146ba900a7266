package symbol

import (
	"errors"
	"path"
	"slices"
	"strings"

	"quarry/session"
)

// Find returns the symbol that a name stands for, written NAME or MODULE:NAME.
// NAME is the linker's name or the demangled one, with or without parameters.
// MODULE is the name of a module, or its path; libc does for libc.so.6.
//
// Without a module, a symbol of the program comes first, then those that
// libraries offer to others, then those they keep for themselves. In a module,
// what it offers comes before what is static. Several places that are equal in
// this are an [*AmbiguousError]; several names of one place are not.
//
// The other errors are [*NotFoundError], [*ModuleError], [*ThreadLocalError], and
// that the process cannot be read.
func (x *Index) Find(name string) (Symbol, error) {
	v, err := x.now()
	if err != nil {
		return Symbol{}, err
	}
	return v.Find(name)
}

// Find is [Index.Find] by the map of the view.
func (v View) Find(name string) (Symbol, error) {
	modules, inside, plain, noModule := v.modules, "", name, ""
	for i := range len(name) {
		if !parts(name, i) {
			continue
		}
		chosen := named(modules, name[:i])
		if len(chosen) > 1 {
			return Symbol{}, ambiguousModule(name[:i], chosen)
		}
		if len(chosen) == 1 {
			modules, inside, plain = chosen, chosen[0].Name, name[i+1:]
			break
		}
		if noModule == "" && !strings.ContainsAny(name[:i], "(<") {
			noModule = name[:i]
		}
	}
	s, err := v.index.findIn(modules, plain, inside)
	if inside == "" && noModule != "" && errors.Is(err, ErrNotFound) {
		return Symbol{}, &ModuleError{Name: noModule} // nor is the colon part of a name, as in Go's go:buildinfo
	}
	if err == nil && s.Kind == TLS {
		return Symbol{}, &ThreadLocalError{s}
	}
	return s, err
}

// parts reports whether the byte at i is a colon that ends the name of a module,
// and not one of "::".
func parts(name string, i int) bool {
	return name[i] == ':' && i > 0 && i+1 < len(name) && name[i-1] != ':' && name[i+1] != ':'
}

func ambiguousModule(name string, modules []session.Module) error {
	e := &ModuleError{Name: name}
	for _, m := range modules {
		e.Paths = append(e.Paths, m.Path)
	}
	return e
}

// findIn looks in the program, and if it is not there, in all the others.
func (x *Index) findIn(modules []session.Module, name, inside string) (Symbol, error) {
	missing := &NotFoundError{Name: name, Module: inside}
	var others []Symbol
	for _, m := range modules {
		t, err := x.Table(m)
		if err != nil {
			if errors.Is(err, session.ErrGone) {
				return Symbol{}, err
			}
			missing.Unread = append(missing.Unread, err)
			continue
		}
		found := t.Lookup(name)
		if len(found) > 0 && (inside != "" || x.isProgram(m)) {
			return choose(name, found)
		}
		others = append(others, found...)
		if t.Stripped() && (inside != "" || x.isProgram(m)) {
			missing.Stripped = append(missing.Stripped, m.Name)
		}
	}
	if len(others) > 0 {
		return choose(name, others)
	}
	missing.Near = x.near(modules, name, inside != "")
	return Symbol{}, missing
}

// choose returns the only place among symbols of one name.
func choose(name string, found []Symbol) (Symbol, error) {
	if slices.ContainsFunc(found, func(s Symbol) bool { return s.Binding != Local }) {
		found = slices.DeleteFunc(found, func(s Symbol) bool { return s.Binding == Local })
	}
	var places []Symbol
	for _, s := range found {
		i := slices.IndexFunc(places, func(p Symbol) bool {
			return p.Addr == s.Addr && (p.Kind == TLS) == (s.Kind == TLS) && (s.Kind != TLS || p.Base == s.Base)
		})
		if i < 0 {
			places = append(places, s)
		}
	}
	if len(places) > 1 {
		return Symbol{}, &AmbiguousError{Name: name, Symbols: places}
	}
	return places[0], nil
}

// near returns names that may have been meant: of the module that was named, or
// of the program and then the libraries.
func (x *Index) near(modules []session.Module, name string, inside bool) []string {
	for _, m := range modules {
		if !inside && !x.isProgram(m) {
			continue
		}
		if t, err := x.Table(m); err == nil {
			if names := t.near(name); len(names) > 0 {
				return names
			}
		}
	}
	// What several libraries have is no better a guess than what one has.
	for _, m := range modules {
		if t, err := x.Table(m); err == nil && !inside && strings.HasPrefix(path.Base(m.Path), "lib") {
			if names := t.near(name); len(names) > 0 {
				return names
			}
		}
	}
	return nil
}
