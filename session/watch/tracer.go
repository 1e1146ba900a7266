package watch

import (
	"context"
	"errors"
)

type tracer struct{}

func newTracer(w *Watch) *tracer { return &tracer{} }

func (t *tracer) arm(ctx context.Context) error { return errors.New("todo") }
func (t *tracer) run(ctx context.Context) error { return nil }
