package watch

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
	"quarry/session/bug"
)

// tracer watches by tracing all threads and setting their debug registers; see
// ptrace(2). The kernel takes requests only from the system's thread that seized a
// process, so the goroutine stays on one, and that thread ends with it.
//
// When this program is killed the kernel lets the process run on, but leaves the
// debug registers as they are: the next hit then ends it by SIGTRAP. All other
// ways out clear them.
type tracer struct {
	w   *Watch
	s   *session.Session
	pid int

	armed  chan error // one value: nil when all threads are watched
	ended  chan struct{}
	result error // once ended is closed

	// These belong to the goroutine.
	threads map[int]*traced
	control uint64 // of debug register 7
	refusal error  // why registers could not be set, or nil
	buffer  []byte
}

// traced is a thread that is traced.
type traced struct {
	tid   int
	armed bool
}

func newTracer(w *Watch) *tracer {
	return &tracer{
		w: w, s: w.s, pid: w.s.PID(), armed: make(chan error, 1), ended: make(chan struct{}),
		threads: make(map[int]*traced), buffer: make([]byte, 1<<10), control: control(w.pieces),
	}
}

// control returns what debug register 7 must be for the pieces, each with the
// register of its index. See the Intel manual, volume 3, chapter 18.
func control(pieces []piece) (value uint64) {
	lengths := map[int]uint64{1: 0, 2: 1, 4: 3, 8: 2}
	kinds := [...]uint64{Execute: 0, Write: 1, Access: 3}
	for i, at := range pieces {
		value |= 1<<(2*i) | (kinds[at.kind]|lengths[at.length]<<2)<<(16+4*i)
	}
	return value
}

func (t *tracer) arm(ctx context.Context) error {
	if !canTrace {
		return &UnsupportedError{Reason: "tracing sets the debug registers of x86 processors only"}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.w.mu.Lock()
	for _, tally := range t.w.tallies {
		tally.exact = true
	}
	t.w.mu.Unlock()
	go t.trace(ctx)
	err := <-t.armed
	if err != nil {
		<-t.ended
		return err
	}
	return nil
}

func (t *tracer) run(context.Context) error {
	<-t.ended
	return t.result
}

// trace is the goroutine. It never unlocks its thread, so that this ends with it.
func (t *tracer) trace(ctx context.Context) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// Go never ends the first thread of a program. Another goroutine cannot get
		// it as long as this one has it.
		go t.trace(ctx)
		<-t.ended
		runtime.UnlockOSThread()
		return
	}
	defer close(t.ended)
	err := bug.Guard(func() error { return t.begin(ctx) })()
	if err == nil {
		t.armed <- nil
		t.result = bug.Guard(func() error { return t.watch(ctx) })()
	}
	if left := t.letGo(); t.result == nil {
		t.result = left
	}
	if err != nil {
		t.armed <- err
	}
}

// rushed is after how many rounds threads that do not stop are looked at closely.
const rushed = 8

