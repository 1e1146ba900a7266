package tutorial

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"quarry/cmd/internal/owner"
)

// maxProgress bounds what is read of the file.
const maxProgress = 64 << 10

// Progress is which lessons a person has done. It is kept in a file that only
// its owner can read: the names of lessons, a line each.
type Progress struct {
	path string // "": it is not kept
	done []string
}

// LoadProgress reads the progress kept at path; no file is none. With an error,
// the progress is empty and is not kept.
func LoadProgress(path string) (*Progress, error) {
	if path == "" {
		return &Progress{}, nil
	}
	f, err := owner.Open(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return &Progress{path: path}, nil
	}
	if err != nil {
		return &Progress{}, fmt.Errorf("the progress is not kept: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxProgress))
	if err != nil {
		return &Progress{}, fmt.Errorf("the progress is not kept: %w", err)
	}
	return &Progress{path: path, done: strings.Fields(string(data))}, nil
}

// Done reports whether the lesson has been done.
func (p *Progress) Done(l Lesson) bool { return slices.Contains(p.done, l.Name) }

// Next returns the index of the first lesson that is not done, or false.
func (p *Progress) Next() (int, bool) {
	i := slices.IndexFunc(Lessons, func(l Lesson) bool { return !p.Done(l) })
	return i, i >= 0
}

// Add remembers that the lesson was done.
func (p *Progress) Add(l Lesson) error {
	if p.Done(l) {
		return nil
	}
	p.done = append(p.done, l.Name)
	if p.path == "" {
		return nil
	}
	err := p.write(l.Name + "\n")
	if err != nil {
		p.path = ""
		return fmt.Errorf("the progress is not kept: %w", err)
	}
	return nil
}

// write appends a line, in one write: two lessons may end at the same time.
func (p *Progress) write(line string) error {
	f, err := owner.Append(p.path)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}
