package tutorial_test

import (
	"fmt"

	"quarry/cmd/internal/tutorial"
)

func Example() {
	progress, err := tutorial.LoadProgress("") // which is kept in no file
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := progress.Add(tutorial.Lessons[0]); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("done:", tutorial.Lessons[0].Title)
	if next, more := progress.Next(); more {
		fmt.Println("next:", tutorial.Lessons[next].Title)
	}
	// Output:
	// done: See a process in /proc
	// next: Replace a text in the heap
}
