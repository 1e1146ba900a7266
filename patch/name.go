package patch

import (
	"errors"
	"fmt"
	"strings"

	"quarry/search/address"
)

// ErrName: something cannot be the name of an edit.
var ErrName = errors.New("bad name")

// CheckName returns an error that is [ErrName] for a name by which nobody could
// mean an edit, since it means something else already: a row of a list (3, 1..5), an
// address, a pointer or a symbol.
func CheckName(name string) error {
	expr, err := address.Parse(name)
	first, last, isRange := strings.Cut(name, "..")
	if !isRange {
		last = first
	}
	what := ""
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrName)
	case digits(first) && digits(last):
		what = "a row"
	case err == nil && expr.Absolute():
		what = "an address"
	case name[0] == '[':
		what = "a pointer"
	case name[0] == '&':
		what = "a symbol"
	default:
		return nil
	}
	return fmt.Errorf("%w: %q cannot be told from %s", ErrName, name, what)
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// checkName refuses names that mean something else. An edit needs none.
func (c *compiled) checkName() error {
	if c.Name == "" {
		return nil
	}
	if err := CheckName(c.Name); err != nil {
		return &fault{key: "name", problem: err.Error(), cause: err, advice: "begin it with a letter, such as lives"}
	}
	return nil
}
