//go:build unix

package kernel

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
)

// fenced returns pages between two that nobody may touch.
func fenced(t *testing.T, pages int) []byte {
	t.Helper()
	page := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, (pages+2)*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	for _, fence := range [][]byte{all[:page], all[(pages+1)*page:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return all[page : (pages+1)*page]
}

// A kernel that reads outside the memory it was given ends this test.
func TestKernelsStayInside(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	now, was := fenced(t, 3), fenced(t, 3)
	copy(now, memory(rng, len(now)))
	copy(was, later(rng, now))
	for _, s := range subjects(rng, now) {
		for _, stride := range strides {
			for _, n := range []int{1, 2, 63, 64, 65, 127, 128, 190, 257} {
				size := (n-1)*stride + s.width
				if size > len(now) {
					continue
				}
				check(t, s, now[:size:size], was[:size:size], stride, n)
				end := len(now) - size
				check(t, s, now[end:], was[end:], stride, n)
			}
		}
	}
}
