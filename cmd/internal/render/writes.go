package render

import (
	"encoding/hex"
	"fmt"

	"quarry/patch"
)

// Writes is what a verb wrote.
type Writes struct {
	Title   string  `json:"title"`
	Count   int     `json:"count"`   // places meant
	Changed bool    `json:"changed"` // false when the new bytes were there already
	Padded  int     `json:"padded,omitempty"`
	Writes  []Write `json:"writes"`
}

// Write is one of them, its bytes in hexadecimal.
type Write struct {
	Address Address `json:"address"`
	Place
	Before string `json:"before"`
	After  string `json:"after"`
}

// NewWrites returns the form of a group of writes that is shown. count is the
// number of places that were meant.
func NewWrites(g patch.Group, count int, places Places) Writes {
	out := Writes{Title: g.Title, Count: count, Changed: len(g.Writes) > 0, Writes: []Write{}}
	for _, w := range g.Writes {
		out.Writes = append(out.Writes, newWrite(w, places))
	}
	return out
}

func newWrite(w patch.Write, places Places) Write {
	return Write{Address: Address(w.Addr), Place: places.Of(w.Addr), Before: hex.EncodeToString(w.Before), After: hex.EncodeToString(w.After)}
}

// shownWrites is how many writes the text lists.
const shownWrites = 20

// Text writes what was done, and each write with its bytes.
func (w Writes) Text(p *Page) {
	title := p.bold.Sprint(Printable(w.Title))
	if !w.Changed {
		title += ": it is there already, nothing was written"
	}
	p.Line("%s", title)
	if w.Padded > 0 && w.Changed {
		p.Line("the new text is shorter: %s after it set to NUL", Count(uint64(w.Padded), "byte", "bytes"))
	}
	rows := [][]string{}
	for _, write := range w.Writes[:min(len(w.Writes), shownWrites)] {
		rows = append(rows, write.row())
	}
	p.table([]column{{style: p.address}, {}, {}, {}}, rows)
	if more := len(w.Writes) - shownWrites; more > 0 {
		p.Line("%s", p.dim.Sprintf("… %s more", Thousands(uint64(more))))
	}
}

func (w Write) row() []string {
	return []string{"  " + w.Address.String(), w.Place.String(), spaced(w.Before), "-> " + spaced(w.After)}
}

// spaced shows hexadecimal bytes apart, the first of them when they are many.
func spaced(digits string) string {
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return digits
	}
	const most = 16
	if len(raw) > most {
		return fmt.Sprintf("% x …", raw[:most])
	}
	return fmt.Sprintf("% x", raw)
}
