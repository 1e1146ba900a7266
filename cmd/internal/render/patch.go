package render

import (
	"encoding/binary"
	"fmt"
	"strings"

	"quarry/patch"
	"quarry/search/value"
)

// Plan is what a patch file would do, or did.
type Plan struct {
	Subject
	File  string `json:"file"`
	Title string `json:"title,omitempty"`
	// WouldChange, of a plan, and Changed, of what was done with one, tell about
	// memory. One of them is nil.
	WouldChange *bool  `json:"would_change,omitempty"`
	Changed     *bool  `json:"changed,omitempty"`
	Edits       []Edit `json:"edits"`
	// Undo is a patch file that takes back what was written, in this process.
	Undo string `json:"undo,omitempty"`
	// Frozen are the entries that are kept frozen from now on.
	Frozen []string `json:"frozen,omitempty"`

	verb string // for the text: what happened, or would
}

// Subject is the process that a result is about.
type Subject struct {
	PID     int    `json:"pid"`
	Process string `json:"process"`
	Several bool   `json:"-"` // it is one of several, so that the text has to say which
}

// prefix names the process where that is not plain.
func (s Subject) prefix() string {
	if !s.Several {
		return ""
	}
	return fmt.Sprintf("%s (%d): ", Printable(s.Process), s.PID)
}

// Edit is one edit of it.
type Edit struct {
	Index  int     `json:"index"` // in the file, from 1
	Name   string  `json:"name"`  // empty when it has none
	State  string  `json:"state"`
	Why    string  `json:"why,omitempty"`
	Count  int     `json:"count"` // places found; not all may be listed
	Padded int     `json:"padded,omitempty"`
	Places []Patch `json:"places"`

	label string
}

// Patch is one place of an edit.
type Patch struct {
	Write
	Was Value `json:"before_value"`
	New Value `json:"after_value"`
}

// NewPlan returns the form of a plan that is shown.
func NewPlan(plan *patch.Plan, s Subject, places Places, order binary.ByteOrder) Plan {
	out := newPlan(plan, s, places, order)
	would := plan.Check() == nil && plan.Count(patch.Pending) > 0
	out.WouldChange = &would
	switch {
	case would:
		out.verb = "would change"
	case plan.Check() != nil:
		out.verb = "would change nothing"
	default:
		out.verb = noChange(plan)
	}
	return out
}

// NewApplied returns the form of what applying a plan did that is shown. undo
// is the text of the file that takes it back.
func NewApplied(r *patch.Result, undo string, s Subject, places Places, order binary.ByteOrder) Plan {
	out := newPlan(r.Plan, s, places, order)
	out.Changed, out.Undo = &r.Changed, undo
	switch {
	case r.Plan.Check() != nil:
		out.verb = "not applied"
		return out
	case r.Changed:
		out.verb = "applied"
	default:
		out.verb = noChange(r.Plan)
	}
	for i := range out.Edits {
		if out.Edits[i].State == patch.Pending.String() {
			out.Edits[i].State = patch.Applied.String()
		}
	}
	return out
}

// nothing is what is said of a plan that does nothing.
const nothing = "nothing to apply"

// noChange says why a plan that can be applied changes nothing.
func noChange(plan *patch.Plan) string {
	if plan.Count(patch.Applied)+plan.Count(patch.Pending) == 0 {
		return nothing
	}
	return "already applied"
}

func newPlan(plan *patch.Plan, s Subject, places Places, order binary.ByteOrder) Plan {
	out := Plan{Subject: s, File: plan.File.Name, Title: plan.File.Title, Edits: []Edit{}}
	for _, e := range plan.Edits {
		edit := Edit{
			Index: e.Index + 1, Name: e.Name, State: e.State.String(), Count: e.Pending + e.Applied,
			Padded: e.Padded, Places: []Patch{}, label: e.Label(),
		}
		if e.Err != nil {
			edit.Why = e.Err.Error()
		}
		for _, at := range e.Places {
			w := patch.Write{Addr: at.Addr, Before: at.Before, After: at.After}
			edit.Places = append(edit.Places, newPatch(w, e.Edit, places, order))
		}
		out.Edits = append(out.Edits, edit)
	}
	return out
}

func newPatch(w patch.Write, e patch.Edit, places Places, order binary.ByteOrder) Patch {
	t := e.Type
	if t == value.Invalid {
		t = e.Guess()
	}
	if e.Order != nil {
		order = e.Order
	}
	show := func(raw []byte) Value { return Value{Type: t, Raw: raw, Order: order, Form: e.Stored} }
	return Patch{Write: newWrite(w, places), Was: show(w.Before), New: show(w.After)}
}

