package outfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"quarry/cmd/internal/outfile"
)

func Example() {
	folder, err := os.MkdirTemp("", "outfile")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "table.toml")

	fmt.Println(outfile.Write(path, []byte("first"), false))
	err = outfile.Write(path, []byte("second"), false)
	fmt.Println(errors.Is(err, outfile.ErrExists))
	text, err := os.ReadFile(path)
	fmt.Println(string(text), err)
	// Output:
	// <nil>
	// true
	// first <nil>
}
