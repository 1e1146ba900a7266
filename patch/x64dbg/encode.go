package x64dbg

import (
	"fmt"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
	"quarry/search/value"
)

// Encode writes the edits of a file that change known bytes at a module and
// offset, and lists the others. The error is always nil: it is there for the
// formats that have one.
func Encode(f *patch.File) ([]byte, []foreign.Omission, error) {
	var b strings.Builder
	var omissions []foreign.Omission
	add := func(what, why string) { omissions = append(omissions, foreign.Omission{What: what, Why: why}) }
	if f.Title != "" {
		add("title", "a .1337 file has none")
	}
	if f.Target != (patch.Requirements{}) {
		add("target", "a .1337 file names modules only")
	}
	current := ""
	for i, e := range f.Edits {
		label := foreign.Label(e, i)
		c, why := changeOf(e)
		if why != "" {
			add(label, why)
			continue
		}
		if o, ok := lostOf(e).Omission(label, "a .1337 file"); ok {
			omissions = append(omissions, o)
		}
		if c.module != current {
			fmt.Fprintf(&b, ">%s\r\n", c.module)
			current = c.module
		}
		for k, after := range c.after {
			fmt.Fprintf(&b, "%016X:%02X->%02X\r\n", c.offset+uint64(k), c.before[k], after)
		}
	}
	return []byte(b.String()), omissions, nil
}

// change is what lines can say of an edit.
type change struct {
	module        string
	offset        uint64
	before, after []byte
}

// changeOf returns the change of an edit, or why lines cannot say it.
func changeOf(e patch.Edit) (c change, why string) {
	place, ok := foreign.ParsePlace(e.At)
	switch {
	case e.Disabled:
		return c, "it is off, and a .1337 file has only patches that are on"
	case e.Set.Text == "":
		return c, "it sets nothing"
	case e.At == "":
		return c, "it is located by content, not by module and offset"
	case !ok || place.Name == "" || place.Offset < 0:
		return c, fmt.Sprintf("%s is no module and offset", e.At)
	case e.Type != value.Bytes:
		return c, fmt.Sprintf("its type is %s, not bytes", e.Type)
	case e.Expect.Any || len(e.Expect.Values) != 1:
		return c, "it does not say exactly which bytes are there before"
	}
	before, err := value.ParsePattern(e.Expect.Values[0].Text)
	if err != nil {
		return c, err.Error()
	}
	after, err := value.ParsePattern(e.Set.Text)
	switch {
	case err != nil:
		return c, err.Error()
	case !after.Exact() || len(after.Bytes) > len(before.Bytes):
		return c, "what it sets are not bytes that fit"
	}
	before.Bytes, before.Mask = before.Bytes[:len(after.Bytes)], before.Mask[:len(after.Bytes)]
	if !before.Exact() {
		return c, "it does not say exactly which bytes are there before"
	}
	return change{place.Name, uint64(place.Offset), before.Bytes, after.Bytes}, ""
}

// lostOf returns what lines cannot say of an edit that they can otherwise hold.
func lostOf(e patch.Edit) foreign.Lost {
	var lost foreign.Lost
	lost.Add(e.Name != "", "its name")
	lost.Add(e.Group != "", "its group")
	lost.Add(e.Note != "", "its note")
	lost.Add(e.Freeze.Mode != freeze.Off, "that it is frozen")
	lost.Add(len(e.Names) > 0, "its names for values")
	lost.Add(e.Optional, "that it is optional")
	return lost
}
