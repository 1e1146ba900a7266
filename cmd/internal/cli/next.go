package cli

import (
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/settings"
	"quarry/search"
	"quarry/search/condition"
	"quarry/search/value"
)

// advice is what a newcomer may do next. Each is given a few times, and then no
// more: whoever has done it knows.
type advice string

// The advices, by the names under which they are counted.
const (
	adviceNothing advice = "nothing" // a first search found nothing
	adviceNoText  advice = "notext"  // a first search found no such text
	adviceEmpty   advice = "empty"   // no candidate is left
	adviceChange  advice = "change"  // a first search found several
	adviceTexts   advice = "texts"   // a first search found several texts
	adviceUnknown advice = "unknown" // a first search for any value
	adviceAgain   advice = "again"   // a narrowing left several
	adviceWrite   advice = "write"   // one candidate is left
)

// advices fit a line of 80 columns.
var advices = map[advice]string{
	adviceNothing: "perhaps it is stored as another type: find -t any VALUE",
	adviceNoText:  "find -i TEXT takes upper and lower case alike, -t utf16 wide characters",
	adviceEmpty:   "undo brings the former candidates back; again VALUE searches afresh",
	adviceChange:  "now let the value change in the program, then type the new one: narrow 95",
	adviceTexts:   "replace OLD NEW writes over all of them, set 1 NEW over the first alone",
	adviceUnknown: "let it change, then narrow changed, up or down; until then narrow same",
	adviceAgain:   "let it change and narrow again; when few are left, try VALUE asks at each",
	adviceWrite:   "set 1 VALUE writes it, freeze 1 keeps it as it is, label 1 NAME names it",
}

// adviceTimes is how often an advice is given.
const adviceTimes = 3

// adviceFor returns what to do after a search.
func adviceFor(g *search.Generation) advice {
	first := g.First() == g
	switch n := g.Len(); {
	case n == 0 && first && (g.Type == value.String || g.Type == value.UTF16):
		return adviceNoText
	case n == 0 && first:
		return adviceNothing
	case n == 0:
		return adviceEmpty
	case n == 1:
		return adviceWrite
	case !first:
		return adviceAgain
	case g.Condition.Op == condition.Unknown:
		return adviceUnknown
	case !numeric(g.Type):
		return adviceTexts
	}
	return adviceChange
}

// tellNext gives an advice, where a person types who has not had it often.
func (e *env) tellNext(out *render.Output) {
	if e.next == "" || e.prompt == nil || !e.prompt.interactive || e.flags.json || e.flags.quiet || !terminal(e.Err) {
		return
	}
	if e.prompt.advised == nil {
		e.prompt.advised = settings.LoadCounts(settings.StatePath("advice"))
	}
	if e.prompt.advised.Of(string(e.next)) >= adviceTimes {
		return
	}
	out.Hint(advices[e.next])
	_ = e.prompt.advised.Add(string(e.next)) // what cannot be kept is counted for this run
}
