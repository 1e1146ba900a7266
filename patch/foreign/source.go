package foreign

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"

	"quarry/patch"
)

// Source is the text of a file, in which offsets become rows and columns. It must
// not be used by several goroutines at once.
type Source struct {
	Name  string
	Data  []byte // without a byte order mark
	lines []int  // offsets of the beginnings of lines

	// The last position asked for: a file may be one long line, and columns are
	// counted on from there.
	lastAt, lastRow, lastColumn int
}

var (
	markUTF8 = []byte("\xef\xbb\xbf")
	markLE   = []byte("\xff\xfe")
	markBE   = []byte("\xfe\xff")
)

// NewSource checks size and encoding of a file and takes the byte order mark
// off. The error is a [*patch.FileError].
func NewSource(name string, data []byte) (*Source, error) {
	s := &Source{Name: name, lines: []int{0}}
	switch {
	case len(data) > MaxFile:
		return nil, &patch.FileError{File: name, Problem: fmt.Sprintf("the file is larger than %d MiB", MaxFile>>20)}
	case bytes.HasPrefix(data, markLE), bytes.HasPrefix(data, markBE):
		return nil, &patch.FileError{File: name, Row: 1, Column: 1, Problem: "it is UTF-16", Advice: "save it as UTF-8"}
	}
	s.Data = bytes.TrimPrefix(data, markUTF8)
	for i, c := range s.Data {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	for at := 0; at < len(s.Data); {
		r, size := utf8.DecodeRune(s.Data[at:])
		if r == utf8.RuneError && size == 1 {
			return nil, s.Fail(at, "a byte is not UTF-8", "save it as UTF-8")
		}
		at += size
	}
	return s, nil
}

// Position returns the row and column, in characters, of an offset.
func (s *Source) Position(at int) (row, column int) {
	at = max(0, min(at, len(s.Data)))
	row = sort.SearchInts(s.lines, at+1)
	switch {
	case row != s.lastRow:
		column = utf8.RuneCount(s.Data[s.lines[row-1]:at]) + 1
	case at < s.lastAt:
		column = s.lastColumn - utf8.RuneCount(s.Data[at:s.lastAt])
	default:
		column = s.lastColumn + utf8.RuneCount(s.Data[s.lastAt:at])
	}
	s.lastAt, s.lastRow, s.lastColumn = at, row, column
	return row, column
}

// Fail returns the error for a fault at an offset.
func (s *Source) Fail(at int, problem, advice string) error {
	row, column := s.Position(at)
	return &patch.FileError{File: s.Name, Row: row, Column: column, Problem: problem, Advice: advice}
}

// Omit returns the omission of what stands at an offset.
func (s *Source) Omit(at int, what, why string) Omission {
	row, column := s.Position(at)
	return Omission{Row: row, Column: column, What: what, Why: why}
}

// TooMany returns the error for a file with more than MaxEntries entries.
func (s *Source) TooMany(at int) error {
	return s.Fail(at, fmt.Sprintf("there are more than %d entries", MaxEntries), "split the file")
}
