// Package candidate holds the addresses that a search found, and the values
// they held, in as little memory as the information in them takes.
//
// A [Set] is cut into blocks, each for the candidates in at most [BlockSize]
// consecutive bytes of the process. A block stores its candidates in whichever
// of three forms is smallest: as a run when they follow each other without a
// gap, as a bitmap when they are dense, or as 16-bit offsets when they are few.
// Values that are all the same are stored once, all others side by side or as
// the piece of memory that holds them all, again what is smaller. A search for
// 0 in zeros thus takes a few bytes for 64 KiB, and a search for an unknown
// value takes the memory it looked at, once, less what repeats in it.
//
// The bytes lie in slabs, which come from a [Store]. Several sets may refer to
// one slab: that is how a narrowing shares what did not change with the set it
// began from, and the types of one search the memory they all looked at. Slabs
// lie outside of Go's heap, where they give the garbage collector nothing to do
// and no reason to let garbage grow; past the ceiling of their store they go to
// a file. A slab is given back when no set that refers to it is reachable.
//
// A Set never changes after it was built and may be used by several
// goroutines, each with a [Scratch] of its own.
package candidate

// BlockSize is the greatest number of bytes of the process that one block
// covers.
const BlockSize = 1 << 16
