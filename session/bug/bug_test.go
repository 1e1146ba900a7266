package bug_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"quarry/session/bug"
)

func TestCatch(t *testing.T) {
	work := func(value any) (err error) {
		defer bug.Catch(&err)
		if value != nil {
			panic(value)
		}
		return io.EOF
	}
	if err := work(nil); err != io.EOF || bug.Is(err) {
		t.Errorf("no panic: %v", err)
	}
	err := work("cursed")
	var caught *bug.Error
	if !errors.As(fmt.Errorf("search: %w", err), &caught) || !bug.Is(err) {
		t.Fatalf("%v", err)
	}
	if !strings.Contains(err.Error(), "cursed") || !strings.Contains(string(caught.Stack), "TestCatch") {
		t.Errorf("%v\n%s", err, caught.Stack)
	}
	if again := work(caught); again != error(caught) {
		t.Errorf("thrown again it is another: %v", again)
	}
	if err := work(io.EOF); errors.Is(err, io.EOF) || !bug.Is(err) {
		t.Errorf("a panic with an error passes for that error: %v", err)
	}
}

// A panic of the runtime, such as an index out of range, is one like others.
func TestGuard(t *testing.T) {
	var none []int
	err := bug.Guard(func() error { none[3]++; return nil })()
	if !bug.Is(err) || !strings.Contains(err.Error(), "index out of range [3]") {
		t.Errorf("%v", err)
	}
	if err := bug.Guard(func() error { return io.EOF })(); err != io.EOF {
		t.Errorf("%v", err)
	}
}
