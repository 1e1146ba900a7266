package cheatengine

import (
	"fmt"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
)

// unnamed is what Cheat Engine calls an entry that nobody has named.
const unnamed = "No description"

// Parse reads a table. The error is a [*patch.FileError]: the file is no table,
// or a number in it is none. What is well formed but cannot be taken over is an
// omission.
func Parse(name string, data []byte) (*patch.File, []foreign.Omission, error) {
	s, err := foreign.NewSource(name, data)
	if err != nil {
		return nil, nil, err
	}
	root, err := readTree(s)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{
		source: s, file: &patch.File{Name: name},
		lists: make(map[string]string), linked: make(map[link]nameList), room: 16*len(data) + 1<<20,
		symbols: make(map[string]bool),
	}
	if err := r.readTable(root); err != nil {
		return nil, nil, err
	}
	return r.file, r.omissions, nil
}

// reader makes a File of a table.
type reader struct {
	source    *foreign.Source
	file      *patch.File
	omissions []foreign.Omission
	names     foreign.Names
	entries   int
	lists     map[string]string // drop-down lists by the description of their entry
	linked    map[link]nameList // lists that entries link to, as far as they are read
	room      int               // bytes of such lists that may be read yet
	symbols   map[string]bool   // that scripts of the table register, in lower case
}

func (r *reader) omit(n *node, what, why string) {
	r.omissions = append(r.omissions, r.source.Omit(n.at, what, why))
}

// parts of a table that are not taken over, and why.
var parts = map[string]string{
	"LuaScript":            "it is code to execute",
	"Forms":                "windows and their scripts are not taken over",
	"Files":                "files in a table are not taken over",
	"Structures":           "structures are not taken over",
	"UserdefinedSymbols":   "symbols are not taken over; write their addresses out",
	"DisassemblerComments": "comments on code are not taken over",
	"Signature":            "the table changes, so what signed it is void",
	"luaFiles":             "it is code to execute",
}

func (r *reader) readTable(root *node) error {
	r.survey(root)
	for _, n := range root.kids {
		var err error
		why, known := parts[n.name]
		switch {
		case n.name == "CheatEntries":
			err = r.readEntries(n, scope{})
		case n.name == "CheatCodes":
			err = r.readCodes(n)
		case n.name == "Comments":
			r.readComments(n)
		case known && len(n.kids) == 0 && strings.TrimSpace(n.text.String()) == "":
		case known:
			r.omit(n, "<"+n.name+">", why)
		default:
			r.omit(n, "<"+n.name+">", "it is no part of a table that is known")
		}
		if err != nil {
			return err
		}
	}
	r.settleNames()
	return nil
}

// settleNames gives entries that are called as a module or symbol another name:
// in an address expression the entry would be meant.
func (r *reader) settleNames() {
	bases := make(map[string]bool)
	for _, e := range r.file.Edits {
		if p, ok := foreign.ParsePlace(e.At); ok {
			bases[baseName(p)] = true
		}
	}
	for i := range r.file.Edits {
		if e := &r.file.Edits[i]; e.Name != "" && bases[e.Name] {
			e.Name = r.names.Unique(e.Name)
		}
	}
}

// survey notes the drop-down lists that links can name, and the symbols that
// scripts register.
func (r *reader) survey(n *node) {
	if list := n.child("DropDownList"); list != nil {
		if name := description(n); r.lists[name] == "" {
			r.lists[name] = list.text.String()
		}
	}
	if script := n.child("AssemblerScript"); script != nil {
		const command = "registersymbol("
		for rest := strings.ToLower(script.text.String()); ; {
			i := strings.Index(rest, command)
			if i < 0 {
				break
			}
			rest = rest[i+len(command):]
			arguments, _, _ := strings.Cut(rest, ")")
			for _, name := range strings.FieldsFunc(arguments, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }) {
				r.symbols[name] = true
			}
		}
	}
	for _, k := range n.kids {
		r.survey(k)
	}
}

// readComments takes a comment of one line for a title.
func (r *reader) readComments(n *node) {
	text := strings.TrimSpace(n.text.String())
	if title := foreign.OneLine(text); !strings.Contains(text, "\n") {
		r.file.Title = title
	} else {
		r.omit(n, "<Comments>", "only a comment of one line becomes a title")
	}
}

// description returns what an entry is called, without the quotes around it.
func description(n *node) string {
	text := n.textOf("Description")
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	return foreign.OneLine(text)
}

// scope is what entries inside of another have from it.
type scope struct {
	group string
	place *foreign.Place // what their addresses can be relative to
}

func (r *reader) readEntries(list *node, in scope) error {
	for _, n := range list.kids {
		if n.name != "CheatEntry" {
			r.omit(n, "<"+n.name+">", "it is no entry")
			continue
		}
		if r.entries++; r.entries > foreign.MaxEntries {
			return r.source.TooMany(n.at)
		}
		if err := r.readEntry(n, in); err != nil {
			return err
		}
	}
	return nil
}

