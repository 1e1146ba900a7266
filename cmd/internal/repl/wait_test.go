package repl

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"
)

// A wait is ended by many at once, while lines come, and closed under those who wake.
func TestWakeHammer(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	w, err := newWakeable(in)
	if err != nil {
		t.Fatal(err)
	}
	const each = 500
	var writing, waking sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		writing.Go(func() {
			for range each {
				if _, err := out.Write([]byte("x")); err != nil {
					t.Error(err)
				}
			}
		})
		waking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.wake()
				}
			}
		})
	}
	got := 0
	for p := make([]byte, 64); got < 4*each; {
		n, err := w.read(p, time.Minute)
		if got += n; err != nil && !errors.Is(err, errWoken) {
			t.Fatal(err)
		}
	}
	writing.Wait()
	w.close()
	close(stop)
	waking.Wait()
	out.Close()
}
