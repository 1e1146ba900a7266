package watch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
)

// set sets the debug registers of a stopped thread. One that belongs to another
// process, made by clone(2), is let go.
func (t *tracer) set(c *traced) {
	if _, err := t.s.Thread(c.tid); errors.Is(err, session.ErrNoProcess) {
		_ = detach(c.tid, 0)
		delete(t.threads, c.tid)
		return
	}
	err := setDebug(c.tid, 7, 0) // a new thread has that of its maker, and none of the others
	for i, at := range t.w.pieces {
		if err == nil {
			err = setDebug(c.tid, i, at.addr)
		}
	}
	if err == nil {
		err = setDebug(c.tid, 7, t.control)
	}
	c.armed = err == nil
	if err == nil || err == unix.ESRCH {
		return
	}
	t.refusal = err
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	for _, tally := range t.w.tallies {
		tally.exact = false // what that thread does is not seen
	}
}

// unset gives the error number of a register that could not be set its meaning.
func (t *tracer) unset(err error) error {
	switch err {
	case unix.ENOSPC, unix.EBUSY:
		return &RegistersError{Need: len(t.w.pieces), Have: debugRegisters, Cause: err}
	case unix.EINVAL, unix.EIO, unix.EPERM:
		return &UnsupportedError{Reason: noSuchPoint, Cause: err}
	}
	return fmt.Errorf("setting debug registers of process %d: %w", t.pid, err)
}

// hit hands a hit to the watch; it is false if the thread stopped for something
// else.
func (t *tracer) hit(c *traced) bool {
	which := t.pending(c)
	if which == 0 {
		return false
	}
	_ = setDebug(c.tid, debugStatus, 0)
	regs, err := registersOf(c.tid, t.buffer)
	if err != nil {
		return true
	}
	sm := sample{pid: t.pid, tid: c.tid, when: time.Now(), regs: regs}
	for _, name := range []string{"rip", "eip"} {
		if ip, ok := regs.Get(name); ok {
			sm.ip = ip
			break
		}
	}
	sm.stack, sm.hasStack = t.top(regs)
	hit := make(map[int]bool)
	for i, at := range t.w.pieces {
		if which>>i&1 != 0 && !hit[at.point] {
			hit[at.point] = true
			t.w.hit(at.point, sm)
		}
	}
	t.w.notify()
	return true
}

// debugStatus is the debug register that tells which of the others were hit.
const debugStatus = 6

// pending returns the set of debug registers that a stopped thread has hit, since
// that was cleared.
func (t *tracer) pending(c *traced) uint64 {
	which, err := debug(c.tid, debugStatus)
	if err != nil || !c.armed {
		return 0
	}
	return which & (1<<len(t.w.pieces) - 1)
}

// top reads the word on top of a thread's stack.
func (t *tracer) top(regs Registers) (uint64, bool) {
	var b [8]byte
	l := t.s.Layout()
	if n, err := t.s.Read(b[:l.WordSize], regs.stack()); err != nil || n < l.WordSize {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), true
}
