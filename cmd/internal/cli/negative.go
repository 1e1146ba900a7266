package cli

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"
)

// mark stands before an argument that looks like a flag and is a negative
// number. No argument of a program can hold it.
const mark = "\x00"

// protect marks the negative numbers among the arguments of a command line, so
// that they are values and never flags: find -5, set all -1.5, narrow -10..-5.
// What follows "--" is left alone.
func protect(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(out[i:], args[i:])
			break
		}
		if negative(arg) {
			arg = mark + arg
		}
		out[i] = arg
	}
	return out
}

// negative reports whether arg begins as a negative number does, or is the
// lone sign that shorthand knows.
func negative(arg string) bool {
	rest, ok := strings.CutPrefix(arg, "-")
	if !ok || rest == "" {
		return false
	}
	rest = strings.TrimPrefix(rest, ".")
	return rest != "" && rest[0] >= '0' && rest[0] <= '9' || strings.HasPrefix(arg, "-inf")
}

// values takes the marks off again.
func values(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = clean(arg)
	}
	return out
}

// cleanFlags takes the marks off the values of flags: --execute -5..5.
func cleanFlags(flags *pflag.FlagSet) {
	flags.Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok {
			_ = list.Replace(values(list.GetSlice())) // what was a value stays one
		} else if text := f.Value.String(); strings.Contains(text, mark) {
			_ = f.Value.Set(clean(text))
		}
	})
}

func clean(text string) string { return strings.ReplaceAll(text, mark, "") }

// markedError hides the marks in the text of an error that cobra made.
type markedError struct{ error }

func (e markedError) Error() string { return clean(e.error.Error()) }
func (e markedError) Unwrap() error { return e.error }

func unmark(err error) error {
	if err == nil || !strings.Contains(err.Error(), mark) {
		return err
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return &usageError{clean(usage.problem), usage.hint}
	}
	return markedError{err}
}
