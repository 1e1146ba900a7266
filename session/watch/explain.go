package watch

import (
	"quarry/session"
)

type question struct {
	point  Point
	sample sample
}
type explainer struct{ s *session.Session }

func newExplainer(s *session.Session) *explainer { return &explainer{s} }
func (e *explainer) run(w *Watch)                {}
func (e *explainer) finish()                     {}
func (e *explainer) ask(q question, h *Hit)      {}

type Cause struct{}
