package pause

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"quarry/session"
	"quarry/session/internal/ptrace"
)

// Patience is how long Stop waits for the threads when its context has no
// deadline: those that have stopped already wait with it.
const Patience = 2 * time.Second

// Thread is one thread of a stopped process.
type Thread struct {
	TID  int
	Name string // comm, when it was asked for; empty when the thread has ended since
	// PC is the address of the instruction that it executes next. In a system
	// call, that is the instruction after the call.
	PC uint64

	next uint64 // like PC, but of a system call that starts over
}

// Paused is a process that stands still. Its methods may be called from several
// goroutines at once.
type Paused struct {
	tracer  *tracer
	threads []Thread // without names
	release sync.Once
}

// Stop stops all threads of the process. It returns when they stand still, all of
// them or none. Call [Paused.Resume] soon, on every path: nobody else will, as
// long as this program runs. Print nothing before it has been called, since the
// process may be the terminal.
//
// Stop waits for threads that are slow to stop until ctx is done, or for
// [Patience] when ctx has no deadline. Afterwards ctx has no meaning.
//
// The errors are [*TracedError], also when the process is stopped already by this
// program, [*StuckError], [*session.PermissionError], [session.ErrGone], and that
// of ctx. See ptrace(2), PTRACE_SEIZE.
func Stop(ctx context.Context, s *session.Session) (*Paused, error) {
	return stopBy(ctx, newTracer(s))
}

// stopBy is Stop by a tracer that has not begun.
func stopBy(ctx context.Context, t *tracer) (*Paused, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("stop process %d: %w", t.pid, err)
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, Patience)
		defer cancel()
	}
	go t.run(ctx)
	if err := <-t.stopped; err != nil {
		t.wait()
		return nil, err
	}
	t.record("PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_GETREGSET", "stand still")
	return &Paused{tracer: t, threads: t.threads}, nil
}

// Threads returns the threads of the process and where they stood when it was
// stopped. Those that had ended but for their name in the list are not among them.
func (p *Paused) Threads() []Thread { return p.pick(func(Thread) bool { return true }) }

// In returns the threads that execute an instruction in one of the ranges next,
// also those in a system call that will start over with the instruction that
// made it. Functions that a thread only returns to later are not looked for.
func (p *Paused) In(ranges ...session.Range) []Thread {
	return p.pick(func(t Thread) bool {
		for _, r := range ranges {
			if r.Contains(t.PC) || r.Contains(t.next) {
				return true
			}
		}
		return false
	})
}

// pick returns the threads that are wanted, with their names.
func (p *Paused) pick(wanted func(Thread) bool) []Thread {
	var picked []Thread
	for _, t := range p.threads {
		if wanted(t) {
			t.Name = p.tracer.s.ThreadName(t.TID)
			picked = append(picked, t)
		}
	}
	return picked
}

// Resume lets the process run on, with the signals that came meanwhile, and
// returns when it does. It may be called more than once, and when the process has
// ended; then there is nothing to do. An error means that the kernel refused to
// let go of a thread; it does so all the same, a moment later, as the thread that
// traced is at its end.
func (p *Paused) Resume() error {
	first := false
	p.release.Do(func() { close(p.tracer.release); first = true })
	p.tracer.wait()
	if first {
		p.tracer.record("PTRACE_DETACH", "run on")
	}
	return p.tracer.err
}

// wait returns when the process has been let go. Where that takes the end of the
// system's thread, it looks for that: the goroutine has ended before.
func (t *tracer) wait() {
	<-t.ended
	const patience = 10 * time.Second
	began := time.Now()
	for round := 0; t.holding && time.Since(began) < patience; round++ {
		if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", t.tid)); err != nil {
			return
		}
		ptrace.Rest(round)
	}
}
