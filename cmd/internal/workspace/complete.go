package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"quarry/session"
	"quarry/session/bug"
	"quarry/session/symbol"
)

// SymbolName is a symbol by the name that an address expression may use.
type SymbolName struct {
	Name   string // demangled, without parameters
	Symbol symbol.Symbol
}

// SymbolNames returns up to most symbols whose names begin with prefix, those of
// the program first, as far as they are known when ctx ends, which it must. What
// takes longer to read is read all the same, for the next time. A prefix of MODULE:NAME asks
// for those of one module. Names that begin with an underscore, of which
// compilers make many, come only when the prefix has one.
func (w *Workspace) SymbolNames(ctx context.Context, prefix string, most int) []SymbolName {
	if w.symbols == nil || w.session.Alive() != nil {
		return nil
	}
	found := make(chan SymbolName)
	go func() {
		defer close(found)
		look := lookup{ctx: ctx, index: w.symbols, prefix: prefix, found: found}
		_ = bug.Guard(func() error { look.run(); return nil })() // who uses the symbols is told
	}()
	var out []SymbolName
	rank := make(map[string]int) // of modules
	for more := true; more && len(out) < most; {
		select {
		case <-ctx.Done():
			more = false
		case s, ok := <-found:
			if more = ok; ok {
				if _, known := rank[s.Symbol.Module]; !known {
					rank[s.Symbol.Module] = len(rank)
				}
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b SymbolName) int {
		return cmp.Or(cmp.Compare(rank[a.Symbol.Module], rank[b.Symbol.Module]), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// lookup is a search for the beginning of a name.
type lookup struct {
	ctx    context.Context
	index  *symbol.Index
	prefix string
	found  chan<- SymbolName
}

func (l *lookup) run() {
	modules, err := l.index.Modules()
	if err != nil {
		return
	}
	for _, m := range modules {
		prefix, named := l.prefix, ""
		if rest, ok := strings.CutPrefix(l.prefix, m.Name+":"); ok && !strings.HasPrefix(rest, ":") {
			prefix, named = rest, m.Name+":"
		}
		if !l.module(m, prefix, named) {
			return
		}
	}
}

// module looks in one module. It returns whether there is time for another.
func (l *lookup) module(m session.Module, prefix, named string) bool {
	table, err := l.index.Table(m)
	if err != nil {
		return l.ctx.Err() == nil
	}
	seen := make(map[string]bool)
	looked := 0
	for s := range table.All(func(s symbol.Symbol) bool { return s.Kind != symbol.TLS }) {
		if looked++; looked%256 == 0 && l.ctx.Err() != nil {
			return false
		}
		name := plainName(s)
		if !strings.HasPrefix(name, prefix) || seen[name] || !typable(name, prefix) {
			continue
		}
		seen[name] = true
		select {
		case l.found <- SymbolName{named + name, s}:
		case <-l.ctx.Done():
			return false
		}
	}
	return l.ctx.Err() == nil
}

// plainName returns the name of a symbol without parameters.
func plainName(s symbol.Symbol) string {
	name := s.Name()
	if i := strings.IndexByte(name, '('); i > 0 {
		name = name[:i]
	}
	return name
}

// typable reports whether a person who typed prefix may want to type name.
func typable(name, prefix string) bool {
	return !strings.ContainsAny(name, " \t@") && (prefix != "" && prefix[0] == '_' || !strings.HasPrefix(name, "_"))
}
