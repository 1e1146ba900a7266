// Package address reads address expressions, the one notation for a place in a
// process that every verb and every patch file uses:
//
//	0x7ffd1234              absolute; decimal works too
//	game+0x4a30             where a module begins, plus an offset
//	heap+0x2a0  stack       where the first region of that kind begins
//	lives+8                 a labelled entry
//	&counter  &libfoo.so:x  a symbol
//	[game+0x40a0]+0x10      the pointer stored there, plus an offset; nests
//
// [Parse] reads the text, [Expr.Resolve] finds the address in a process. An
// expression is worth keeping: modules and pointers are looked up at each
// Resolve.
//
// # Names
//
// Names may hold dots, dashes and plus signs, so game-2+8 can mean 8 past
// "game-2" or 6 past "game". The longest name that the process knows wins. Quotes
// end the doubt: "game-2"+8. They are also needed for a name with a space, and
// for one that looks like a number, as in "2048"+0x10. A name with a slash is
// the whole path of a module.
//
// A name that is none of these is taken for a symbol; with an ampersand it is
// nothing else. Symbols of C++ and Rust are written as in the source, with or
// without parameters: &Game::lives, &Map<int, int>::x, &Game::tick(int). What
// stands in their brackets needs no quotes, other spaces do:
// &"operator new(unsigned long)", &libfoo.so:"vtable for Game".
package address
