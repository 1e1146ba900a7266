package render

import (
	"bytes"
	"strconv"

	"quarry/search/text"
)

// String is a text that was found in memory, one line of JSON.
type String struct {
	Address  Address `json:"address"`
	Text     string  `json:"text"`
	Encoding string  `json:"encoding"`       // utf8, utf16le or utf16be
	Chars    int     `json:"characters"`     // of the text
	Size     int     `json:"bytes"`          // in memory
	Part     bool    `json:"part,omitempty"` // it goes on in the next of this encoding
}

// Strings shows texts as they are found, a line each and all of them in one
// write. An error is that of the write.
func (o *Output) Strings(batch []text.String) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	size := 0
	for _, s := range batch {
		size += len(s.Text) + len("0x7fffffffffff  \n")
	}
	out := make([]byte, 0, size)
	address := newPage(nil, o.Color).address
	for _, s := range batch {
		if o.JSON {
			line, err := jsonLine(String{Address(s.Addr), string(s.Text), s.Encoding.String(), s.Chars, s.Size, s.Part})
			if err != nil {
				return err
			}
			out = append(out, line...)
			continue
		}
		if o.Color {
			out = append(out, address.Sprint(Address(s.Addr))...)
		} else {
			out = append(out, "0x"...)
			out = strconv.AppendUint(out, s.Addr, 16)
		}
		out = append(out, "  "...)
		out = append(appendPrintable(out, s.Text), '\n')
	}
	_, err := o.Out.Write(out)
	return err
}

// appendPrintable adds a text as [Printable] makes it, but for tabs, which do
// no harm.
func appendPrintable(out, text []byte) []byte {
	plain := true
	for _, c := range text {
		plain = plain && c >= ' ' && c < 0x7f
	}
	if plain {
		return append(out, text...)
	}
	for i, part := range bytes.Split(text, []byte{'\t'}) {
		if i > 0 {
			out = append(out, '\t')
		}
		out = append(out, Printable(string(part))...)
	}
	return out
}

// jsonLine returns the JSON of a value as one line.
func jsonLine(v any) ([]byte, error) {
	var out bytes.Buffer
	err := newEncoder(&out).Encode(v)
	return out.Bytes(), err
}
