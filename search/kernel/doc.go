// Package kernel compares memory at speed. Every kernel looks at the values at
// a fixed distance from each other in a buffer and answers with one bit for
// each of them, so that the floors above never see how a comparison is done.
//
// A kernel writes bit i of dst for the value at buf[i*stride:], lowest bit of
// dst[0] first, and leaves no bit undefined: the bits from n on are zero.
// Kernels keep no state and may run in several goroutines at once. They
// assume that the machine quarry runs on is little-endian, as all those that
// Go and this project support together are.
//
// On amd64 most of the work is done by vector kernels, at the [Level] that the
// processor has; package internal/gen writes them. Pure Go does the rest and
// gives the same answers.
package kernel
