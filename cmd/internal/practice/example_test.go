package practice_test

import (
	"bufio"
	"fmt"
	"strings"

	"quarry/cmd/internal/practice"
)

// What a program shows is read screen by screen; the last line of one tells
// whether the goal is reached.
func ExampleReadScreen() {
	shown := bufio.NewReader(strings.NewReader("Lives: 3\n\nLives: 99\n★ goal reached\n\n"))
	for {
		screen, err := practice.ReadScreen(shown)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q %v\n", screen.Lines, screen.State == practice.Reached)
	}
	// Output:
	// ["Lives: 3"] false
	// ["Lives: 99"] true
	// the program has ended
}
