package pause

import (
	"time"

	"golang.org/x/sys/unix"
)

// Dawdle makes signals that come stop most threads, instead of the request to
// stop. It returns what undoes that.
func Dawdle() (undo func()) {
	afterSeize = func() { time.Sleep(200 * time.Microsecond) }
	return func() { afterSeize = nil }
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
