package shellwords_test

import (
	"fmt"

	"quarry/cmd/internal/shellwords"
)

func Example() {
	words, err := shellwords.Split(`find "String 1" --in heap # the greeting`)
	fmt.Printf("%q %v\n", words, err)

	_, err = shellwords.Split(`find "String 1`)
	fmt.Println(err)
	// Output:
	// ["find" "String 1" "--in" "heap"] <nil>
	// column 6: the double quote is not closed
}

func ExampleQuote() {
	fmt.Println(shellwords.Quote("it's mine"))
	// Output: "it's mine"
}

func ExampleLine_Continue() {
	line := shellwords.Parse(`save "my fi`)
	fmt.Println(line.Typing, line.Continue("les.toml"))
	// Output: true "my files.toml"
}
