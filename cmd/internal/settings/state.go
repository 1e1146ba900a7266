package settings

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"quarry/cmd/internal/owner"
)

// StatePath returns where a file is kept in the folder for what a program
// remembers of its user, $XDG_STATE_HOME/quarry or ~/.local/state/quarry. It
// returns "" when neither is known.
func StatePath(name string) string { return inFolder("XDG_STATE_HOME", ".local/state", name) }

// inFolder returns a file of quarry in an XDG folder, by the variable that names
// the folder and its place in the home folder.
func inFolder(variable, inHome, name string) string {
	folder := os.Getenv(variable)
	if !filepath.IsAbs(folder) {
		home := os.Getenv("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		folder = filepath.Join(home, inHome)
	}
	return filepath.Join(folder, "quarry", name)
}

// Counts are numbers by name that are kept in a file from one run to the next.
type Counts struct {
	path string
	by   map[string]int
}

// maxCounts bounds what is read of a file of counts.
const maxCounts = 1000

// LoadCounts reads the counts kept at path. A file that is missing, is a link, or
// holds something else, is no counts.
func LoadCounts(path string) *Counts {
	c := &Counts{path: path, by: make(map[string]int)}
	f, err := owner.Open(path, os.O_RDONLY)
	if err != nil {
		return c
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for len(c.by) < maxCounts && scanner.Scan() {
		var name string
		var n int
		if _, err := fmt.Sscanf(scanner.Text(), "%s %d", &name, &n); err == nil {
			c.by[name] = n
		}
	}
	return c
}

// Of returns the count of a name.
func (c *Counts) Of(name string) int { return c.by[name] }

// Add counts a name once more and keeps it in the file, which only its owner
// can read.
func (c *Counts) Add(name string) error {
	c.by[name]++
	if c.path == "" {
		return nil
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.by)) {
		fmt.Fprintf(&text, "%s %d\n", name, c.by[name])
	}
	folder := filepath.Dir(c.path)
	if err := owner.MakeFolders(folder); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".counts-*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text.String())
	err = errors.Join(err, owner.GiveToOwnerOf(folder, f.Chown), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
