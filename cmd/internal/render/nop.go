package render

// Nopped is an instruction that was replaced by a no-operation, or put back.
type Nopped struct {
	Verb    string  `json:"verb"` // nop or restore
	Address Address `json:"address"`
	Place
	Near        string `json:"near,omitempty"` // the function and the distance from its start
	Instruction string `json:"instruction"`    // the one that it was
	Changed     bool   `json:"changed"`        // false when it was done already
	Before      string `json:"before,omitempty"`
	After       string `json:"after,omitempty"`
	Entry       *Entry `json:"entry,omitempty"`
	Lasting     bool   `json:"lasting"` // the entry is found in later runs of the program
}

// Text writes what was done, the bytes, and the entry.
func (n Nopped) Text(p *Page) {
	where := p.address.Sprint(n.Address)
	if n.Near != "" {
		where += " " + Printable(n.Near)
	}
	p.Line("%s %s: %s", p.bold.Sprint(n.Verb), where, Printable(n.Instruction))
	if !n.Changed {
		p.Line("  it is so already, nothing was written")
		return
	}
	p.Line("  %s -> %s", spaced(n.Before), spaced(n.After))
	if n.Entry == nil {
		return
	}
	at := "by " + Printable(n.Entry.At)
	if n.Entry.Find != "" {
		at = "by its signature " + Printable(n.Entry.Find)
	}
	p.Line("  entry %s, located %s", p.bold.Sprint(Printable(n.Entry.Name)), at)
}

// Messages tells how it goes on.
func (n Nopped) Messages() []string {
	switch {
	case n.Entry == nil:
		return nil
	case !n.Lasting:
		return []string{"this code is in no module: the entry holds for this run of the program only"}
	case n.Entry.Find == "":
		return []string{
			"there is no unique signature: the entry goes by its place in the module, and fits no other build of it",
			"save FILE makes a patch file of it, for the program when it runs again",
		}
	}
	return []string{"save FILE makes a patch file of it, for the program when it runs again"}
}
