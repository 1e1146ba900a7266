package render

import "fmt"

// Tried is what has become of a value that was tried at several places.
type Tried struct {
	Value string `json:"value"`
	Found *Entry `json:"found"` // nil when none was right
	// Stopped tells that it ended before anybody could say that none was right.
	Stopped bool    `json:"stopped"`
	Trials  []Trial `json:"trials"`
}

// Trial is one of the places.
type Trial struct {
	Number  int     `json:"number"`
	Of      int     `json:"-"`
	Address Address `json:"address"`
	Place
	Before  *Value `json:"before,omitempty"` // nil where nothing was written
	After   *Value `json:"after,omitempty"`
	Outcome string `json:"outcome"`
	Problem string `json:"problem,omitempty"`
}

// The outcomes of a trial.
const (
	TrialKept      = "kept"
	TrialTakenBack = "taken back"
	TrialLeftAlone = "left alone" // the program has written something else since
	TrialLost      = "lost"       // the process has ended, or it could not be taken back
	TrialUntried   = "not tried"
)

// Question asks a person about the value just written.
func (t Trial) Question() string {
	return fmt.Sprintf("%d of %d  %s  %s  %s -> %s\nwas that it? [y/n/q] ", t.Number, t.Of, t.Address, t.Place, t.Before, t.After)
}

// Text writes what was found, and what was not put back as it was.
func (r Tried) Text(p *Page) {
	counts, last := make(map[string]uint64), Trial{}
	for _, t := range r.Trials {
		if t.Outcome == TrialKept {
			p.Line("%s  %s  %s  %s -> %s", p.bold.Sprint(Printable(r.Found.Name)), p.address.Sprint(t.Address), t.Place, t.Before, t.After)
		}
		counts[t.Outcome]++
		if t.Before != nil {
			last = t
		}
	}
	switch {
	case r.Stopped && last.Outcome == TrialTakenBack:
		p.Line("stopped at %d of %d: %s holds %s again", last.Number, last.Of, p.address.Sprint(last.Address), last.Before)
	case r.Stopped:
		p.Line("stopped")
	case r.Found == nil:
		p.Line("none was it")
	}
	if n := counts[TrialTakenBack]; n > 0 {
		p.Line("%s taken back", Count(n, "place", "places"))
	}
	for _, t := range r.Trials {
		t.remark(p)
	}
	if n := counts[TrialUntried]; n > 0 {
		p.Line("%s not tried", Count(n, "place", "places"))
	}
}

// remark tells of a place that is not as it was, or that could not be written to.
func (t Trial) remark(p *Page) {
	switch {
	case t.Outcome == TrialLeftAlone:
		p.Line("%s left alone: the program has changed it since; it was %s", p.address.Sprint(t.Address), t.Before)
	case t.Problem != "":
		p.Line("%s %s: %s", p.address.Sprint(t.Address), t.Outcome, oneLine(t.Problem))
	}
}
