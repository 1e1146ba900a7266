package repl

import (
	"fmt"
	"io"
	"slices"
	"sync"
)

// maxNotices bounds what waits for the next prompt; the newest are kept.
const maxNotices = 100

// Notices is a queue of lines that work in the background posts and the loop prints before the
// next prompt, so that they never land in the middle of typing. The zero value is empty and ready,
// a nil one drops what is posted, and all methods may be called from several goroutines.
type Notices struct {
	mu      sync.Mutex
	lines   []string
	dropped int
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
