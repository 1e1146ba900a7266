package pause

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
	"quarry/session/bug"
)

// tracer is the goroutine that traces a process. The kernel takes requests only
// from the system's thread that seized a process, so it stays on one, and that
// thread ends with it.
type tracer struct {
	s   *session.Session
	pid int
	// afterSeize is called between seizing and interrupting a thread. Tests have
	// it wait: a signal that comes then stops the thread.
	afterSeize func()

	stopped chan error    // one value: nil when the process stands still
	release chan struct{} // closed to let it go
	ended   chan struct{} // closed when the goroutine is at its end

	// These belong to the goroutine until stopped has been received from, the
	// last two until ended is closed.
	tid     int
	tracees map[int]*tracee
	threads []Thread
	err     error
	holding bool // something is let go only when the system's thread ends
}

// tracee is a thread that is traced.
type tracee struct {
	tid     int
	stopped bool        // or ended
	signal  unix.Signal // that it stopped for, to be passed on
}

func newTracer(s *session.Session) *tracer {
	return &tracer{
		s: s, pid: s.PID(), afterSeize: func() {}, tracees: make(map[int]*tracee),
		stopped: make(chan error, 1), release: make(chan struct{}), ended: make(chan struct{}),
	}
}

// run is the goroutine. It never unlocks its thread, so that this ends with it.
func (t *tracer) run(ctx context.Context) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// Go never ends the first thread of a program. Another goroutine cannot
		// get it as long as this one has it.
		go t.run(ctx)
		<-t.ended
		runtime.UnlockOSThread()
		return
	}
	defer close(t.ended)
	t.tid = unix.Gettid()
	err := bug.Guard(func() error { return t.stop(ctx) })()
	t.stopped <- err
	if err == nil {
		t.hold()
	}
	if errors.Is(err, session.ErrGone) {
		t.holding = true // no signal is for what is there now
		return
	}
	t.letGo()
}

// stop returns when all threads stand still.
func (t *tracer) stop(ctx context.Context) error {
	for round := 0; ; round++ {
		complete, err := t.seizeNew()
		if err != nil {
			return err
		}
		if complete {
			break
		}
		if err := t.awaitStops(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("process %d: its threads come and go too fast to be stopped: %w", t.pid, err)
		}
		rest(round)
	}
	// Only now does the PID belong to what was stopped, for sure.
	if err := t.s.SameProgram(); err != nil {
		return err
	}
	return t.readRegisters()
}

// seizeNew seizes and interrupts the threads that are not known yet. It reports
// whether there were none, nor can there be any: then all of the process stands
// still, as the former ones did already.
func (t *tracer) seizeNew() (complete bool, err error) {
	tids, complete, err := t.s.TIDs()
	if err != nil {
		return false, err
	}
	for _, tid := range tids {
		if t.tracees[tid] != nil {
			continue
		}
		traced, err := t.seize(tid)
		if err != nil {
			return false, err
		}
		if traced {
			t.tracees[tid] = &tracee{tid: tid}
			complete = false
		}
	}
	return complete, nil
}

// seize seizes and interrupts a thread. It reports false for one that has ended.
func (t *tracer) seize(tid int) (bool, error) {
	const attempts = 3 // the other tracer may let go while we look who it is
	for attempt := 1; ; attempt++ {
		refused := t.seizeThread(tid)
		t.afterSeize()
		// The kernel has seized those that were made by one of ours.
		err := interrupt(tid)
		if err == nil {
			return true, nil
		}
		if refused == nil || refused == unix.ESRCH { // it has ended
			return false, nil
		}
		thread, err := t.s.Thread(tid)
		switch {
		case errors.Is(err, session.ErrNoProcess), err == nil && thread.Ended():
			return false, nil
		case err != nil:
			return false, err
		case thread.TracerPID != 0:
			return false, &TracedError{
				PID: t.pid, Tracer: thread.TracerPID, Name: nameOf(thread.TracerPID), Cause: refused,
			}
		case attempt == attempts:
			return false, t.s.Refused(refused)
		}
	}
}

// awaitStops waits until all tracees have stopped, or ended.
func (t *tracer) awaitStops(ctx context.Context) error {
	for _, c := range slices.Collect(maps.Values(t.tracees)) {
		for round := 1; !c.stopped && !t.look(c); round++ {
			if err := ctx.Err(); err != nil {
				return t.stuck(c.tid, err)
			}
			if round%rushed == 0 {
				if t.lookClosely(c) {
					break
				}
				t.reapEnded()
			}
			rest(round)
		}
	}
	return nil
}

// look reports whether a thread has stopped or ended, and remembers it.
func (t *tracer) look(c *tracee) bool {
	code, status, err := peek(c.tid)
	switch {
	case err == unix.ECHILD: // another thread has called execve
		delete(t.tracees, c.tid)
		return true
	case err != nil:
		return false
	}
	switch code {
	case cldTrapped, cldStopped:
		c.stopped = true
		// An event stop has its number above the signal, and no signal to pass on.
		if event := status >> 8; event == 0 {
			c.signal = unix.Signal(status)
		}
		return true
	case cldExited, cldKilled, cldDumped:
		t.forget(c)
		return true
	}
	return false
}

