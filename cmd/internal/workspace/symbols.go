package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"quarry/session"
	"quarry/session/symbol"
)

// SymbolQuery says which symbols are meant.
type SymbolQuery struct {
	// Filter is a part of the name in any case, or, with * or ?, a pattern of the
	// whole name. The empty one holds for all.
	Filter string
	// Module is the name of the only module to look in; empty for all of them.
	Module string
	// Kinds are the kinds of symbol; empty for all of them.
	Kinds []symbol.Kind
}

// SymbolList are symbols that were asked for.
type SymbolList struct {
	// Stripped are the modules that have lost their symbol tables, the program
	// first.
	Stripped []string
	Unread   []error // why modules could not be looked into
	tables   []*symbol.Table
	query    SymbolQuery
	text     string         // the filter as it was typed
	program  string         // the name of the program's module
	pattern  *regexp.Regexp // nil: a part of the name
}

// Symbols returns the symbols that a query means.
func (w *Workspace) Symbols(ctx context.Context, q SymbolQuery) (SymbolList, error) {
	if _, err := w.Session(); err != nil {
		return SymbolList{}, err
	}
	list := SymbolList{query: q, text: q.Filter}
	if strings.ContainsAny(q.Filter, "*?") {
		list.pattern = glob(q.Filter)
	}
	list.query.Filter = strings.ToLower(q.Filter)
	modules, err := w.symbols.Modules()
	if err != nil {
		return SymbolList{}, err
	}
	if len(modules) > 0 {
		list.program = modules[0].Name
	}
	if q.Module != "" {
		if modules = modulesNamed(modules, q.Module); len(modules) == 0 {
			return SymbolList{}, &symbol.ModuleError{Name: q.Module}
		}
	}
	for _, m := range modules {
		if err := ctx.Err(); err != nil {
			return SymbolList{}, err
		}
		t, err := w.symbols.Table(m)
		switch {
		case errors.Is(err, session.ErrGone):
			return SymbolList{}, err
		case err != nil:
			list.Unread = append(list.Unread, err)
			continue
		case t.Stripped() && strings.HasPrefix(m.Path, "/"): // the kernel's vdso never has more
			list.Stripped = append(list.Stripped, m.Name)
		}
		list.tables = append(list.tables, t)
	}
	slices.SortStableFunc(list.tables, func(a, b *symbol.Table) int { return cmp.Compare(a.Module().Base, b.Module().Base) })
	return list, nil
}

// modulesNamed returns the modules of a name: the base name, the whole path, or
// the base name without what follows a dot, so that libc is libc.so.6.
func modulesNamed(modules []session.Module, name string) []session.Module {
	var exact, short []session.Module
	for _, m := range modules {
		switch {
		case m.Name == name || m.Path == name:
			exact = append(exact, m)
		case strings.HasPrefix(m.Name, name+"."), m.Name == "["+name+"]":
			short = append(short, m)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return short
}

// glob returns a pattern of whole names in any case. Brackets have no meaning in
// it: they are parts of names.
func glob(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	return regexp.MustCompile(`(?is)^` + quoted + `$`)
}

// keep reports whether a symbol is one that is meant.
func (l SymbolList) keep(s symbol.Symbol) bool {
	if len(l.query.Kinds) > 0 && !slices.Contains(l.query.Kinds, s.Kind) {
		return false
	}
	if l.query.Filter == "" || l.matches(s.Linker) {
		return true
	}
	name := s.Name()
	return name != s.Linker && l.matches(name)
}

func (l SymbolList) matches(name string) bool {
	if l.pattern != nil {
		return l.pattern.MatchString(name)
	}
	return strings.Contains(strings.ToLower(name), l.query.Filter)
}

// All returns the symbols by their addresses; within a module, those without an
// address come last. An error is the last step.
func (l SymbolList) All(ctx context.Context) iter.Seq2[symbol.Symbol, error] {
	return func(yield func(symbol.Symbol, error) bool) {
		looked := 0
		keep := func(s symbol.Symbol) bool {
			looked++
			return looked%1024 == 0 && ctx.Err() != nil || l.keep(s) // one more, and then an end
		}
		for _, t := range l.tables {
			for s := range t.All(keep) {
				if err := ctx.Err(); err != nil {
					yield(symbol.Symbol{}, err)
					return
				}
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

// Wanting returns the name of the module that symbols would be expected of and
// that has lost them, the program or the one that was named, or nothing.
func (l SymbolList) Wanting() string {
	if len(l.Stripped) > 0 && (l.query.Module != "" || l.Stripped[0] == l.program) {
		return l.Stripped[0]
	}
	return ""
}

// Missing returns the error for a list that is empty.
func (l SymbolList) Missing() error {
	text := "no symbol"
	if l.query.Module != "" {
		text += " of " + l.query.Module
	}
	if l.text != "" {
		text += fmt.Sprintf(" matches %q", l.text)
	}
	e := &adviceError{errors.New(text), "symbols FILTER looks for a part of the name in any case, and * and ? for a pattern"}
	switch {
	case l.Wanting() != "":
		e.error = fmt.Errorf("%s; %s has no symbol table (it is stripped)", text, l.Wanting())
		e.hint = "install its debug symbols, or write " + l.Wanting() + "+OFFSET for a place in it"
	case len(l.Unread) > 0:
		e.error = fmt.Errorf("%s; %w", text, l.Unread[0])
	}
	return e
}
