package repl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"quarry/cmd/internal/shellwords"
)

// ErrNoLine is what Recall returns when no earlier line is meant.
var ErrNoLine = errors.New("no such line")

// Recalls reports whether a line stands for an earlier one, as in bash: !! for the last, !7 for
// the seventh, !-2 for the last but one, !find for the last that begins with find. What follows
// after a blank is added to it. "!=" is a comparison.
func Recalls(line string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), "!")
	return ok && rest != "" && rest[0] != '=' && !shellwords.IsBlank(rest[0])
}

// Recall returns what a line stands for that Recalls accepts, by the lines before it, the oldest
// first.
func Recall(lines []string, line string) (string, error) {
	event, rest, more := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	event = event[len("!"):]
	n, err := strconv.Atoi(event)
	at := -1
	switch {
	case event == "!":
		at = len(lines) - 1
	case err == nil && n < 0:
		at = len(lines) + n
	case err == nil:
		at = n - 1
	default:
		for at = len(lines) - 1; at >= 0 && !strings.HasPrefix(lines[at], event); {
			at--
		}
	}
	if at < 0 || at >= len(lines) {
		return "", fmt.Errorf("!%s: %w", event, ErrNoLine)
	}
	if more {
		return lines[at] + " " + rest, nil
	}
	return lines[at], nil
}
