package sessiontest_test

import (
	"errors"
	"fmt"

	"quarry/session"
	"quarry/session/sessiontest"
)

// A process that is not there: memory with a hole in it, which ends in the middle.
func ExampleFake() {
	f := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000, End: 0x3000}},
		Data:   []byte("lives=3"),
	})
	f.Hole(session.Range{Start: 0x2000, End: 0x3000})

	p := make([]byte, 7)
	n, err := f.Read(p, 0x1000)
	fmt.Printf("%s, %v\n", p[:n], err)
	_, err = f.Read(p, 0x2000)
	fmt.Println(errors.Is(err, session.ErrUnreadable))
	f.Gone()
	_, err = f.Read(p, 0x1000)
	fmt.Println(errors.Is(err, session.ErrGone))
	// Output:
	// lives=3, <nil>
	// true
	// true
}
