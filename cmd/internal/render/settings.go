package render

import "cmp"

// Settings are the settings in force.
type Settings struct {
	File    string    `json:"file"` // where they are looked for
	Exists  bool      `json:"exists"`
	Values  []Setting `json:"settings"`
	Aliases []Setting `json:"aliases"`
}

// Setting is one of them.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source Source `json:"source"`
	Where  string `json:"where,omitempty"` // the flag, the variable, or the file and its row
}

// Source is what a setting comes from.
type Source string

// The sources.
const (
	FromFlag        Source = "flag"
	FromEnvironment Source = "environment"
	FromFile        Source = "file"
	BuiltIn         Source = "built in"
)

// Text writes a line for each.
func (s Settings) Text(p *Page) {
	state := ""
	if !s.Exists {
		state = " (not there)"
	}
	p.Line("settings file: %s%s", Printable(cmp.Or(s.File, "nowhere, as neither XDG_CONFIG_HOME nor HOME is set")), state)
	p.Line("")
	columns := []column{{title: "SETTING"}, {title: "VALUE"}, {title: "FROM", style: p.dim}}
	p.table(columns, settingRows(s.Values))
	if len(s.Aliases) > 0 {
		p.Line("")
		columns[0].title = "ALIAS"
		p.table(columns, settingRows(s.Aliases))
	}
}

func settingRows(settings []Setting) [][]string {
	var rows [][]string
	for _, s := range settings {
		from := string(s.Source)
		switch s.Source {
		case FromFile:
			from = Printable(s.Where)
		case FromFlag, FromEnvironment:
			from += " " + s.Where
		}
		rows = append(rows, []string{s.Name, Printable(s.Value), from})
	}
	return rows
}
