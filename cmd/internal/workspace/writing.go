package workspace

import (
	"context"

	"quarry/patch"
	"quarry/session"
	"quarry/session/pause"
)

// Writing says how memory is written.
type Writing struct {
	Files bool // also where that changes a file on disk
	Pause bool // while the process stands still
}

// writing returns what package patch is told. What is written are the entries
// called own; where others are kept frozen nothing is.
func (w *Workspace) writing(ctx context.Context, o Writing, own ...string) []patch.Option {
	options := []patch.Option{patch.WithCheck(w.checkFrozen(ctx, own))}
	if o.Files {
		options = append(options, patch.WithFileWrites())
	}
	if o.Pause {
		options = append(options, patch.WithPause(w.pause))
	}
	return options
}

// pause lets the process stand still.
func (w *Workspace) pause(ctx context.Context, ranges []session.Range) (patch.Paused, error) {
	p, err := pause.Stop(ctx, w.session)
	if err != nil {
		return patch.Paused{}, err
	}
	out := patch.Paused{Resume: p.Resume}
	for _, t := range p.In(ranges...) {
		out.Threads = append(out.Threads, patch.Thread{TID: t.TID, Name: t.Name, PC: t.PC})
	}
	return out, nil
}
