package watch_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/watch"
)

// TestMain also is another program that watches a process.
func TestMain(m *testing.M) {
	if place := os.Getenv("QUARRY_TEST_WATCH"); place != "" {
		os.Exit(watchAndStay(place))
	}
	os.Exit(sessiontest.Main(m))
}

// watchAndStay traces a process, prints "watching" and goes on until stdin ends.
func watchAndStay(place string) int {
	var pid int
	p := watch.Point{Length: 4}
	_, err := fmt.Sscanf(place, "%d %x", &pid, &p.Addr)
	var s *session.Session
	if err == nil {
		s, err = session.Attach(pid)
	}
	if err == nil {
		_, err = watch.Start(context.Background(), s, watch.Trace, p)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("watching")
	bufio.NewReader(os.Stdin).ReadByte()
	return 0
}

// engines runs a test with both engines.
func engines(t *testing.T, test func(t *testing.T, engine watch.Engine)) {
	for _, engine := range []watch.Engine{watch.Perf, watch.Trace} {
		t.Run(engine.String(), func(t *testing.T) { test(t, engine) })
	}
}

// Threads that are made while the watch begins, and after it, are all watched, and
// once.
func TestThreads(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		for range 5 {
			p := start(t, "threads", watch.Write)
			p.touch(1)
			w := p.watch(engine, p.point)
			const threads, rounds = 200, 10
			p.touch(rounds)
			r := stop(t, w)
			if point := r.Points[0]; point.Count != threads*rounds || point.Sampled != point.Count || !point.Exact {
				t.Errorf("%d hits, %d sampled, of %d; %d threads when it began", point.Count, point.Sampled, threads*rounds, r.Threads)
			} else if len(point.Hits) != 1 || len(point.Hits[0].Threads) != threads {
				t.Errorf("%d instructions, %d threads", len(point.Hits), len(point.Hits[0].Threads))
			}
			p.Kill()
		}
	})
}

// A watch ends when its context does, or its process, and nothing is left.
func TestEnd(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		for _, end := range []string{"context", "stop", "death", "exec"} {
			t.Run(end, func(t *testing.T) {
				p := start(t, map[bool]string{true: "exec", false: "global"}[end == "exec"], watch.Write)
				sessiontest.LeakCheck(t)
				goroutines, mapped := runtime.NumGoroutine(), perfMaps(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w, err := watch.Start(ctx, p.s, engine, p.point)
				if err != nil {
					t.Fatal(err)
				}
				if engine == watch.Perf && perfMaps(t) == mapped {
					t.Error("nothing is mapped: this test would not see that it is left")
				}
				var want error
				switch end {
				case "context":
					cancel()
				case "stop":
					go w.Stop()
				case "death":
					if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
					want = session.ErrGone
				case "exec":
					p.touch(1)
					want = session.ErrGone
				}
				if err := w.Wait(); !errors.Is(err, want) {
					t.Errorf("it ended with %v, want %v", err, want)
				}
				if err := w.Stop(); !errors.Is(err, want) {
					t.Errorf("stopped again: %v", err)
				}
				<-w.Done()
				if n := perfMaps(t); n != mapped {
					t.Errorf("%d buffers are left", n-mapped)
				}
				if end == "context" || end == "stop" {
					p.touch(1)
				}
				eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines+1 }) // the session's own
			})
		}
	})
}

// perfMaps counts the buffers of performance events of this program.
func perfMaps(t *testing.T) int {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(maps), "[perf_event]")
}

// eventually waits for what must come.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for start := time.Now(); !done(); runtime.Gosched() {
		if time.Since(start) > 30*time.Second {
			t.Fatal("it did not come")
		}
	}
}

// A context that is done, and a process that is gone, are not watched.
func TestTooLate(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		sessiontest.LeakCheck(t)
		p := start(t, "global", watch.Write)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if w, err := watch.Start(ctx, p.s, engine, p.point); err == nil {
			if err := w.Wait(); err != nil {
				t.Error(err)
			}
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		p.Kill()
		if _, err := watch.Start(t.Context(), p.s, engine, p.point); !errors.Is(err, session.ErrGone) {
			t.Errorf("gone: %v", err)
		}
	})
}

// Signals that come while a process is traced are delivered, each once, and what
// their handlers do is seen.
func TestSignals(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		p := start(t, "signals", watch.Write)
		w := p.watch(engine, p.point)
		const n = 200
		if line := p.Ask(t, strconv.Itoa(n)); line != fmt.Sprintf("got %d", n) {
			t.Error(line)
		}
		if point := stop(t, w).Points[0]; point.Count != 2*n || len(point.Hits) != 2 {
			t.Errorf("%d hits of %d instructions", point.Count, len(point.Hits))
		}
		if line := p.Ask(t, "1"); line != fmt.Sprintf("got %d", n+1) {
			t.Error(line)
		}
	})
}

// A stopped process can be watched, stays stopped, and is watched when it goes on.
func TestStopped(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		p := start(t, "global", watch.Write)
		signal := func(s syscall.Signal) {
			if err := syscall.Kill(p.PID, s); err != nil {
				t.Fatal(err)
			}
		}
		stopped := func() bool {
			th, err := p.s.Thread(p.PID)
			return err == nil && (th.State == 'T' || th.State == 't')
		}
		signal(syscall.SIGSTOP)
		eventually(t, stopped)
		w := p.watch(engine, p.point)
		eventually(t, stopped)
		p.Send(t, "5")
		signal(syscall.SIGCONT)
		p.WaitLine(t, "done")
		signal(syscall.SIGSTOP)
		eventually(t, stopped)
		if point := stop(t, w).Points[0]; point.Count != 5 {
			t.Errorf("%d hits", point.Count)
		}
		eventually(t, func() bool { th, err := p.s.Thread(p.PID); return err == nil && th.State == 'T' && th.TracerPID == 0 })
		signal(syscall.SIGCONT)
		p.touch(1)
	})
}

// A watch can end at any moment of a program that hits it all the time.
func TestStopWhileHit(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		p := start(t, "hot", watch.Write)
		const n = 3000
		p.Send(t, strconv.Itoa(n))
		for range 20 {
			w := p.watch(engine, p.point)
			stop(t, w)
		}
		p.WaitLine(t, "done")
		p.touch(1)
	})
}

// When the program that traces is killed, the process runs on; a second watch
// clears what the first left.
func TestTracerKilled(t *testing.T) {
	p := start(t, "global", watch.Write)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("QUARRY_TEST_WATCH=%d %x", p.PID, p.point.Addr))
	other := sessiontest.StartCmd(t, cmd)
	if line := other.Line(t); line != "watching" {
		t.Fatal(line)
	}
	if _, err := watch.Start(t.Context(), p.s, watch.Trace, p.point); !errors.Is(err, watch.ErrTraced) || !errors.Is(err, session.ErrPermission) {
		t.Errorf("traced by another: %v", err)
	}
	other.Kill()
	eventually(t, func() bool { th, err := p.s.Thread(p.PID); return err == nil && th.TracerPID == 0 && th.State == 'S' })
	stop(t, p.watch(watch.Trace, p.point))
	p.touch(10)
}
