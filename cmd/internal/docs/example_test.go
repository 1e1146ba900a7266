package docs_test

import (
	"fmt"
	"strings"

	"quarry/cmd/internal/docs"
)

func Example() {
	files, err := docs.Files()
	if err != nil {
		fmt.Println(err)
		return
	}
	title, _, _ := strings.Cut(string(files["reference/quarry-find.md"]), "\n")
	fmt.Println(title)
	// Output: # quarry find
}
