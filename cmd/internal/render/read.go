package render

import (
	"cmp"
	"fmt"
	"strings"

	"quarry/search/address"
	"quarry/session"
)

// Readings is what memory holds at some places.
type Readings struct {
	Readings []Reading `json:"readings"`
}

// Reading is what is at a place: one value, or several side by side.
type Reading struct {
	Ref     string  `json:"ref"`
	Name    string  `json:"name,omitempty"` // of the entry
	Address Address `json:"address"`
	Place
	Type    string    `json:"type"`
	Order   string    `json:"byte_order"`
	Values  []Element `json:"values"`
	Problem string    `json:"problem,omitempty"` // why there are less than asked for
}

// Element is one value of a reading.
type Element struct {
	Address   Address `json:"address"`
	Value     Value   `json:"value"`
	Meaning   string  `json:"meaning,omitempty"`     // the name that the entry gives the value
	Target    string  `json:"target,omitempty"`      // where it points, of a pointer
	Name      string  `json:"target_name,omitempty"` // of the entry or symbol there
	Truncated bool    `json:"truncated,omitempty"`   // the text is longer
}

// String shows the value for a person.
func (e Element) String() string {
	text := e.Value.String()
	if e.Truncated {
		text += " …"
	}
	if e.Meaning != "" {
		text += " " + Printable(e.Meaning)
	}
	if e.Target != "" {
		text += " -> " + Printable(cmp.Or(e.Name, e.Target))
	}
	return text
}

// Text writes a line for each place with one value, and some for one with
// several.
func (l Readings) Text(p *Page) {
	var single [][]string
	for _, r := range l.Readings {
		if len(r.Values) <= 1 {
			single = append(single, r.row(p))
		}
	}
	p.table([]column{{style: p.bold}, {style: p.address}, {}, {}, {}}, single)
	for _, r := range l.Readings {
		if len(r.Values) > 1 {
			r.array(p)
		}
	}
}

func (r Reading) row(p *Page) []string {
	shown := "?  " + p.alarm.Sprint(oneLine(r.Problem))
	if len(r.Values) == 1 {
		shown = r.Values[0].String()
		if r.Problem != "" {
			shown += "  " + p.alarm.Sprint(oneLine(r.Problem))
		}
	}
	return []string{Printable(r.Ref), r.Address.String(), r.Place.String(), r.Type, shown}
}

// arrayWidth is how wide a line of several values is made.
const arrayWidth = 80

// array writes several values, as many in a line as are narrow enough.
func (r Reading) array(p *Page) {
	p.Line("%s  %s  %s[%d]", p.bold.Sprint(Printable(r.Ref)), r.Place, r.Type, len(r.Values))
	texts := make([]string, len(r.Values))
	width := 0
	for i, v := range r.Values {
		texts[i] = v.String()
		width = max(width, len(texts[i]))
		if v.Target != "" { // one in a line reads better
			width = arrayWidth
		}
	}
	numbers := fmt.Sprintf("[%d]", len(r.Values)-1)
	perLine := 1
	for n := 2; n <= 16 && len(r.Address.String())+len(numbers)+2+n*(width+2) <= arrayWidth; n *= 2 {
		perLine = n
	}
	right := r.Values[0].Value.Type.Number() && perLine > 1
	for i := 0; i < len(texts); i += perLine {
		var line strings.Builder
		for _, text := range texts[i:min(i+perLine, len(texts))] {
			if right {
				text = fmt.Sprintf("%*s", width, text)
			}
			line.WriteString("  " + text)
		}
		number := fmt.Sprintf("%*s", len(numbers), fmt.Sprintf("[%d]", i))
		p.Line("%s  %s%s", p.address.Sprint(r.Values[i].Address), p.dim.Sprint(number), line.String())
	}
	if r.Problem != "" {
		p.Line("%s", p.alarm.Sprint(oneLine(r.Problem)))
	}
}

// Name says in a few words where an address is mapped, as an address
// expression where there is a lasting one, and the empty string where nothing
// is mapped that can be accessed.
func (p Places) Name(addr uint64) string {
	r, ok := session.FindRegion(p.Regions, addr)
	if !ok || r.Kind == session.KindGuard {
		return ""
	}
	if name := address.Durable(addr, p.Regions, p.Modules).String(); !strings.HasPrefix(name, "0x") {
		return name
	}
	for _, first := range p.Regions {
		if first.Kind == r.Kind && r.Kind == session.KindStack {
			return fmt.Sprintf("stack+%#x", addr-first.Start)
		}
	}
	return r.Kind.String()
}
