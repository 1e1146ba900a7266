package symbol

import (
	"debug/elf"
	"fmt"
)

// Kind tells what a symbol stands for.
type Kind uint8

// The kinds of symbol.
const (
	Other        Kind = iota // of no type: labels, mostly of assembly code
	Func                     // a function
	Object                   // a variable
	TLS                      // a variable of which each thread has its own
	IndirectFunc             // a function that is chosen when the program starts
)

var kindNames = [...]string{Other: "other", Func: "func", Object: "object", TLS: "tls", IndirectFunc: "ifunc"}

// String returns the kind in one lower-case word.
func (k Kind) String() string { return kindNames[k] }

// Binding tells who sees a symbol.
type Binding uint8

// The bindings.
const (
	Local  Binding = iota // its own source file: static in C
	Global                // everybody
	Weak                  // everybody, unless there is a global one of its name
)

var bindingNames = [...]string{Local: "local", Global: "global", Weak: "weak"}

// String returns the binding in one lower-case word.
func (b Binding) String() string { return bindingNames[b] }

// Symbol is a name that a linker gave to a place in a module.
type Symbol struct {
	// Linker is the name as it stands in the symbol table, mangled if the
	// language mangles, without the version. [Symbol.Name] is for people.
	Linker string
	// Version is the version of the name, as GLIBC_2.14 of memcpy, or empty.
	Version string
	// Addr is the address in the process. That of a [TLS] symbol is its offset
	// in the module's part of each thread's storage instead, and that of an
	// [IndirectFunc] is the address of its resolver: the function that the
	// loader calls to learn the address of the one to be used.
	Addr uint64
	// Size is the number of bytes, 0 when the linker does not know it.
	Size    uint64
	Kind    Kind
	Binding Binding
	// File is the base name of the source file of a local symbol, if known.
	File string
	// Module is the name of the module, and Base its base address.
	Module string
	Base   uint64
}

// Name returns the name as it is written in the source: demangled, with its
// parameters if it is a C++ function. It is computed at each call.
func (s Symbol) Name() string { return Demangle(s.Linker) }

// Place returns where the symbol is as an address expression, game+0x4030,
// with its source file if that is known.
func (s Symbol) Place() string {
	place := fmt.Sprintf("%s+%#x", s.Module, s.Addr-s.Base)
	switch {
	case s.Kind == TLS:
		place = fmt.Sprintf("%s, %#x in each thread's storage", s.Module, s.Addr)
	case s.Addr < s.Base:
		place = fmt.Sprintf("%s-%#x", s.Module, s.Base-s.Addr)
	}
	if s.File != "" {
		place += " (static in " + s.File + ")"
	}
	return place
}

// kindOf reads the type of a symbol; ok is false for what is no place.
func kindOf(t elf.SymType) (k Kind, ok bool) {
	switch t {
	case elf.STT_NOTYPE:
		return Other, true
	case elf.STT_OBJECT, elf.STT_COMMON:
		return Object, true
	case elf.STT_FUNC:
		return Func, true
	case elf.STT_TLS:
		return TLS, true
	case elf.STT_GNU_IFUNC:
		return IndirectFunc, true
	}
	return Other, false
}

func bindingOf(b elf.SymBind) Binding {
	switch b {
	case elf.STB_LOCAL:
		return Local
	case elf.STB_WEAK:
		return Weak
	}
	return Global // STB_GNU_UNIQUE too
}
