package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"

	"quarry/cmd/internal/shellwords"
	"quarry/search/value"
	"quarry/session"
)

// ConfigPath returns where the settings are, $XDG_CONFIG_HOME/quarry/config.toml
// or ~/.config/quarry/config.toml. It returns "" when neither is known.
func ConfigPath() string { return inFolder("XDG_CONFIG_HOME", ".config", "config.toml") }

// Config is what the settings file says. The zero Config says nothing.
type Config struct {
	Path    string // of the file, which need not exist
	Aliases []Alias
	values  map[string]Value
}

// Value is what the file says for a key.
type Value struct {
	Text string
	Place
}

// Place is where something stands in the file, in characters from 1.
type Place struct{ Row, Column int }

// Alias is a word that stands for others.
type Alias struct {
	Name  string
	Words []string // what it stands for, split as the prompt splits a line
	Text  string   // the same as it was written
	Place          // of what it stands for
	Named Place    // of its name
}

// The keys of the file beside aliases.
const (
	KeyIn     = "in"
	KeyType   = "type"
	KeyColor  = "color"
	KeyMemory = "memory"
)

// checks tell whether a key's text means something.
var checks = map[string]func(text string) error{
	KeyIn:     func(text string) error { _, err := session.ParseScope(text); return err },
	KeyType:   func(text string) error { _, err := value.ParseType(text); return err },
	KeyColor:  checkColor,
	KeyMemory: func(text string) error { _, err := ParseMemory(text); return err },
}

// Value returns what the file says for a key, if anything.
func (c *Config) Value(key string) (Value, bool) {
	v, ok := c.values[key]
	return v, ok
}

// Alias returns the alias of that name.
func (c *Config) Alias(name string) (Alias, bool) {
	i := slices.IndexFunc(c.Aliases, func(a Alias) bool { return a.Name == name })
	if i < 0 {
		return Alias{}, false
	}
	return c.Aliases[i], true
}

// maxConfig is the size of the largest file that is read.
const maxConfig = 1 << 20

// Load reads the settings at path; a file that is missing says nothing. With an
// error, which is an [*Error], nothing of the file counts.
func Load(path string) (*Config, error) {
	none := &Config{Path: path}
	if path == "" {
		return none, nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO is refused below
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), hidden(path):
		return none, nil
	case err != nil:
		return none, &Error{Path: path, Problem: reason(err), Advice: "quarry needs to read it, or that it is not there"}
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return none, &Error{Path: path, Problem: "it is no regular file"}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	switch {
	case err != nil:
		return none, &Error{Path: path, Problem: reason(err)}
	case len(data) > maxConfig:
		return none, &Error{Path: path, Problem: "it is larger than 1 MiB"}
	}
	c, err := Parse(path, data)
	if err != nil {
		return none, err
	}
	return c, nil
}

// hidden reports whether a file is in a folder that is somebody else's, as with
// sudo -u, so that nobody can tell whether it exists.
func hidden(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrPermission)
}

// reason returns what an error of a file says without the path.
func reason(err error) string {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return "it cannot be read: " + err.Error()
}

// ParseMemory reads how much memory search results may take.
func ParseMemory(text string) (uint64, error) {
	const least = 1 << 20
	limit, err := humanize.ParseBytes(text)
	if err != nil || limit < least {
		return 0, &adviceError{fmt.Sprintf("%q is no size", text), "write a size from 1MiB on, such as 512MiB or 2GiB"}
	}
	return limit, nil
}

// Colors are the values of the setting color.
var Colors = []string{"auto", "always", "never"}

func checkColor(text string) error {
	if !slices.Contains(Colors, text) {
		return &adviceError{fmt.Sprintf("%q is no colour setting", text), "write auto, always or never"}
	}
	return nil
}

// newAlias returns an alias, or why it cannot be one.
func newAlias(name, text string) (Alias, error) {
	a := Alias{Name: name, Text: text}
	words, err := shellwords.Split(text)
	switch {
	case err != nil:
		return a, &adviceError{err.Error(), "quotes come in pairs"}
	case strings.ContainsRune(text, 0):
		return a, &adviceError{"a line cannot hold a NUL", ""}
	case len(words) == 0:
		return a, &adviceError{"it stands for nothing", `write a verb and what follows it, such as "find --in heap"`}
	}
	a.Words = words
	return a, nil
}

// checkName refuses names of aliases that could not be typed, or would be taken
// for something else.
func checkName(name string) error {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && r != '_' && (r < '0' || r > '9')) {
			return &adviceError{fmt.Sprintf("%q is no name of an alias", name), "a name is letters, and after the first digits, - and _"}
		}
	}
	if name == "" {
		return &adviceError{"an alias needs a name", ""}
	}
	return nil
}