// Text writes a line for each edit and one for each of its places.
func (l Plan) Text(p *Page) {
	verb := l.verb
	if len(l.Frozen) > 0 {
		if verb == nothing {
			verb = "nothing to write"
		}
		verb += ", frozen " + Printable(strings.Join(l.Frozen, ", "))
	}
	p.Line("%s%s: %s", l.prefix(), l.name(), p.bold.Sprint(verb))
	for _, e := range l.Edits {
		e.text(p)
	}
}

func (l Plan) name() string {
	if l.Title == "" {
		return l.File
	}
	return fmt.Sprintf("%s (%s)", Printable(l.Title), l.File)
}

// text writes the edit and its places. An edit that failed for content found
// too often lists where.
func (e Edit) text(p *Page) {
	p.Line("  %-10s  %s", e.State, Printable(e.label))
	if e.Why != "" {
		p.Line("              %s", p.alarm.Sprint(oneLine(Printable(e.Why))))
	}
	var rows [][]string
	for _, at := range e.Places {
		change := "is there: " + at.New.String()
		if at.Before != at.After {
			change = fmt.Sprintf("%s -> %s", at.Was, at.New)
		}
		if at.Was.Type != value.Bytes && at.Before != at.After {
			change += p.dim.Sprintf("  (%s -> %s)", spaced(at.Before), spaced(at.After))
		}
		rows = append(rows, []string{"              " + at.Address.String(), at.Place.String(), change})
	}
	p.table([]column{{style: p.address}, {}, {}}, rows)
	if more := e.Count - len(e.Places); more > 0 {
		p.Line("              … %d more", more)
	}
	if e.Padded > 0 && len(e.Places) > 0 {
		p.Line("              the new text is shorter: %s after it set to NUL", Count(uint64(e.Padded), "byte", "bytes"))
	}
}

// Reverted is what taking back a patch file did.
type Reverted struct {
	Subject
	File    string         `json:"file"`
	Changed bool           `json:"changed"`
	Edits   []RevertedEdit `json:"edits"`
	// Unfrozen are the entries that are kept frozen no more.
	Unfrozen []string `json:"unfrozen,omitempty"`
}

// RevertedEdit is one edit of it.
type RevertedEdit struct {
	Index   int     `json:"index"` // in the file, from 1
	Name    string  `json:"name"`  // empty when it has none
	Outcome string  `json:"outcome"`
	Why     string  `json:"why,omitempty"`
	Writes  []Patch `json:"writes"`

	label string
}

// NewReverted returns the form of a reverted patch file that is shown.
func NewReverted(file string, r *patch.RevertResult, s Subject, places Places, order binary.ByteOrder) Reverted {
	out := Reverted{Subject: s, File: file, Changed: r.Changed, Edits: []RevertedEdit{}}
	for _, e := range r.Edits {
		edit := RevertedEdit{Index: e.Index + 1, Name: e.Name, Outcome: e.Outcome.String(), Writes: []Patch{}, label: e.Label()}
		if e.Err != nil {
			edit.Why = e.Err.Error()
		}
		for _, w := range e.Places {
			edit.Writes = append(edit.Writes, newPatch(w, e.Edit, places, order))
		}
		out.Edits = append(out.Edits, edit)
	}
	return out
}

// Text writes a line for each edit and one for each place put back.
func (r Reverted) Text(p *Page) {
	verb := "reverted"
	if !r.Changed {
		verb = "nothing to put back"
	}
	if len(r.Unfrozen) > 0 {
		verb += ", unfrozen " + Printable(strings.Join(r.Unfrozen, ", "))
	}
	p.Line("%s%s: %s", r.prefix(), r.File, p.bold.Sprint(verb))
	for _, e := range r.Edits {
		p.Line("  %-12s  %s", e.Outcome, Printable(e.label))
		if e.Why != "" {
			p.Line("                %s", p.alarm.Sprint(oneLine(Printable(e.Why))))
		}
		var rows [][]string
		for _, w := range e.Writes {
			rows = append(rows, []string{"                " + w.Address.String(), w.Place.String(), fmt.Sprintf("%s -> %s", w.Was, w.New)})
		}
		p.table([]column{{style: p.address}, {}, {}}, rows)
	}
}
