package repl

import (
	"context"
	"io"
	"strings"
)

// NewLines returns a reader of the given lines, as -e hands them over. A newline in one of them
// starts the next line, as it would in a script. The prompt is not shown.
func NewLines(lines []string) LineReader {
	var all []string
	for _, line := range lines {
		all = append(all, strings.Split(line, "\n")...)
	}
	return &lineList{rest: all}
}

// lineList is the LineReader over lines that are known beforehand.
type lineList struct {
	rest []string
	read history
}

func (l *lineList) ReadLine(ctx context.Context, _ string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if len(l.rest) == 0 {
		return "", io.EOF
	}
	line := strings.TrimSuffix(l.rest[0], "\r")
	l.rest = l.rest[1:]
	l.read.addTyped(line)
	return line, nil
}

// Lines implements LineReader.
func (l *lineList) Lines() []string { return l.read.list() }

// Remember implements LineReader.
func (l *lineList) Remember(line string) { l.read.add(line) }

func (l *lineList) Close() error { return nil }
