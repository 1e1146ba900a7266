// Generate writes the reference into the folder docs.
package main

import (
	"log"
	"os"
	"path/filepath"

	"quarry/cmd/internal/docs"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: generate DOCS")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// write replaces the generated folders.
func write(to string) error {
	files, err := docs.Files()
	if err != nil {
		return err
	}
	for _, folder := range docs.Folders {
		if err := os.RemoveAll(filepath.Join(to, folder)); err != nil {
			return err
		}
	}
	for path, text := range files {
		path = filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