// lookClosely is look for what waitid does not tell.
func (t *tracer) lookClosely(c *tracee) bool {
	// Somebody else in this program has taken notice of the stop, as wait(2) in
	// the parent of the process does.
	if signal, code, err := stopInfo(c.tid); err == nil {
		c.stopped = true
		if event := code >> 8; event != unix.PTRACE_EVENT_STOP && event != unix.PTRACE_EVENT_CLONE {
			c.signal = signal
		}
		return true
	}
	// The first thread of a process can end before the others: then it is not
	// to be waited for.
	thread, err := t.s.Thread(c.tid)
	if errors.Is(err, session.ErrNoProcess) || err == nil && thread.Ended() {
		t.forget(c)
		return true
	}
	return false
}

// forget removes a thread that has ended. The kernel keeps it until its tracer
// takes notice, and a thread that calls execve waits for that. But the end of the
// first thread is the end of the process, and news for its parent: it stays, and
// is not waited for.
func (t *tracer) forget(c *tracee) {
	if c.tid == t.pid {
		c.stopped = true
		return
	}
	_ = reap(c.tid) // somebody else may have done so
	delete(t.tracees, c.tid)
}

// reapEnded looks for threads that have ended: by a signal that kills, or because
// another thread calls execve, and that one does not stop before they are gone.
func (t *tracer) reapEnded() {
	for _, c := range t.tracees {
		if code, _, err := peek(c.tid); err == nil && code >= cldExited && code <= cldDumped {
			t.forget(c)
		}
	}
}

// stuck returns the error for a thread that does not stop. Another that cannot is
// named instead: this one may only not have had its turn.
func (t *tracer) stuck(tid int, cause error) error {
	if err := t.s.SameProgram(); err != nil {
		return err
	}
	e := &StuckError{PID: t.pid, TID: tid, State: '?', Cause: cause}
	if thread, err := t.s.Thread(tid); err == nil {
		e.Name, e.State = thread.Name, thread.State
	}
	for _, c := range t.tracees {
		if c.stopped || t.look(c) {
			continue
		}
		if thread, err := t.s.Thread(c.tid); err == nil && thread.State == 'D' {
			e.TID, e.Name, e.State = c.tid, thread.Name, thread.State
			break
		}
	}
	return e
}

// readRegisters lists the threads and where they stand. One that has been killed
// is left out.
func (t *tracer) readRegisters() error {
	buffer := make([]byte, 1<<10)
	for _, tid := range slices.Sorted(maps.Keys(t.tracees)) {
		regs, err := registers(tid, buffer)
		if err == unix.ESRCH {
			continue
		}
		if err != nil {
			return fmt.Errorf("registers of thread %d: %w", tid, err)
		}
		pc, next, ok := decodePC(regs)
		if !ok {
			return fmt.Errorf("registers of thread %d: %d bytes are of no processor that is known", tid, len(regs))
		}
		t.threads = append(t.threads, Thread{TID: tid, PC: pc, next: next})
	}
	return nil
}

// lookout is how often a stopped process is looked after, should it be killed.
const lookout = 20 * time.Millisecond

// hold returns when the process is to be let go, or has been killed. A killed
// thread is kept by the kernel until its tracer takes notice, and with it the
// whole process.
func (t *tracer) hold() {
	ticker := time.NewTicker(lookout)
	defer ticker.Stop()
	for {
		select {
		case <-t.release:
			return
		case <-ticker.C:
			if t.killed() {
				return
			}
		}
	}
}

// killed reports whether the threads are stopped no more, which only SIGKILL can
// do, to all of them.
func (t *tracer) killed() bool {
	if len(t.threads) == 0 {
		return true
	}
	_, _, err := stopInfo(t.threads[0].TID)
	return err == unix.ESRCH
}

// letGo lets all threads run on. The kernel does the same when this thread ends,
// for those that have not stopped or are just ending.
func (t *tracer) letGo() {
	for _, c := range t.tracees {
		err := detach(c.tid, c.signal)
		if err == nil {
			continue
		}
		t.holding = true
		if err != unix.ESRCH && t.err == nil {
			t.err = fmt.Errorf("let thread %d of process %d run: %w", c.tid, t.pid, err)
		}
	}
}

// record tells the session's explainer what was done to all threads.
func (t *tracer) record(requests, purpose string) {
	t.s.Record(session.Call{
		Name: "ptrace", Path: fmt.Sprintf("process %d", t.pid),
		Note: fmt.Sprintf("%s for each thread, %d in all: they %s", requests, len(t.threads), purpose),
	})
}

// nameOf returns the name of a process, or nothing.
func nameOf(pid int) string {
	p, err := session.Find(strconv.Itoa(pid))
	if err != nil {
		return ""
	}
	return p.Name
}

// rushed is after how many rounds a thread that does not stop is looked at closely.
const rushed = 8

// rest gives the processor to others for a moment, longer with every round:
// threads that run stop within microseconds. It sleeps even for the shortest
// moment, since who merely yields to many busy threads has to wait for all.
func rest(round int) {
	const shortest, longest = 10 * time.Microsecond, time.Millisecond
	nap := unix.NsecToTimespec(int64(min(shortest<<min(round, 10), longest)))
	_ = unix.Nanosleep(&nap, nil) // how long does not matter
}
