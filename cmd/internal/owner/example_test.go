package owner_test

import (
	"fmt"
	"os"
	"path/filepath"

	"quarry/cmd/internal/owner"
)

func Example() {
	home, err := os.MkdirTemp("", "home")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(home)

	f, err := owner.Append(filepath.Join(home, "state", "history"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	fmt.Println(info.Mode(), err)
	// Output: -rw------- <nil>
}
