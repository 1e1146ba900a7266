package cheatengine

import (
	"fmt"
	"strconv"
	"strings"

	"quarry/search/value"
)

// data takes over bytes to be written.
func (s *script) data(text string, row int) string {
	word, rest, _ := strings.Cut(text, " ")
	var raw []byte
	var why string
	switch strings.ToLower(word) {
	case "db":
		raw, why = readData(rest, 1)
	case "dw":
		raw, why = readData(rest, 2)
	case "dd":
		raw, why = readData(rest, 4)
	case "dq":
		raw, why = readData(rest, 8)
	case "nop":
		raw, why = readNop(strings.TrimSpace(rest))
	default:
		return fmt.Sprintf("%q is more than replacing bytes", brief(text))
	}
	switch {
	case why != "":
		return why
	case s.here == nil:
		return "bytes stand before the first label"
	}
	s.write(raw, row)
	return ""
}

// write adds bytes at the present place.
func (s *script) write(raw []byte, row int) {
	list := s.writes[s.part]
	if s.fresh {
		list = append(list, run{spot: *s.here, row: row})
		s.fresh = false
	}
	last := &list[len(list)-1]
	last.bytes.Bytes = append(last.bytes.Bytes, raw...)
	last.bytes.Mask = append(last.bytes.Mask, value.ExactPattern(raw).Mask...)
	s.writes[s.part] = list
}

// readData reads hexadecimal numbers of that many bytes each, and texts.
func readData(text string, size int) (raw []byte, why string) {
	for rest := strings.TrimLeft(text, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		if quote := rest[0]; size == 1 && (quote == '\'' || quote == '"') {
			end := strings.IndexByte(rest[1:], quote) + 1
			if end == 0 {
				return nil, "a text is not closed"
			}
			raw, rest = append(raw, rest[1:end]...), rest[end+1:]
			continue
		}
		end := strings.IndexAny(rest, " \t,")
		if end < 0 {
			end = len(rest)
		}
		n, ok := readHex(rest[:end])
		if !ok || size < 8 && n>>(8*size) != 0 {
			return nil, fmt.Sprintf("%q is no number of that size", brief(rest[:end]))
		}
		for range size {
			raw, n = append(raw, byte(n)), n>>8
		}
		rest = rest[end:]
	}
	if len(raw) == 0 {
		return nil, "no bytes are given"
	}
	return raw, ""
}

// readNop returns the bytes of nop, or of nop and a hexadecimal number of bytes.
func readNop(text string) (raw []byte, why string) {
	n := uint64(1)
	if text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 16, 16); err != nil || n == 0 || n > maxNop {
			return nil, fmt.Sprintf("nop %s is not understood", brief(text))
		}
	}
	raw = make([]byte, n)
	for i := range raw {
		raw[i] = 0x90
	}
	return raw, ""
}

// brief shortens a text for a message.
func brief(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
