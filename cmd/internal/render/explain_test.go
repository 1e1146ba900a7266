package render

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
)

func TestExplainTellsTheFirstOfMany(t *testing.T) {
	var out bytes.Buffer
	o := &Output{Err: &out}
	alive := session.Call{Name: "pread64", Path: "/proc/7/mem", Len: 1, Err: errors.New("EIO"), Note: "is it still there?"}
	for i := range 1200 {
		o.Explain(alive)
		o.Explain(session.Call{Name: "pread64", Path: "/proc/7/mem", Addr: uint64(0x1000 * (i + 1)), Len: 4096, N: 4096, Note: "variables of a" + string(rune('a'+i%20))})
	}
	o.Explain(session.Call{Name: "pread64", Path: "/proc/7/mem", Addr: 0x1000, Len: 64, N: 64})
	for i := range 5 {
		o.Explain(session.Call{Name: "pwrite64", Path: "/proc/7/mem", Addr: uint64(i + 1), Len: 4, N: 4, Note: "the heap"})
	}
	o.Explained()
	o.Explained()
	want := `  pread64 /proc/7/mem, 1 byte = EIO (is it still there?)
  pread64 /proc/7/mem, 4 KiB at 0x1000 = 4 KiB (variables of aa)
  pread64 /proc/7/mem, 4 KiB at 0x2000 = 4 KiB (variables of ab)
  pread64 /proc/7/mem, 4 KiB at 0x3000 = 4 KiB (variables of ac)
  pread64 /proc/7/mem, 64 bytes at 0x1000 = 64 bytes (what a program or library tells about itself: its headers)
  pwrite64 /proc/7/mem, 4 bytes at 0x1 = 4 bytes (the heap)
  pwrite64 /proc/7/mem, 4 bytes at 0x2 = 4 bytes (the heap)
  pwrite64 /proc/7/mem, 4 bytes at 0x3 = 4 bytes (the heap)
  pwrite64 /proc/7/mem, 4 bytes at 0x4 = 4 bytes (the heap)
  pwrite64 /proc/7/mem, 4 bytes at 0x5 = 4 bytes (the heap)
  … 1,199 more like it: pread64 /proc/7/mem (is it still there?)
  … 1,197 more like it: pread64 /proc/7/mem (variables of aa)
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
