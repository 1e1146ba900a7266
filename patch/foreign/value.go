package foreign

import (
	"encoding/binary"
	"strings"

	"quarry/patch"
	"quarry/search/value"
)

// Value returns the value of a type that raw holds, in little-endian order, as a
// patch file writes it.
func Value(t value.Type, raw []byte) patch.Value {
	text := value.Format(t, raw, binary.LittleEndian)
	return patch.Value{Text: text, Number: t.Number() && !strings.ContainsAny(text, "IN")}
}
