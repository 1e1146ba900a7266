package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"quarry/search/value"
)

// Seen is what a place holds, told when it is first looked at and whenever that
// has changed.
type Seen struct {
	Time    float64  `json:"time"` // in seconds, since the first look
	Ref     string   `json:"ref"`  // as the place was named; of a candidate its row
	Name    string   `json:"name,omitempty"`
	Address *Address `json:"address,omitempty"` // nil when it has none now
	*Place
	Type    string `json:"type"`
	Value   *Value `json:"value,omitempty"` // nil with a problem
	Hex     string `json:"hex,omitempty"`   // the bytes of a text that JSON cannot hold as it is
	Was     *Value `json:"was,omitempty"`   // nil the first time and after a problem
	Problem string `json:"problem,omitempty"`
}

// WithHex returns the place with the bytes that JSON would not tell.
func (s Seen) WithHex() Seen {
	if s.Value != nil {
		s.Hex = s.Value.lost()
	}
	return s
}

// Text writes one line.
func (s Seen) Text(p *Page) {
	line := fmt.Sprintf("%8.3f  %s", s.Time, p.bold.Sprint(Printable(s.Ref)))
	if at := s.at(); at != "" {
		line += "  " + p.address.Sprint(at)
	}
	line += "  " + s.shown()
	if s.Was != nil {
		line += p.dim.Sprint("  was " + s.Was.String())
	}
	p.Line("%s", line)
}

// at is the address, where the reference does not say it.
func (s Seen) at() string {
	if s.Address == nil || s.Ref == s.Address.String() {
		return ""
	}
	return s.Address.String()
}

func (s Seen) shown() string {
	if s.Value == nil {
		return "?  " + oneLine(s.Problem)
	}
	return s.Value.String()
}

// Number returns the number that a value is to a person; ok is false when it is
// none that a plot can show.
func (v Value) Number() (n float64, ok bool) {
	text, ok := v.Form.Format(v.Type, v.Raw, v.Order)
	if !ok || !v.Type.Number() {
		return math.NaN(), false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return math.NaN(), false
	}
	return n, true
}

// CSV writes what places hold as comma-separated values: a line for each look,
// with the time in seconds and a column for each place.
type CSV struct{ w *csv.Writer }

// NewCSV returns a CSV with a line that names the columns.
func NewCSV(w io.Writer, names []string) (*CSV, error) {
	c := &CSV{csv.NewWriter(w)}
	return c, c.line("time", names)
}

// Look writes a line. A value of nil, which could not be read, is empty.
func (c *CSV) Look(seconds float64, values []*Value) error {
	cells := make([]string, len(values))
	for i, v := range values {
		switch {
		case v == nil:
		case v.Type == value.String || v.Type == value.UTF16:
			cells[i] = value.Format(v.Type, v.Raw, v.Order)
		default:
			cells[i] = v.String()
		}
	}
	return c.line(strconv.FormatFloat(seconds, 'f', 3, 64), cells)
}

// line writes a line at once: who reads it may wait for it.
func (c *CSV) line(first string, rest []string) error {
	cells := []string{first}
	for _, cell := range rest {
		cells = append(cells, Printable(cell))
	}
	if err := c.w.Write(cells); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}
