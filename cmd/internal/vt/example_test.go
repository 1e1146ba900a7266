package vt_test

import (
	"fmt"

	"quarry/cmd/internal/vt"
)

func Example() {
	screen := vt.New(20, 2)
	fmt.Fprint(screen, "\x1b[31mlives: 3\x1b[0m\r\n> find 3\b4")
	fmt.Println(screen)
	x, y := screen.Cursor()
	fmt.Println("the cursor is in row", y, "and column", x)
	// Output:
	// lives: 3
	// > find 4
	// the cursor is in row 1 and column 8
}
