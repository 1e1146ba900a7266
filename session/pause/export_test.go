package pause

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
)

// Dawdle is Stop with signals that come stopping most threads, instead of the
// request to stop.
func Dawdle(ctx context.Context, s *session.Session) (*Paused, error) {
	t := newTracer(s)
	t.afterSeize = func() { time.Sleep(200 * time.Microsecond) }
	return stopBy(ctx, t)
}

// TracerTID returns the thread of the system that traces.
func (p *Paused) TracerTID() int { return p.tracer.tid }

// Signals returns the signals that threads had stopped for.
func (p *Paused) Signals() []unix.Signal {
	var signals []unix.Signal
	for _, c := range p.tracer.tracees {
		if c.signal != 0 {
			signals = append(signals, c.signal)
		}
	}
	return signals
}

// DecodePC is decodePC.
var DecodePC = decodePC
