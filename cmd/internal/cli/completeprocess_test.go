package cli

import (
	"os"
	"slices"
	"sync"
	"testing"

	"quarry/session"
)

// The list of processes is asked for by many at once and made once at a time.
func TestProcessListHammer(t *testing.T) {
	var list processList
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := list.get(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	list.mu.Lock()
	pending := list.pending
	list.mu.Unlock()
	if pending != nil {
		<-pending
	}
	processes, err := list.get()
	if err != nil || !slices.ContainsFunc(processes, func(p session.Process) bool { return p.PID == os.Getpid() }) {
		t.Errorf("this process is not among %d, %v", len(processes), err)
	}
}
