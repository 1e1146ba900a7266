package render

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"quarry/session"
)

// An Output is written to by many at once: each line comes out whole, and as many
// system calls are told or counted as there were.
func TestOutputHammer(t *testing.T) {
	var out, messages bytes.Buffer // not to be written to by two at once
	o := &Output{Out: &out, Err: &messages}
	const workers, rounds = 8, 50
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := range rounds {
				o.Message("message %d of %d.", i, worker)
				o.Hint("do it")
				o.Error(fmt.Errorf("error %d", i))
				o.Explain(session.Call{Name: "pread64", Note: "for the test"})
				if err := o.Result(Done{Done: "set", Title: "set one"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	o.Explained()
	count := func(text, part string) int { return strings.Count(text, part) }
	text := messages.String()
	if n := workers * rounds; count(text, ".\n") != n || count(text, "hint: do it\n") != n || count(text, "quarry: error ") != n || count(out.String(), "\n") != n {
		t.Errorf("lines are missing or torn:\n%.500s", text)
	}
	if rest := fmt.Sprintf("%d more like it", workers*rounds-toldCalls); count(text, "pread64") != toldCalls+1 || count(text, rest) != 1 {
		t.Errorf("%d system calls are told, and not %q", count(text, "pread64"), rest)
	}
}
