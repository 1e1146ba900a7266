package freeze_test

import (
	"context"
	"testing"

	"quarry/patch/freeze"
	"quarry/search/value"
	"quarry/session/bug"
	"quarry/session/sessiontest"
)

// A panic in the freezer's goroutine ends the freezer, as its error, also where what
// is told of it panics too.
func TestFaultPanicInTheFreezer(t *testing.T) {
	for _, notify := range []func(freeze.Event){nil, func(freeze.Event) { panic("cursed, too") }} {
		sessiontest.Fault(t, "a panic in the freezer")
		f := freeze.New(sessiontest.NewFake(), notify)
		err := f.Add(freeze.Entry{
			Name: "lives", Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.I32, Keep: []byte{9, 0, 0, 0},
			Locate: func(context.Context) (uint64, error) { panic("cursed") },
		})
		if err != nil {
			t.Fatal(err)
		}
		<-f.Done()
		if err := f.Err(); !bug.Is(err) {
			t.Errorf("error is %v", err)
		}
		f.Close()
	}
}
