package patch

import (
	"fmt"
	"strings"

	"quarry/session"
)

// State is what an edit would do in a process. Each edit of a plan is in exactly
// one state.
type State uint8

// The states, in the order in which they are told apart.
const (
	Off        State = iota // the file says enabled = false, or nothing is to be set
	Applied                 // the new bytes are there already
	Pending                 // what is expected is there and would be changed
	Conflict                // something else is there
	Unresolved              // the place cannot be found, or not as often as asked
	Ambiguous               // the place is found more often than asked
	Unreadable              // there is no memory at the address
)

var stateNames = [...]string{
	Off: "off", Applied: "applied", Pending: "pending", Conflict: "conflict",
	Unresolved: "unresolved", Ambiguous: "ambiguous", Unreadable: "unreadable",
}

// String returns the state in one lower-case word.
func (s State) String() string { return stateNames[s] }

// sentinel returns the error that a state which stops a plan stands for.
func (s State) sentinel() error {
	switch s {
	case Conflict:
		return ErrConflict
	case Unresolved:
		return ErrUnresolved
	case Ambiguous:
		return ErrAmbiguous
	case Unreadable:
		return session.ErrUnreadable
	}
	return nil
}

// CountError is content that was not found as often as asked. It is
// [ErrUnresolved] or [ErrAmbiguous].
type CountError struct {
	Want    int // as often as asked; All for once or more
	Pending int // places that hold what find describes
	Applied int // places that hold it with the new bytes laid over
	// Spots are where these places are, by address, the first 16 of them.
	Spots []Spot
}

func (e *CountError) Error() string {
	found := fmt.Sprintf("found %s", times(e.Pending))
	if e.Applied > 0 {
		found += fmt.Sprintf(", and %s with the new bytes", times(e.Applied))
	}
	if e.Want != All {
		found += fmt.Sprintf(", not %s as asked", times(e.Want))
	}
	if len(e.Spots) == 0 {
		return found
	}
	return found + ": " + list(e.Spots, e.Pending+e.Applied)
}

func times(n int) string {
	switch n {
	case 0:
		return "nowhere"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Is matches ErrUnresolved or ErrAmbiguous.
func (e *CountError) Is(target error) bool {
	if e.Want != All && e.Pending+e.Applied > e.Want {
		return target == ErrAmbiguous
	}
	return target == ErrUnresolved
}

// Hint returns what would work.
func (e *CountError) Hint() string {
	if e.Is(ErrAmbiguous) {
		return `lengthen find, narrow its scope with "in", or write matches = "all" to change every place that holds it`
	}
	return `search elsewhere with "in", or check that this is the version of the program that the patch is for`
}

// PlanError is a plan that cannot be applied. It is [ErrPlan], and also
// [ErrConflict], [ErrUnresolved], [ErrAmbiguous] or session.ErrUnreadable when
// one of its edits is in that state. Nothing has been written.
type PlanError struct {
	Edits []PlannedEdit // those that stop it
}

func (e *PlanError) Error() string {
	return "nothing was written: " + clauses(e.Edits, func(p PlannedEdit) string {
		return fmt.Sprintf("%s: %s: %v", p.Label(), p.State, p.Err)
	})
}

// clauses joins what is to be said of each edit; of many, of the first few.
func clauses[T any](edits []T, say func(T) string) string {
	const most = 3
	var parts []string
	for _, e := range edits[:min(len(edits), most)] {
		parts = append(parts, say(e))
	}
	if more := len(edits) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// Is matches ErrPlan and the errors of the states.
func (e *PlanError) Is(target error) bool {
	if target == ErrPlan {
		return true
	}
	for _, p := range e.Edits {
		if p.State.sentinel() == target {
			return true
		}
	}
	return false
}

// Hint returns what would work for the first of the edits that stop the plan.
func (e *PlanError) Hint() string {
	if hint, ok := e.Edits[0].Err.(interface{ Hint() string }); ok {
		return hint.Hint()
	}
	return ""
}
