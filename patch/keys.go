package patch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"quarry/patch/freeze"
	"quarry/search/value"
)

// editFields are the keys of an edit.
var editFields = []field[Edit]{
	{"name", func(e *Edit, v tomlValue) error { return readString(&e.Name, v) }},
	{"group", func(e *Edit, v tomlValue) error { return readString(&e.Group, v) }},
	{"note", func(e *Edit, v tomlValue) error { return readString(&e.Note, v) }},
	{"find", func(e *Edit, v tomlValue) error { return readValue(&e.Find, v) }},
	{"in", func(e *Edit, v tomlValue) error { return readString(&e.In, v) }},
	{"matches", readMatches},
	{"offset", func(e *Edit, v tomlValue) error {
		n, err := readInteger(v, 0, 1<<31-1)
		e.Offset = int(n)
		return err
	}},
	{"at", func(e *Edit, v tomlValue) error { return readString(&e.At, v) }},
	{"expect", readExpect},
	{"type", readType},
	{"length", func(e *Edit, v tomlValue) error {
		n, err := readInteger(v, 1, maxValue)
		e.Length = int(n)
		return err
	}},
	{"stored", readStored},
	{"endian", readEndian},
	{"set", func(e *Edit, v tomlValue) error { return readValue(&e.Set, v) }},
	{"freeze", readFreeze},
	{"interval", readInterval},
	{"show", readShow},
	{"names", readNames},
	{"enabled", func(e *Edit, v tomlValue) error {
		enabled, err := readBool(v)
		e.Disabled = !enabled
		return err
	}},
	{"optional", func(e *Edit, v tomlValue) (err error) {
		e.Optional, err = readBool(v)
		return err
	}},
}

func readStored(e *Edit, v tomlValue) error {
	var text string
	if err := readString(&text, v); err != nil {
		return err
	}
	form, err := value.ParseForm(text)
	e.Stored = form
	return err
}

func readEndian(e *Edit, v tomlValue) error {
	switch {
	case v.kind == unstable.String && v.text == "big":
		e.Order = binary.BigEndian
	case v.kind == unstable.String && v.text == "little":
		e.Order = binary.LittleEndian
	default:
		return &fault{problem: `it is "big" or "little"`, advice: "leave it out for the byte order of the process"}
	}
	return nil
}

// readFreeze reads a mode, or true for every change.
func readFreeze(e *Edit, v tomlValue) error {
	var rule freeze.Rule
	switch {
	case v.kind == unstable.Bool && v.text == "true":
		rule.Mode = freeze.Lock
	case v.kind == unstable.String:
		var err error
		if rule, err = freeze.ParseRule(v.text); err != nil {
			return err
		}
	case v.kind != unstable.Bool:
		return &fault{
			problem: fmt.Sprintf("it is true, false or a string, not %s", kindName(v.kind)),
			advice:  `write freeze = true, or "up-only", "down-only" or a range such as "1..5"`,
		}
	}
	e.Freeze.Mode, e.Freeze.Low, e.Freeze.High = rule.Mode, rule.Low, rule.High
	return nil
}

func readInterval(e *Edit, v tomlValue) error {
	const advice = `write a time and its unit, such as "50ms" or "100us"`
	if v.kind != unstable.String {
		return &fault{problem: fmt.Sprintf("it is a string, not %s", kindName(v.kind)), advice: advice}
	}
	interval, err := time.ParseDuration(v.text)
	if err != nil {
		return &fault{problem: fmt.Sprintf("%q is no time", v.text), cause: err, advice: advice}
	}
	if interval == 0 { // which would be none
		return errInterval
	}
	e.Freeze.Interval = interval
	return nil
}

func readShow(e *Edit, v tomlValue) error {
	if v.kind != unstable.String || v.text != "hex" {
		return &fault{problem: `it is "hex"`, advice: "leave it out to show numbers in decimal"}
	}
	e.Hex = true
	return nil
}

// namesExample is how names are written.
const namesExample = `names = { 0 = "none", 1 = "sword" }`

func readNames(e *Edit, v tomlValue) error {
	if v.kind != unstable.InlineTable {
		return &fault{problem: fmt.Sprintf("it is a table, not %s", kindName(v.kind)), advice: "write " + namesExample}
	}
	if len(v.table.keys) == 0 {
		return &fault{problem: "it is empty", advice: "write " + namesExample}
	}
	for i, k := range v.table.keys {
		named := Named{Value: Value{Text: k.key}}
		if err := readString(&named.Name, k.value); err != nil {
			return &fault{item: i + 1, problem: fmt.Sprintf("%s: %v", k.key, err), advice: "write " + namesExample}
		}
		e.Names = append(e.Names, named)
	}
	return nil
}

func readMatches(e *Edit, v tomlValue) error {
	if v.kind == unstable.String && v.text == "all" {
		e.Matches = All
		return nil
	}
	n, err := readInteger(v, 1, 1<<31-1)
	if err != nil {
		return fmt.Errorf(`it is a number from 1 on, or "all"`)
	}
	e.Matches = int(n)
	return nil
}

func readExpect(e *Edit, v tomlValue) error {
	if v.kind == unstable.String && v.text == "any" {
		e.Expect.Any = true
		return nil
	}
	list := v.list
	if v.kind != unstable.Array {
		list = []tomlValue{v}
	}
	if len(list) == 0 {
		return &fault{problem: "the list is empty", advice: `write expect = "any" to overwrite whatever is there`}
	}
	for i, element := range list {
		var one Value
		if err := readValue(&one, element); err != nil && v.kind == unstable.Array {
			return inItem(i, err)
		} else if err != nil {
			return err
		}
		e.Expect.Values = append(e.Expect.Values, one)
	}
	return nil
}

// inItem says which element of a list a fault is in, if the value is a list.
func inItem(index int, err error) error {
	var f *fault
	if !errors.As(err, &f) {
		f = &fault{problem: err.Error(), cause: err}
	}
	f.item = index + 1
	return f
}

func readType(e *Edit, v tomlValue) error {
	var name string
	if err := readString(&name, v); err != nil {
		return err
	}
	t, err := value.ParseType(name)
	if err != nil {
		return err
	}
	if t == value.Any {
		return errOneType
	}
	e.Type = t
	return nil
}
