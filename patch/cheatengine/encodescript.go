package cheatengine

import (
	"encoding/binary"
	"fmt"
	"strings"

	"quarry/patch"
	"quarry/search/value"
)

// orderOfTables is the byte order of the programs that Cheat Engine works on.
var orderOfTables = binary.LittleEndian

// scriptOfSignature writes an edit that is located by content as a script.
func scriptOfSignature(e patch.Edit, index int, out *entry) (script, why string) {
	if e.Type != value.Bytes {
		return "", fmt.Sprintf("it is located by a value of type %s, and scripts look for bytes", e.Type)
	}
	if e.Matches != 0 && e.Matches != 1 {
		return "", "it is for several places, and scripts find the first one"
	}
	find, set, why := patternAndBytes(e.Find.Text, e.Set.Text)
	switch {
	case why != "":
		return "", why
	case e.Offset < 0 || e.Offset+len(set) > len(find.Bytes):
		return "", "what it sets reaches past what it looks for"
	}
	name := fmt.Sprintf("place%d", index+1)
	command := fmt.Sprintf("aobscan(%s,%s)", name, find)
	if module, ok := strings.CutPrefix(e.In, "module:"); ok && scannable(module) {
		command = fmt.Sprintf("aobscanmodule(%s,%s,%s)", name, quoteModule(module), find)
	} else if first, last, ok := strings.Cut(e.In, ".."); ok && region(first, last) != "" {
		command = fmt.Sprintf("aobscanregion(%s,%s,%s)", name, region(first, last), find)
	} else {
		out.lost.Add(e.In != "all", fmt.Sprintf("where it searches (%s)", orDefault(e.In)))
	}
	label := name + writeOffset(int64(e.Offset), false)
	before := value.Pattern{Bytes: find.Bytes[e.Offset:][:len(set)], Mask: find.Mask[e.Offset:][:len(set)]}
	return joinScript(label, command, "registersymbol("+name+")", "unregistersymbol("+name+")", set, before, out), ""
}

func orDefault(in string) string {
	if in == "" {
		return "writable"
	}
	return in
}

// scriptOfPlace writes an edit that replaces bytes at an address as a script.
func (w *writer) scriptOfPlace(e patch.Edit, out *entry) (script, why string) {
	place, why := w.placeOf(e)
	if why != "" {
		return "", why
	}
	if place.Pointer != nil {
		return "", "it replaces bytes behind a pointer, which scripts without code cannot"
	}
	expect, set, why := patternAndBytes(e.Expect.Values[0].Text, e.Set.Text)
	switch {
	case why != "":
		return "", why
	case len(set) > len(expect.Bytes):
		return "", "what it sets is longer than what it expects"
	}
	label, _ := writeAddress(place)
	before := value.Pattern{Bytes: expect.Bytes[:len(set)], Mask: expect.Mask[:len(set)]}
	return joinScript(label, fmt.Sprintf("assert(%s,%s)", label, expect), "", "", set, before, out), ""
}

// patternAndBytes reads what an edit looks for and what it sets.
func patternAndBytes(before, after string) (find value.Pattern, set []byte, why string) {
	find, err := value.ParsePattern(before)
	if err != nil {
		return find, nil, err.Error()
	}
	p, err := value.ParsePattern(after)
	switch {
	case err != nil:
		return find, nil, "it sets nothing: " + err.Error()
	case !p.Exact():
		return find, nil, "what it sets has wildcards"
	case len(find.Bytes) > maxBytes:
		return find, nil, "what it looks for is too long"
	}
	return find, p.Bytes, ""
}

// joinScript writes a script. What cannot be put back is not in [DISABLE].
func joinScript(label, command, register, unregister string, set []byte, before value.Pattern, out *entry) string {
	lines := []string{"[ENABLE]", command, label + ":", "  db " + hex(set), register, "[DISABLE]"}
	if before.Exact() {
		lines = append(lines, label+":", "  db "+hex(before.Bytes))
	} else {
		out.lost = append(out.lost, "how it is taken back")
	}
	lines = append(lines, unregister)
	var b strings.Builder
	b.WriteByte('\n')
	for _, line := range lines {
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// scannable reports whether a script can name a module.
func scannable(module string) bool {
	return module != "" && !strings.ContainsAny(module, ",\"\r\n") && module[0] != '$' && module == strings.TrimSpace(module) && valid(module)
}

// quoteModule puts a name in quotes that is more than letters, digits and dots.
func quoteModule(module string) string {
	for i := range len(module) {
		if !partOfName(module[i]) {
			return `"` + module + `"`
		}
	}
	return module
}

// region writes the bounds of a scope as a script does, or nothing when they are
// none.
func region(first, last string) string {
	var b [2]uint64
	for i, text := range []string{first, last} {
		if n, err := fmt.Sscanf(text, "0x%x", &b[i]); n != 1 || err != nil || fmt.Sprintf("%#x", b[i]) != text {
			return ""
		}
	}
	return fmt.Sprintf("%X,%X", b[0], b[1])
}
