package session_test

import (
	"errors"
	"os"
	"sync"
	"testing"

	"quarry/session"
)

// Everything that looks at a process, from many goroutines at once, explained and
// not, until the session is closed under them.
func TestHammerLooks(t *testing.T) {
	p := startTarget(t)
	s := attach(t, p.PID)
	var began, done sync.WaitGroup
	var told int // guarded by the session: explain is called by one goroutine at a time
	looks := []func() error{
		func() error { _, err := s.Modules(); return err },
		func() error { _, err := s.Regions(); return err },
		func() error { _, err := s.Info(); return err },
		func() error { return s.SameProgram() },
		func() error { _, _, err := s.TIDs(); return err },
		func() error {
			s.Explain(func(session.Call) { told++ })
			s.Explain(nil)
			return s.Alive()
		},
		func() error {
			regions, err := s.Regions()
			if err == nil {
				_, err = s.Usage(regions)
			}
			return err
		},
	}
	closed := make(chan struct{})
	for _, look := range looks {
		began.Add(1)
		done.Go(func() {
			for round := 0; ; round++ {
				err := look()
				if round == 10 || err != nil && round < 10 {
					began.Done()
				}
				if err != nil {
					if !errors.Is(err, os.ErrClosed) {
						t.Error(err)
					}
					return
				}
				select {
				case <-closed: // what goes by PID alone still answers
					return
				default:
				}
			}
		})
	}
	began.Wait()
	s.Close()
	close(closed)
	done.Wait()
}
