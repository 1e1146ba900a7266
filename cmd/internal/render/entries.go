package render

import "strings"

// Entries is the table of entries.
type Entries struct {
	Entries []Entry `json:"entries"`
	// Unfrozen are those that are kept frozen no more.
	Unfrozen []string `json:"unfrozen,omitempty"`
}

// Entry is a labelled place and what it holds.
type Entry struct {
	Name    string   `json:"name"`
	Group   string   `json:"group,omitempty"`
	Note    string   `json:"note,omitempty"`
	At      string   `json:"at,omitempty"`   // an address expression, or
	Find    string   `json:"find,omitempty"` // what is there
	Type    string   `json:"type"`
	Address *Address `json:"address,omitempty"` // nil with a problem
	*Place
	Value   *Value `json:"value,omitempty"`   // nil with a problem
	Meaning string `json:"meaning,omitempty"` // the name that the file gives the value
	Problem string `json:"problem,omitempty"` // why the place cannot be told or read
	Frozen  *Frost `json:"frozen,omitempty"`  // nil when it is not to be frozen
}

// Frost is how an entry is frozen.
type Frost struct {
	On       bool   `json:"on"`
	Mode     string `json:"mode"`
	Interval string `json:"interval"`
	Writes   int    `json:"writes"` // how often the value had to be put back
}

// Text writes a table, group by group.
func (l Entries) Text(p *Page) {
	if len(l.Entries) == 0 {
		p.Line("the table has no entries: label REF NAME makes one")
		return
	}
	rows := make([][]string, len(l.Entries))
	for i, e := range l.Entries {
		rows[i] = e.row(p)
	}
	p.table([]column{{title: "NAME", style: p.bold}, {title: "PLACE", style: p.address}, {title: "TYPE"}, {title: "VALUE"}, {title: ""}}, rows)
	if len(l.Unfrozen) > 0 {
		p.Line("not frozen any more: %s", Printable(strings.Join(l.Unfrozen, ", ")))
	}
}

func (e Entry) row(p *Page) []string {
	name := Printable(e.Name)
	if e.Group != "" {
		name = Printable(e.Group) + "/" + name
	}
	place := Printable(e.At)
	if place == "" {
		place = "find " + Printable(e.Find)
	}
	var shown, rest string
	if e.Value != nil {
		shown = e.Value.String()
	} else {
		shown = "?"
		rest = p.alarm.Sprint(oneLine(Printable(e.Problem)))
	}
	if e.Meaning != "" {
		shown += " " + Printable(e.Meaning)
	}
	if e.Frozen != nil {
		rest = joined(rest, e.Frozen.String())
	}
	if e.Note != "" {
		rest = joined(rest, p.dim.Sprint(oneLine(Printable(e.Note))))
	}
	return []string{name, place, e.Type, shown, rest}
}

// String shows how it is frozen in a few words.
func (f Frost) String() string {
	if !f.On {
		return "not frozen now (" + f.Mode + ")"
	}
	return "frozen (" + f.Mode + "), put back " + Count(uint64(f.Writes), "time", "times")
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "  " + b
}
