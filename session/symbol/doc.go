// Package symbol knows the names that linkers give to places in programs and
// libraries, and finds them in a running process.
//
//	x := symbol.NewIndex(s) // s is a *session.Session
//	counter, err := x.Find("counter")
//	inside, offset, ok, err := x.At(0x7f12…)
//
// An [Index] reads the symbols of a module when it first needs them and keeps
// them. The file that it reads is the one that is mapped, also when another
// stands at its path by now; see [session.Session.OpenModule]. Where a module is
// stripped, its separate debug file is used if one is installed for its build
// ID. The kernel's [vdso] is read out of memory.
//
// # Names
//
// A symbol is found by its linker's name (_ZN4Game4tickEi) and by the name in the
// source (Game::tick(int), or Game::tick where that is enough). C++ and Rust names
// are demangled when that is needed, not before: most look-ups need none of it.
// Versions (memcpy@@GLIBC_2.14) are not part of the name.
//
// # Sources
//
// elf(5) and the System V ABI on object files, symbol tables and hash sections;
// the Linux Standard Base on symbol versions; the Itanium C++ ABI on mangling;
// Ulrich Drepper, "ELF Handling For Thread-Local Storage". Files are not trusted:
// their sizes are checked against limits, and what contradicts itself is left out.
package symbol
