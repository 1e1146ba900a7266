// Package search finds addresses in a process: [Find] makes the first search,
// [Generation.Narrow] keeps of what it found the candidates that meet another
// condition. Each search gives a new generation and leaves the former as it
// was, so that going back is holding on to the former.
//
// A search reads the process and changes nothing in it: no page is written,
// none is allocated, nothing is stopped. What a generation reports was at its
// address at the moment that address was read; a process that runs on may have
// changed it since.
package search
