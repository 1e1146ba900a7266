// Package x64dbg reads and writes the patches that x64dbg exports as files named
// *.1337. After a line with the name of a module there is one line for each byte,
// with its offset from where the module begins, the byte before and the byte
// after, all hexadecimal:
//
//	>game.exe
//	0000000000001C40:74->EB
//
// Bytes next to each other become one edit, located by module and offset, that
// expects the bytes before. The offsets are those of memory, not of the file on
// disk.
package x64dbg
