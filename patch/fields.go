package patch

import (
	"errors"
	"slices"
	"strings"
)

// field is a key that a table may have, and what reads its value.
type field[T any] struct {
	key  string
	read func(*T, tomlValue) error
}

// readTable reads all keys of a table. The error is a *fault.
func readTable[T any](into *T, t *table, what string, fields []field[T]) error {
	for _, e := range t.keys {
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.key == e.key })
		if i < 0 {
			return unknownKey(e.at, e.key, what, fields)
		}
		if err := fields[i].read(into, e.value); err != nil {
			return atValue(e, err)
		}
	}
	return nil
}

// atValue places an error at the value of a key.
func atValue(e entry, err error) error {
	var f *fault
	if errors.As(err, &f) {
		f.key, f.at = e.key, e.place(f.item)
		return f
	}
	return &fault{at: e.valueAt, key: e.key, problem: err.Error(), cause: err}
}

// place returns the offset of the value of a key, or of an item in it.
func (e entry) place(item int) int {
	switch v := e.value; {
	case item == 0:
	case v.table != nil && item <= len(v.table.keys):
		return v.table.keys[item-1].at
	case item <= len(v.list) && v.list[item-1].at > 0:
		return v.list[item-1].at
	}
	return e.valueAt
}

func unknownKey[T any](at int, key, what string, fields []field[T]) error {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return &fault{at: at, key: key, problem: "no such key", advice: what + " has the keys " + strings.Join(keys, ", ")}
}
