package symbol

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrNotFound: nothing has that name.
	ErrNotFound = errors.New("no such symbol")
	// ErrAmbiguous: several places have that name.
	ErrAmbiguous = errors.New("several symbols have that name")
	// ErrThreadLocal: each thread has its own variable of that name.
	ErrThreadLocal = errors.New("the symbol has no single address")
)

// NotFoundError tells which name is not there. It is [ErrNotFound], and unwraps
// to the reasons for which the symbols of modules could not be read.
type NotFoundError struct {
	Name     string
	Module   string   // where it was looked for; empty for everywhere
	Stripped []string // modules that may have had it: they have no symbol table
	Near     []string // names that may have been meant
	Unread   []error  // why modules could not be looked into
}

func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("no symbol is called %q", e.Name)
	if e.Module != "" {
		text = fmt.Sprintf("%s has no symbol called %q", e.Module, e.Name)
	}
	if len(e.Stripped) > 0 {
		text += "; " + e.Stripped[0] + " has no symbol table (it is stripped)"
	}
	if len(e.Unread) > 0 {
		text += "; " + e.Unread[0].Error()
	}
	return text
}

// Is matches ErrNotFound.
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// Unwrap returns why modules could not be looked into.
func (e *NotFoundError) Unwrap() []error { return e.Unread }

// Hint returns what would work.
func (e *NotFoundError) Hint() string {
	switch {
	case len(e.Near) > 0:
		return "did you mean " + strings.Join(e.Near, ", ") + "?"
	case len(e.Stripped) > 0:
		return "write " + e.Stripped[0] + "+OFFSET, or install its debug symbols"
	}
	return "quarry symbols lists them"
}

// ModuleError tells that a module is not there, or not alone. It is [ErrNotFound]
// or [ErrAmbiguous].
type ModuleError struct {
	Name  string
	Paths []string // of the modules of that name
}

func (e *ModuleError) Error() string {
	if len(e.Paths) == 0 {
		return fmt.Sprintf("no module is called %q", e.Name)
	}
	return fmt.Sprintf("%d modules are called %q: %s", len(e.Paths), e.Name, strings.Join(e.Paths, ", "))
}

// Is matches ErrNotFound or ErrAmbiguous.
func (e *ModuleError) Is(target error) bool {
	if len(e.Paths) == 0 {
		return target == ErrNotFound
	}
	return target == ErrAmbiguous
}

// Hint returns what would work.
func (e *ModuleError) Hint() string {
	if len(e.Paths) == 0 {
		return "quarry maps lists the modules"
	}
	return "write the module's whole path"
}

// AmbiguousError lists the symbols that share a name. It is [ErrAmbiguous].
type AmbiguousError struct {
	Name    string
	Symbols []Symbol // one of each address
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d symbols are called %q", len(e.Symbols), e.Name)
}

// Is matches ErrAmbiguous.
func (e *AmbiguousError) Is(target error) bool { return target == ErrAmbiguous }

// Hint lists the places to choose from.
func (e *AmbiguousError) Hint() string {
	const most = 10
	var b strings.Builder
	b.WriteString("choose one by its place")
	if first := e.Symbols[0].Module; slices.ContainsFunc(e.Symbols, func(s Symbol) bool { return s.Module != first }) {
		fmt.Fprintf(&b, ", or write &%s:%s", first, e.Name)
	}
	b.WriteByte(':')
	for _, s := range e.Symbols[:min(most, len(e.Symbols))] {
		fmt.Fprintf(&b, "\n  %s", s.Place())
		if s.Linker != e.Name {
			fmt.Fprintf(&b, "  %s", s.Linker)
		}
	}
	if more := len(e.Symbols) - most; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

// ThreadLocalError names a symbol that each thread has its own of. It is
// [ErrThreadLocal].
type ThreadLocalError struct {
	Symbol Symbol
}

func (e *ThreadLocalError) Error() string {
	return fmt.Sprintf("%s of %s is thread-local: each thread has its own, so it has no single address", e.Symbol.Name(), e.Symbol.Module)
}

// Is matches ErrThreadLocal.
func (e *ThreadLocalError) Is(target error) bool { return target == ErrThreadLocal }

// Hint returns what would work.
func (e *ThreadLocalError) Hint() string { return "find its value by a search" }
