// Package format knows the files that describe changes of a program's memory,
// quarry's own and those of other tools, and tells them apart.
package format

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"quarry/patch"
	"quarry/patch/cheatengine"
	"quarry/patch/foreign"
	"quarry/patch/gameconqueror"
	"quarry/patch/x64dbg"
)

// Format is one kind of file.
type Format struct {
	Name      string // as people name it on a command line
	About     string // what it is, in a few words
	Extension string // with its dot, in lower case

	// Parse reads a file; name is what messages call it. The error is a
	// *patch.FileError. Of an empty or partial result the omissions tell what
	// is missing.
	Parse func(name string, data []byte) (*patch.File, []foreign.Omission, error)
	// Encode writes a file as far as the format goes.
	Encode func(*patch.File) ([]byte, []foreign.Omission, error)
}

var formats = []Format{
	{"toml", "patch file of quarry", ".toml", parseTOML, encodeTOML},
	{"ct", "table of Cheat Engine", ".ct", cheatengine.Parse, cheatengine.Encode},
	{"gameconqueror", "cheat list of GameConqueror", ".json", gameconqueror.Parse, gameconqueror.Encode},
	{"1337", "patches of x64dbg", ".1337", x64dbg.Parse, x64dbg.Encode},
}

// All returns the formats that are known, quarry's own first.
func All() []Format { return slices.Clone(formats) }

// Named returns the format of that name.
func Named(name string) (f Format, ok bool) {
	return find(func(f Format) bool { return strings.EqualFold(f.Name, name) })
}

// Detect tells which format a file has: by how it begins, else by how its name
// ends. ok is false when neither tells.
func Detect(name string, data []byte) (f Format, ok bool) {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	head := text[:min(len(text), 4096)]
	kind := ""
	switch {
	case len(head) == 0:
	case head[0] == '>':
		kind = "1337"
	case head[0] == '{':
		kind = "gameconqueror"
	case head[0] == '<':
		kind = "ct"
	case isTOML(head):
		kind = "toml"
	}
	if kind != "" {
		return Named(kind)
	}
	extension := strings.ToLower(path.Ext(name))
	return find(func(f Format) bool { return f.Extension == extension })
}

// isTOML reports whether a line says quarry = …, as one does in each patch file.
func isTOML(head []byte) bool {
	for line := range bytes.Lines(head) {
		key, _, ok := bytes.Cut(line, []byte("="))
		if ok && string(bytes.TrimSpace(key)) == "quarry" {
			return true
		}
	}
	return false
}

func find(fits func(Format) bool) (f Format, ok bool) {
	i := slices.IndexFunc(formats, fits)
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

func parseTOML(name string, data []byte) (*patch.File, []foreign.Omission, error) {
	f, err := patch.Parse(name, data)
	return f, nil, err
}

func encodeTOML(f *patch.File) ([]byte, []foreign.Omission, error) {
	data, err := f.Encode()
	return data, nil, err
}
