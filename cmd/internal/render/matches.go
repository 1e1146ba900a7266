package render

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
)

// Matches is the result of a search: how many candidates there are, and the
// first of them.
type Matches struct {
	Count     uint64 `json:"count"`
	Type      string `json:"type"`
	Condition string `json:"condition"`
	Scope     string `json:"scope"`
	Scanned   uint64 `json:"scanned_bytes"`
	// Unreadable is what could not be read of what was to be searched.
	Unreadable uint64  `json:"unreadable_bytes,omitempty"`
	Seconds    float64 `json:"seconds"`
	Lost       uint64  `json:"lost,omitempty"` // candidates that cannot be read any more
	Truncated  bool    `json:"truncated"`      // Rows are not all
	// Rows are the candidates listed, as "matches" in JSON. They can be millions,
	// so each is made when it is its turn and valid up to the next. An error is
	// the last step.
	Rows iter.Seq2[Match, error] `json:"-"`
}

// Match is one candidate.
type Match struct {
	Index   uint64  `json:"index"` // from 1, as references count
	Address Address `json:"address"`
	Type    string  `json:"type,omitempty"` // where it is not that of all
	Value   Value   `json:"value"`
	// Hex holds the bytes of a text that JSON cannot hold as it is.
	Hex string `json:"hex,omitempty"`
	Place
	// Was is the value before, where it was another: that of the search before,
	// or in a list made later, what the search found.
	Was    *Value `json:"was,omitempty"`
	WasHex string `json:"was_hex,omitempty"`
}

// Text writes the count and the rows.
func (m Matches) Text(p *Page) {
	searched := Size(m.Scanned)
	if m.Unreadable > 0 {
		searched += ", " + Size(m.Unreadable) + " unreadable,"
	}
	p.Line("%s of %s, type %s, in %s (%s in %s)", p.bold.Sprint(Count(m.Count, "match", "matches")),
		Printable(m.Condition), m.Type, m.Scope, searched, Seconds(m.Seconds))
	if m.Lost > 0 {
		p.Line("%s left out: not readable any more", Count(m.Lost, "candidate", "candidates"))
	}
	table := &longTable{page: p, columns: []column{{right: true, style: p.dim}, {style: p.address}, {}, {}, {}}}
	var last uint64
	for row, err := range m.rows() {
		if err != nil {
			p.err = err
		}
		if p.err != nil {
			return
		}
		cells := []string{fmt.Sprint(row.Index), row.Address.String(), row.Place.String(), row.Type, row.Value.String()}
		if row.Was != nil {
			cells[4] = p.dim.Sprint(row.Was.String()+" -> ") + cells[4]
		}
		table.add(cells)
		last = row.Index
	}
	table.begin()
	if last > 0 && last < m.Count {
		p.Line("%s", p.dim.Sprintf("… %s more: matches --from %d", Thousands(m.Count-last), last+1))
	}
}

func (m Matches) rows() iter.Seq2[Match, error] {
	if m.Rows == nil {
		return func(func(Match, error) bool) {}
	}
	return m.Rows
}

// streamJSON writes the object member by member: what is known before the rows,
// then each row.
func (m Matches) streamJSON(w io.Writer) error {
	var text bytes.Buffer
	encoder := newEncoder(&text)
	if err := encoder.Encode(m); err != nil {
		return err
	}
	text.Truncate(text.Len() - len("}\n"))
	text.WriteString(`,"matches":[`)
	for row, err := range m.rows() {
		if err != nil {
			return err
		}
		if _, err := w.Write(text.Bytes()); err != nil {
			return err
		}
		text.Reset()
		row.Hex = row.Value.lost()
		if row.Was != nil {
			row.WasHex = row.Was.lost()
		}
		if err := encoder.Encode(row); err != nil {
			return err
		}
		text.Truncate(text.Len() - len("\n"))
		text.WriteByte(',')
	}
	_, err := w.Write(append(bytes.TrimSuffix(text.Bytes(), []byte(",")), "]}\n"...))
	return err
}

// Seconds shows a length of time in seconds with two digits.
func Seconds(s float64) string {
	if s >= 10 {
		return fmt.Sprintf("%.0f s", s)
	}
	if s < 0.001 {
		return fmt.Sprintf("%.4f s", s)
	}
	digits := max(0, 1-int(math.Floor(math.Log10(s))))
	return fmt.Sprintf("%.*f s", digits, s)
}
