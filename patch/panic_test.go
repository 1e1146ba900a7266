package patch_test

import (
	"testing"

	"quarry/patch"
	"quarry/session"
	"quarry/session/bug"
	"quarry/session/sessiontest"
)

// cursed is memory of which the n-th call of Write panics, before it writes or after.
type cursed struct {
	session.Memory
	n    int
	late bool
}

func (c *cursed) Write(p []byte, addr uint64) (int, error) {
	c.n--
	if c.n == 0 && !c.late {
		panic("the memory is cursed")
	}
	n, err := c.Memory.Write(p, addr)
	if c.n == 0 {
		panic("the memory is cursed")
	}
	return n, err
}

// A panic in the middle of a group of writes takes back what was written, like any
// error.
func TestFaultPanicTakesBack(t *testing.T) {
	for _, late := range []bool{false, true} {
		sessiontest.Fault(t, "a panic in the middle of a group of writes")
		f := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: heap, End: heap + 6}, Perms: session.PermRead | session.PermWrite}, Data: []byte("aabbcc")})
		var writes []patch.Write
		for i, text := range []string{"aa", "bb", "cc"} {
			writes = append(writes, patch.Write{Addr: heap + uint64(2*i), Before: []byte(text), After: []byte("XY")})
		}
		err := patch.Apply(t.Context(), &cursed{f, 3, late}, writes)
		if !bug.Is(err) {
			t.Fatalf("late %v: %v", late, err)
		}
		have := make([]byte, 6)
		if _, err := f.Read(have, heap); err != nil || string(have) != "aabbcc" {
			t.Errorf("late %v: left %q, %v", late, have, err)
		}
	}
}
