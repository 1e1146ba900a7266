package bug_test

import (
	"fmt"

	"quarry/session/bug"
)

// A goroutine is started with a guarded function. Its panic then is an error, for
// whoever waits for it.
func Example() {
	ended := make(chan error)
	work := bug.Guard(func() error { panic("no lives are left") })
	go func() { ended <- work() }()
	err := <-ended
	fmt.Println(bug.Is(err))
	fmt.Println(err)
	// Output:
	// true
	// a bug in quarry: no lives are left
}
