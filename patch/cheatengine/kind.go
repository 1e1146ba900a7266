package cheatengine

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/search/value"
)

// kind is what an entry says about the value at its address.
type kind struct {
	typ    value.Type
	length int // in bytes, of texts and bytes
	shift  int // bytes to add to the address
	hex    bool
}

// numberKinds are the names of number types: signed and unsigned.
var numberKinds = map[string][2]value.Type{
	"byte":    {value.I8, value.U8},
	"2 bytes": {value.I16, value.U16},
	"4 bytes": {value.I32, value.U32},
	"8 bytes": {value.I64, value.U64},
	"float":   {value.F32, value.F32},
	"double":  {value.F64, value.F64},
}

// maxLength bounds the lengths of texts and bytes.
const maxLength = 1 << 24

// readKind reads the type of an entry. why tells what has none; the error is that
// of a malformed file.
func (r *reader) readKind(n *node) (k kind, why string, err error) {
	if k.hex, err = r.readBool(n, "ShowAsHex"); err != nil {
		return k, "", err
	}
	signed, err := r.readBool(n, "ShowAsSigned")
	if err != nil {
		return k, "", err
	}
	name := n.textOf("VariableType")
	if pair, ok := numberKinds[strings.ToLower(name)]; ok {
		if k.typ = pair[1]; signed {
			k.typ = pair[0]
		}
		return k, "", nil
	}
	switch strings.ToLower(name) {
	case "string", "unicode string":
		return r.readText(n, k, strings.ToLower(name) == "unicode string")
	case "array of byte":
		k.typ = value.Bytes
		k.length, err = r.readLength(n, "ByteLength")
		if err == nil && k.length == 0 {
			why = "its length is not given"
		}
		return k, why, err
	case "binary":
		return r.readBits(n, k)
	case "custom":
		return k, fmt.Sprintf("its type %q is made by a script", n.textOf("CustomType")), nil
	case "pointer":
		return k, "the size of a pointer depends on the program; make it 4 Bytes or 8 Bytes", nil
	case "":
		return k, "its type is not given", nil
	}
	return k, fmt.Sprintf("its type %q is not known", name), nil
}

func (r *reader) readText(n *node, k kind, wide bool) (kind, string, error) {
	unicode, err := r.readBool(n, "Unicode")
	if err != nil {
		return k, "", err
	}
	if _, err := r.readBool(n, "ZeroTerminate"); err != nil {
		return k, "", err
	}
	k.typ = value.String
	if k.length, err = r.readLength(n, "Length"); err != nil {
		return k, "", err
	}
	if unicode || wide {
		k.typ, k.length = value.UTF16, k.length*2
	}
	if k.length == 0 {
		return k, "its length is not given", nil
	}
	return k, "", nil
}

// readBits reads a run of bits. Only whole bytes can be taken over.
func (r *reader) readBits(n *node, k kind) (kind, string, error) {
	start, err := r.readLength(n, "BitStart")
	if err != nil {
		return k, "", err
	}
	length, err := r.readLength(n, "BitLength")
	if err != nil {
		return k, "", err
	}
	if start%8 != 0 || length%8 != 0 || length == 0 {
		return k, fmt.Sprintf("%d bits from bit %d on are no whole bytes", length, start), nil
	}
	k.shift = start / 8
	for _, t := range []value.Type{value.U8, value.U16, value.U32, value.U64} {
		if t.Bits() == length {
			k.typ = t
			return k, "", nil
		}
	}
	k.typ, k.length = value.Bytes, length/8
	return k, "", nil
}

// readBool reads an element that holds 0 or 1, by default 0.
func (r *reader) readBool(n *node, name string) (bool, error) {
	text := n.textOf(name)
	if text != "" && text != "0" && text != "1" {
		return false, r.source.Fail(n.child(name).at, fmt.Sprintf("<%s> holds %q", name, text), "it is 0 or 1")
	}
	return text == "1", nil
}

// readLength reads an element that holds a length, by default 0.
func (r *reader) readLength(n *node, name string) (int, error) {
	text := n.textOf(name)
	if text == "" {
		return 0, nil
	}
	length, err := strconv.ParseUint(text, 10, 64)
	if err != nil || length > maxLength {
		return 0, r.source.Fail(n.child(name).at, fmt.Sprintf("<%s> holds %q", name, text), fmt.Sprintf("it is a number from 0 to %d", maxLength))
	}
	return int(length), nil
}

// value reads a value as the table shows it, which is in hexadecimal where the
// entry is.
func (k kind) value(text string) (v patch.Value, why string) {
	if k.typ.Size() > 0 {
		text = strings.TrimSpace(text)
	}
	if k.typ.Float() {
		text = strings.Replace(text, ",", ".", 1)
	}
	if k.typ.Number() && k.hex {
		bits, ok := readHex(text)
		if !ok || bits > math.MaxUint64>>(64-k.typ.Bits()) {
			return v, fmt.Sprintf("%q is no hexadecimal number of type %s", text, k.typ)
		}
		if k.typ.Float() {
			raw := value.PutBits(nil, k.typ, bits, binary.LittleEndian)
			return foreign.Value(k.typ, raw), ""
		}
		return patch.Value{Text: fmt.Sprintf("%#x", bits), Number: true}, ""
	}
	raw, err := value.Encode(k.typ, text, binary.LittleEndian)
	if err != nil {
		return v, err.Error()
	}
	return foreign.Value(k.typ, raw), ""
}

// shown writes a value as the table shows it. ok is false for one that its type
// cannot hold.
func (k kind) shown(v patch.Value) (text string, ok bool) {
	raw, err := value.Encode(k.typ, v.Text, binary.LittleEndian)
	if err != nil {
		return "", false
	}
	if k.hex && k.typ.Number() {
		return fmt.Sprintf("%X", value.Bits(k.typ, raw, binary.LittleEndian)), true
	}
	return value.Format(k.typ, raw, binary.LittleEndian), true
}

// readNames reads a drop-down list: a value, a colon and a name on each line.
func (k kind) readNames(text string) (names []patch.Named, left []string) {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		v, name, ok := strings.Cut(line, ":")
		if line == "" || !ok || foreign.OneLine(name) == "" {
			if line != "" {
				left = append(left, line)
			}
			continue
		}
		read, why := k.value(v)
		if why != "" {
			left = append(left, line)
			continue
		}
		names = append(names, patch.Named{Value: read, Name: foreign.OneLine(name)})
	}
	return names, left
}
