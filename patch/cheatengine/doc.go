// Package cheatengine reads and writes the tables of Cheat Engine, XML files
// named *.CT. Entries become edits: values with their type, address or pointer,
// group and drop-down list, and scripts of the auto assembler as far as they only
// replace bytes by others. Nothing is ever executed; whatever cannot be taken over
// is listed.
//
// Where the two differ:
//
//   - A table lists the offsets of a pointer from the last one applied to the
//     first: 8 and 12 on game.exe+1234 are [[game.exe+0x1234]+0x12]+0x8.
//   - Hexadecimal numbers have no 0x there.
//   - The value that a table holds is what was there last. It becomes a value to
//     set only of an entry that was active, that is, frozen.
//   - A signature there means its first match; here it must match once.
package cheatengine