// readEntry reads an entry and those inside of it.
func (r *reader) readEntry(n *node, in scope) error {
	name := description(n)
	label := fmt.Sprintf("entry %q", name)
	if name == unnamed {
		name = ""
	}
	if name == "" {
		label = fmt.Sprintf("entry %d", r.entries)
	}
	header, err := r.readBool(n, "GroupHeader")
	if err != nil {
		return err
	}
	place, why := r.place(n, in)
	children := n.child("CheatEntries")
	switch {
	case strings.EqualFold(n.textOf("VariableType"), "Auto Assembler Script"):
		r.addScript(n, name, label, in)
	case header, children != nil && n.child("VariableType") == nil, n.child("Address") == nil && n.child("DropDownList") != nil:
	default:
		if err := r.addValue(n, name, label, in, place, why); err != nil {
			return err
		}
	}
	if hot := n.child("Hotkeys"); hot != nil && len(hot.kids) > 0 {
		r.omit(hot, label, "its hotkeys")
	}
	if children == nil {
		return nil
	}
	inner := scope{group: joinGroup(in.group, name)}
	if why == "" {
		inner.place = &place
	}
	return r.readEntries(children, inner)
}

// joinGroup adds a name to the path of a group.
func joinGroup(path, name string) string {
	for _, part := range strings.Split(name, "/") {
		switch part = foreign.OneLine(part); {
		case part == "":
		case path == "":
			path = part
		default:
			path += "/" + part
		}
	}
	return path
}

// place returns the place of an entry, or why it has none.
func (r *reader) place(n *node, in scope) (p foreign.Place, why string) {
	text := n.textOf("Address")
	if relative := strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-"); relative {
		by, ok := readOffsets(text)
		switch {
		case !ok:
			return p, fmt.Sprintf("its address %q is no hexadecimal number", text)
		case in.place == nil:
			return p, "its address is relative to that of its group, which has none"
		}
		p = *in.place
		if p.Pointer == nil && p.Name == "" {
			p.Address += uint64(by)
		} else {
			p.Offset += by
		}
	} else if p, why = parseAddress(text); why != "" {
		return p, why
	}
	if name := baseName(p); r.symbols[strings.ToLower(name)] {
		return p, fmt.Sprintf("a script makes the address of %q", name)
	}
	var offsets []string
	if list := n.child("Offsets"); list != nil {
		for _, o := range list.kids {
			if o.name == "Offset" {
				offsets = append(offsets, o.text.String())
			}
		}
	}
	return readPointer(p, offsets)
}

// addValue adds the edit of an entry that has a value.
func (r *reader) addValue(n *node, name, label string, in scope, place foreign.Place, why string) error {
	k, whyKind, err := r.readKind(n)
	if err != nil {
		return err
	}
	if why == "" {
		why = whyKind
	}
	if why != "" {
		r.omit(n, label, why)
		return nil
	}
	if place.Pointer == nil && place.Name == "" {
		place.Address += uint64(k.shift)
	} else {
		place.Offset += int64(k.shift)
	}
	e := patch.Edit{Name: r.names.Unique(name), Group: in.group, At: place.String(), Type: k.typ, Length: k.length, Hex: k.hex}
	if why := foreign.Renamed(name, e.Name); why != "" {
		renamed := r.source.Omit(n.at, label, why)
		renamed.Renamed = true
		r.omissions = append(r.omissions, renamed)
	}
	r.readState(n, label, k, &e)
	r.readList(n, label, k, &e)
	r.file.Edits = append(r.file.Edits, e)
	return nil
}

// readState makes an active entry a frozen one.
func (r *reader) readState(n *node, label string, k kind, e *patch.Edit) {
	state := n.child("LastState")
	if state == nil || state.attr("Activated") != "1" {
		return
	}
	text := state.attr("Value")
	if text == "" {
		r.omit(state, label, "it is active, but the table does not hold its value")
		return
	}
	set, why := k.value(text)
	if why != "" {
		r.omit(state, label, "it is not frozen: "+why)
		return
	}
	e.Set, e.Expect, e.Freeze, e.Length = set, patch.Expectation{Any: true}, freeze.Rule{Mode: freeze.Lock}, 0
}

// addScript adds the edits of a script.
func (r *reader) addScript(n *node, name, label string, in scope) {
	script := n.child("AssemblerScript")
	if script == nil {
		r.omit(n, label, "its script is missing")
		return
	}
	for _, e := range r.readScript(script, label) {
		if r.entries++; r.entries > foreign.MaxEntries {
			r.omit(n, label, "there are too many entries")
			return
		}
		e.Name, e.Group = r.names.Unique(name), in.group
		r.file.Edits = append(r.file.Edits, e)
	}
}
