package repl

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// maxNotices bounds what waits for the next prompt; the newest are kept.
const maxNotices = 100

// gathering is how long notices are gathered before whoever waits for them is told: each time the
// line that is being typed is drawn anew.
const gathering = 100 * time.Millisecond

// Notices is a queue of lines that work in the background posts. The loop prints them before the
// next prompt and the editor above the line that is being typed, so that they never land in the
// middle of it. The zero value is empty and ready, a nil one drops what is posted, and all methods
// may be called from several goroutines.
type Notices struct {
	mu      sync.Mutex
	lines   []string
	dropped int
	arrived func() // is called some time after there are lines; nil: nobody waits
	due     bool   // it will be
}

// onArrival has a function called whenever there are lines, in a goroutine of its own, also for
// those that are queued already; nil ends that.
func (n *Notices) onArrival(f func()) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.arrived = f
	n.announce()
}

// announce sees to it that whoever waits is told, once for all that is posted meanwhile. The lock
// must be held.
func (n *Notices) announce() {
	if n.arrived == nil || n.due || len(n.lines) == 0 {
		return
	}
	n.due = true
	time.AfterFunc(gathering, func() {
		n.mu.Lock()
		n.due = false
		f := n.arrived
		if len(n.lines) == 0 {
			f = nil
		}
		n.mu.Unlock()
		if f != nil {
			f()
		}
	})
}

// Post queues one line. Of more than a hundred that wait, the oldest are dropped and counted.
func (n *Notices) Post(line string) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.lines) == maxNotices {
		n.lines = n.lines[1:]
		n.dropped++
	}
	n.lines = append(n.lines, line)
	n.announce()
}

// Postf queues one line formatted as by fmt.Sprintf.
func (n *Notices) Postf(format string, args ...any) { n.Post(fmt.Sprintf(format, args...)) }

// Drop takes a line back that was posted and not shown yet.
func (n *Notices) Drop(line string) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = slices.DeleteFunc(n.lines, func(l string) bool { return l == line })
}

// Flush writes what is queued to w, one line each, and empties the queue.
func (n *Notices) Flush(w io.Writer) error {
	lines, dropped := n.take()
	if dropped > 0 {
		if _, err := fmt.Fprintf(w, "(%d earlier notices dropped)\n", dropped); err != nil {
			return err
		}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// take empties the queue and returns what was in it.
func (n *Notices) take() (lines []string, dropped int) {
	if n == nil {
		return nil, 0
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	lines, dropped = n.lines, n.dropped
	n.lines, n.dropped = nil, 0
	return lines, dropped
}
