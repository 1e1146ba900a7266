package patch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// readString reads a string that is not empty.
func readString(into *string, v tomlValue) error {
	if v.kind != unstable.String {
		return fmt.Errorf("it is a string, not %s", kindName(v.kind))
	}
	if v.text == "" {
		return errors.New("it is empty")
	}
	*into = v.text
	return nil
}

func readBool(v tomlValue) (bool, error) {
	if v.kind != unstable.Bool {
		return false, fmt.Errorf("it is true or false, not %s", kindName(v.kind))
	}
	return v.text == "true", nil
}

func readInteger(v tomlValue, least, most uint64) (uint64, error) {
	if v.kind != unstable.Integer {
		return 0, fmt.Errorf("it is a whole number, not %s", kindName(v.kind))
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(v.text, "+"), 0, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is not in %d..%d", v.text, least, most)
	}
	return n, nil
}

// readValue reads a value that the type of the edit will give a meaning.
func readValue(into *Value, v tomlValue) error {
	switch v.kind {
	case unstable.Integer, unstable.Float:
		*into = Value{v.text, true}
		return nil
	case unstable.String:
		if v.text == "" {
			return errors.New("it is empty")
		}
		*into = Value{Text: v.text}
		return nil
	}
	return &fault{problem: fmt.Sprintf("a value is a number or a string, not %s", kindName(v.kind)), advice: "put it in quotes"}
}

// kindName names a kind of TOML value with its article.
func kindName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a string"
	case unstable.Bool:
		return "true or false"
	case unstable.Integer, unstable.Float:
		return "a number"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a date"
}