// begin seizes all threads and returns when their registers are set.
func (t *tracer) begin(ctx context.Context) error {
	for round := 0; ; round++ {
		complete, err := t.seizeNew()
		if err != nil {
			return err
		}
		t.look(false)
		if t.refusal != nil {
			return t.unset(t.refusal)
		}
		waiting := false
		for _, c := range t.threads {
			waiting = waiting || !c.armed
		}
		if complete && !waiting {
			break
		}
		// Threads that have ended never stop, and an execve waits for notice of them.
		if round%rushed == rushed-1 {
			if err := t.alive(); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rest(round)
	}
	if err := t.s.SameProgram(); err != nil {
		return err
	}
	t.s.Record(session.Call{
		Name: "ptrace", Path: fmt.Sprintf("process %d", t.pid),
		Note: fmt.Sprintf("PTRACE_SEIZE and PTRACE_POKEUSER for each of %d threads: their debug registers watch", len(t.threads)),
	})
	t.w.mu.Lock()
	t.w.covered = len(t.threads)
	t.w.mu.Unlock()
	return nil
}

// seizeNew seizes and interrupts the threads that are not known yet, and reports
// whether there were none.
func (t *tracer) seizeNew() (complete bool, err error) {
	tids, complete, err := t.s.TIDs()
	if err != nil {
		return false, err
	}
	for _, tid := range tids {
		if t.threads[tid] != nil {
			continue
		}
		thread, err := t.s.Thread(tid)
		if errors.Is(err, session.ErrNoProcess) || err == nil && thread.Ended() {
			continue
		}
		complete = false
		refused := t.seizeThread(tid)
		// The kernel has seized those that were made by one of ours.
		if err := interrupt(tid); err == nil {
			t.threads[tid] = &traced{tid: tid}
		} else if refused != nil && refused != unix.ESRCH && !t.vanished(tid) {
			return false, t.refused(tid, refused)
		}
	}
	return complete, nil
}

// refused tells why a thread may not be traced.
func (t *tracer) refused(tid int, cause error) error {
	if err := t.s.SameProgram(); err != nil {
		return err
	}
	thread, err := t.s.Thread(tid)
	if err != nil || thread.TracerPID == 0 {
		return t.s.Refused(cause)
	}
	e := &TracedError{PID: t.pid, Tracer: thread.TracerPID, Cause: cause}
	if p, err := session.Find(strconv.Itoa(thread.TracerPID)); err == nil {
		e.Name = p.Name
	}
	return e
}

// lookout is how often is looked for what the kernel does not tell by itself.
const lookout = 20 * time.Millisecond

// watch attends to the threads until ctx is done or the process is gone.
func (t *tracer) watch(ctx context.Context) error {
	next, settled := time.Now().Add(lookout), time.Now().Add(longestClone)
	for round := 0; ; round++ {
		if t.look(false) {
			round = 0
		}
		if ctx.Err() != nil {
			return nil
		}
		if now := time.Now(); now.After(next) {
			next = now.Add(lookout)
			if err := t.alive(); err != nil {
				return err
			}
			if now.Before(settled) {
				if _, err := t.seizeNew(); err != nil {
					return err
				}
			}
		}
		rest(round)
	}
}

// alive looks for the end of the process.
func (t *tracer) alive() error {
	select {
	case <-t.s.Done():
		if err := t.s.SameProgram(); err != nil {
			return err
		}
		return session.ErrGone
	default:
	}
	for _, c := range t.threads {
		if c.tid != t.pid && (hasEnded(c.tid) || t.vanished(c.tid)) {
			bury(c.tid)
			delete(t.threads, c.tid)
		}
	}
	return t.s.Alive()
}

// look attends to all threads that have stopped, and reports whether there were
// any. When leaving, they are let go for good.
func (t *tracer) look(leaving bool) (some bool) {
	tids := make([]int, 0, len(t.threads))
	for tid := range t.threads {
		tids = append(tids, tid)
	}
	for _, tid := range tids {
		signal, code, err := stopInfo(tid)
		if err != nil {
			continue
		}
		t.attend(t.threads[tid], signal, code, leaving)
		some = true
	}
	return some
}

// attend takes care of a stopped thread and lets it run on.
func (t *tracer) attend(c *traced, signal unix.Signal, code int32, leaving bool) {
	event := int(code >> 8)
	pass := signal // to the thread, as it runs on
	stopped := false
	switch {
	case event == unix.PTRACE_EVENT_CLONE:
		pass = 0
		t.born(c.tid)
	case event == unix.PTRACE_EVENT_STOP:
		// With SIGTRAP it is ours, or a thread that has just begun; with another
		// signal all of the process is stopped by that.
		pass, stopped = 0, signal != unix.SIGTRAP
	case signal == unix.SIGTRAP && t.hit(c):
		pass = 0
	}
	if leaving {
		t.release(c, pass)
		return
	}
	if !c.armed {
		t.set(c)
	}
	if stopped && listen(c.tid) == nil {
		return
	}
	_ = proceed(c.tid, pass) // ESRCH: it has been killed
}

// born begins to look after the thread that a thread has made. The kernel traces
// it already, and it stops before it does anything.
func (t *tracer) born(maker int) {
	if tid, err := newThread(maker); err == nil && t.threads[tid] == nil {
		t.threads[tid] = &traced{tid: tid}
	}
}

// release clears the debug registers of a stopped thread and lets it go.
func (t *tracer) release(c *traced, pass unix.Signal) {
	if c.armed {
		_ = setDebug(c.tid, 7, 0)
		if t.pending(c) != 0 {
			// The signal of a hit is on its way, and nobody would keep it from the
			// thread any more: let it come first.
			_ = proceed(c.tid, pass)
			return
		}
		for i := range t.w.pieces {
			_ = setDebug(c.tid, i, 0)
		}
	}
	if detach(c.tid, pass) == nil {
		delete(t.threads, c.tid)
	}
}

// letGo stops all threads once more, clears their registers and lets them go. A
// thread that waits in the kernel, whatever signals come, is waited for as long as
// it takes, since it would be killed by the next hit otherwise.
func (t *tracer) letGo() error {
	for round := 0; t.gather() || len(t.threads) > 0; round++ {
		if t.look(true) {
			round = 0
		}
		for tid := range t.threads {
			switch {
			case hasEnded(tid):
				if tid != t.pid {
					bury(tid)
				}
				delete(t.threads, tid)
			case t.vanished(tid):
				delete(t.threads, tid)
			default:
				_ = interrupt(tid) // those that were born meanwhile too
			}
		}
		rest(round)
	}
	return nil
}

// gather stops threads that are ours and not known to be: one whose maker ended before
// it told of it, or that took the place of the first thread by calling execve. It
// takes notice of those that have ended, for which an execve waits, and reports
// whether there were any to stop.
func (t *tracer) gather() (some bool) {
	tids, _, _ := t.s.TIDs() // what cannot be listed is gone
	for _, tid := range tids {
		switch {
		case t.threads[tid] != nil:
		case tid != t.pid && hasEnded(tid):
			bury(tid)
		case !t.vanished(tid) && interrupt(tid) == nil:
			t.threads[tid] = &traced{tid: tid, armed: true} // by its maker
			some = true
		}
	}
	return some
}

// vanished reports whether a thread is no more, or only waits for the others to
// end, as the first one of a process does.
func (t *tracer) vanished(tid int) bool {
	thread, err := t.s.Thread(tid)
	return errors.Is(err, session.ErrNoProcess) || err == nil && thread.Ended()
}

// rest gives the processor to others for a moment, longer with every round.
func rest(round int) {
	const shortest, longest = 10 * time.Microsecond, time.Millisecond
	nap := unix.NsecToTimespec(int64(min(shortest<<min(round/4, 10), longest)))
	_ = unix.Nanosleep(&nap, nil) // how long does not matter
}
