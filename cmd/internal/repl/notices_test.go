package repl

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestNotices(t *testing.T) {
	var n Notices
	n.Post("one")
	n.Postf("two %d", 2)
	var b strings.Builder
	if err := n.Flush(&b); err != nil {
		t.Fatal(err)
	}
	if err := n.Flush(&b); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "one\ntwo 2\n"; got != want {
		t.Errorf("Flush wrote %q, want %q", got, want)
	}
}

func TestNoticesFromManyGoroutines(t *testing.T) {
	var n Notices
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				n.Post("x")
			}
		})
	}
	all.Wait()
	var b strings.Builder
	if err := n.Flush(&b); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "(300 earlier notices dropped)\n"+strings.Repeat("x\n", 100); got != want {
		t.Errorf("Flush wrote %q, want %q", got, want)
	}
}

type failingWriter struct{}

var errFull = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestNoticesThatCannotBeWritten(t *testing.T) {
	var n Notices
	n.Post("one")
	if err := n.Flush(failingWriter{}); !errors.Is(err, errFull) {
		t.Errorf("Flush = %v, want %v", err, errFull)
	}
	var none *Notices
	none.Post("dropped")
	if err := none.Flush(failingWriter{}); err != nil {
		t.Errorf("Flush of no notices = %v", err)
	}
}

func TestNoticeTakenBack(t *testing.T) {
	var n Notices
	for _, line := range []string{"a", "b", "a"} {
		n.Post(line)
	}
	n.Drop("a")
	n.Drop("c")
	(*Notices)(nil).Drop("a")
	var out strings.Builder
	if err := n.Flush(&out); err != nil || out.String() != "b\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
