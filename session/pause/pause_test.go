package pause_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
	"quarry/session/pause"
	"quarry/session/sessiontest"
)

// TestMain also is the other program that stops a process.
func TestMain(m *testing.M) {
	if pid := os.Getenv("QUARRY_TEST_PAUSE"); pid != "" {
		os.Exit(stopAndStay(pid, os.Getenv("QUARRY_TEST_SIGNAL") != ""))
	}
	os.Exit(sessiontest.Main(m))
}

// stopAndStay stops a process, prints "stopped" and leaves it stopped until stdin
// ends. It can make sure that a thread has stopped for a signal.
func stopAndStay(pid string, forSignal bool) int {
	stop := pause.Stop
	if forSignal {
		stop = pause.Dawdle
	}
	n, _ := strconv.Atoi(pid)
	s, err := session.Attach(n)
	for err == nil {
		var p *pause.Paused
		if p, err = stop(context.Background(), s); err != nil {
			break
		}
		if !forSignal || len(p.Signals()) > 0 {
			fmt.Println("stopped")
			bufio.NewReader(os.Stdin).ReadByte()
			return 0 // without letting it go
		}
		err = p.Resume()
	}
	fmt.Println(err)
	return 1
}

// startTracer runs this program as another that stops the process.
func startTracer(t testing.TB, pid int, forSignal bool) *sessiontest.Proc {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprint("QUARRY_TEST_PAUSE=", pid))
	if forSignal {
		cmd.Env = append(cmd.Env, "QUARRY_TEST_SIGNAL=1")
	}
	p := sessiontest.StartCmd(t, cmd)
	if line := p.Line(t); line != "stopped" {
		t.Fatalf("the other tracer: %s", line)
	}
	return p
}

// target is a process made of testdata/target.c.
type target struct {
	*sessiontest.Proc
	t              testing.TB
	s              *session.Session
	spin, counters uint64
}

func start(t testing.TB, mode string, threads int, flags ...string) target {
	t.Helper()
	flags = append(flags, "-pthread")
	p := target{Proc: sessiontest.Start(t, sessiontest.BuildC(t, "testdata/target.c", flags...), mode, strconv.Itoa(threads)), t: t}
	if _, err := fmt.Sscanf(p.WaitLine(t, "ready"), "ready %x %x", &p.spin, &p.counters); err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p.s = s
	return p
}

// stop stops the process; it is let go at the end of the test at the latest.
func (p target) stop() *pause.Paused {
	p.t.Helper()
	return p.stopBy(pause.Stop)
}

func (p target) stopBy(stop func(context.Context, *session.Session) (*pause.Paused, error)) *pause.Paused {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute) // the machine may be busy
	defer cancel()
	paused, err := stop(ctx, p.s)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { paused.Resume() })
	return paused
}

func resume(t testing.TB, p *pause.Paused) {
	t.Helper()
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
}

// counts reads the counters of n threads.
func (p target) counts(n int) []uint64 {
	p.t.Helper()
	word := p.s.Layout().WordSize
	data := make([]byte, n*word)
	if _, err := p.s.Read(data, p.counters); err != nil {
		p.t.Fatal(err)
	}
	counts := make([]uint64, n)
	for i := range counts {
		if word == 8 {
			counts[i] = binary.NativeEndian.Uint64(data[8*i:])
		} else {
			counts[i] = uint64(binary.NativeEndian.Uint32(data[4*i:]))
		}
	}
	return counts
}

// spinRange returns the addresses of the function spin.
func (p target) spinRange() session.Range {
	p.t.Helper()
	size := functionSize(p.t, fmt.Sprintf("/proc/%d/exe", p.PID), "spin")
	return session.Range{Start: p.spin, End: p.spin + size}
}

// eventually waits until a condition holds, and fails the test when it does not.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("never came true: %s", what)
		}
	}
}

// runs waits until all of n threads have counted on.
func (p target) runs(n int) {
	p.t.Helper()
	before := p.counts(n)
	eventually(p.t, "all threads run", func() bool {
		for i, count := range p.counts(n) {
			if count == before[i] {
				return false
			}
		}
		return true
	})
}

// statuses returns a field of the status of each thread.
func statuses(t testing.TB, pid int, key string) []string {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		t.Fatal("no threads", err)
	}
	var values []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		_, rest, _ := strings.Cut(string(data), "\n"+key+":")
		value, _, _ := strings.Cut(rest, "\n")
		values = append(values, strings.TrimSpace(value))
	}
	return values
}

func untraced(t testing.TB, pid int) {
	t.Helper()
	for _, tracer := range statuses(t, pid, "TracerPid") {
		if tracer != "0" {
			t.Errorf("a thread of %d is still traced, by %s", pid, tracer)
		}
	}
}

func tids(threads []pause.Thread) []int {
	var out []int
	for _, thread := range threads {
		out = append(out, thread.TID)
	}
	return out
}

func TestStopsAllThreads(t *testing.T) {
	const n = 50
	p := start(t, "spin", n)
	for range 5 {
		paused := p.stop()
		if got := len(paused.Threads()); got != n+1 {
			t.Errorf("%d threads, want %d", got, n+1)
		}
		for _, state := range statuses(t, p.PID, "State") {
			if !strings.HasPrefix(state, "t") {
				t.Errorf("a thread is in state %s", state)
			}
		}
		before := p.counts(n)
		time.Sleep(20 * time.Millisecond)
		if after := p.counts(n); !slices.Equal(before, after) {
			t.Error("memory changed while the process stood still")
		}
		resume(t, paused)
		untraced(t, p.PID)
		p.runs(n)
	}
}

func TestThreads(t *testing.T) {
	p := start(t, "spin", 3)
	paused := p.stop()
	var names []string
	for _, thread := range paused.Threads() {
		names = append(names, thread.Name)
		if thread.PC == 0 {
			t.Errorf("thread %d has no PC", thread.TID)
		}
	}
	if want := []string{p.s.Name(), "spinner", "spinner", "spinner"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if paused.Threads()[0].TID != p.PID {
		t.Errorf("the first thread is %d, want %d", paused.Threads()[0].TID, p.PID)
	}
}

func TestPC(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags []string
	}{{"native", nil}, {"32-bit", []string{"-m32"}}} {
		t.Run(test.name, func(t *testing.T) {
			if test.flags != nil && runtime.GOARCH != "amd64" && runtime.GOARCH != "386" {
				t.Skip("gcc -m32 is of x86 only")
			}
			const n = 3
			p := start(t, "spin", n, test.flags...)
			spin := p.spinRange()
			eventually(t, "the first thread waits for a line", func() bool { return state(t, p.PID) == 'S' })
			paused := p.stop()
			if got := paused.In(spin); len(got) != n {
				t.Errorf("%d threads are in spin (%v), want %d, of %+v", len(got), spin, n, paused.Threads())
			}
			if got := paused.In(); got != nil {
				t.Errorf("threads %v are in no range", tids(got))
			}
			if got := paused.In(session.Range{Start: 0, End: 1 << 63}); len(got) != n+1 {
				t.Errorf("threads %v are anywhere, want %d", tids(got), n+1)
			}
			// The first thread waits for a line: it will make its system call again.
			main := paused.Threads()[0].PC
			if got := tids(paused.In(session.Range{Start: main - 2, End: main})); runtime.GOARCH != "arm64" && !slices.Equal(got, []int{p.PID}) {
				t.Errorf("threads %v are before the end of read(2), want %d", got, p.PID)
			}
			resume(t, paused)
			p.runs(n)
		})
	}
}

func TestWriteWhilePaused(t *testing.T) {
	p := start(t, "spin", 1)
	paused := p.stop()
	want := []byte{1, 2, 3, 4}
	if _, err := p.s.Write(want, p.counters+64); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := p.s.Read(got, p.counters+64); err != nil || !slices.Equal(got, want) {
		t.Errorf("read %v, %v", got, err)
	}
	resume(t, paused)
}

func TestThreadsThatComeAndGo(t *testing.T) {
	sessiontest.Fault(t, "threads come and go while the target is stopped")
	for _, mode := range []string{"churn", "kin"} {
		t.Run(mode, func(t *testing.T) {
			const n = 4
			p := start(t, mode, n)
			for range 100 {
				paused := p.stop()
				before := p.counts(n)
				time.Sleep(time.Millisecond)
				if after := p.counts(n); mode == "churn" && !slices.Equal(before, after) {
					t.Fatalf("a thread ran on: %v, then %v; stopped were %v", before, after, paused.Threads())
				}
				resume(t, paused)
				untraced(t, p.PID)
			}
			p.runs(n)
		})
	}
}

// A session is at its end with the first thread, since the kernel then shows no
// memory map. The other threads must run on.
func TestFirstThreadEnded(t *testing.T) {
	const n = 3
	p := start(t, "first", n)
	p.Send(t, "end")
	eventually(t, "the first thread ends", func() bool {
		thread, err := p.s.Thread(p.PID)
		return err == nil && thread.Ended()
	})
	if _, err := pause.Stop(t.Context(), p.s); !errors.Is(err, session.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	untraced(t, p.PID)
}

// state returns the state of the first thread.
func state(t testing.TB, pid int) byte { return statuses(t, pid, "State")[0][0] }

func TestStoppedStaysStopped(t *testing.T) {
	const n = 3
	p := start(t, "spin", n)
	unix.Kill(p.PID, unix.SIGSTOP)
	inGroupStop := func() bool {
		return !slices.ContainsFunc(statuses(t, p.PID, "State"), func(state string) bool { return state[0] != 'T' })
	}
	eventually(t, "SIGSTOP stops it", inGroupStop)
	for range 5 {
		resume(t, p.stop())
		eventually(t, "it is stopped by SIGSTOP again", inGroupStop)
		before := p.counts(n)
		time.Sleep(5 * time.Millisecond)
		if !slices.Equal(p.counts(n), before) {
			t.Error("it ran on")
		}
	}
	unix.Kill(p.PID, unix.SIGCONT)
	p.runs(n)
}

func TestStopSignalsWhilePaused(t *testing.T) {
	const n = 3
	p := start(t, "spin", n)
	paused := p.stop()
	unix.Kill(p.PID, unix.SIGSTOP)
	resume(t, paused)
	eventually(t, "SIGSTOP that came meanwhile stops it", func() bool { return state(t, p.PID) == 'T' })
	paused = p.stop()
	unix.Kill(p.PID, unix.SIGCONT)
	resume(t, paused)
	p.runs(n)
}

func TestNoSignalIsLost(t *testing.T) {
	for _, test := range []struct {
		mode    string
		threads int
	}{{"order", 0}, {"order", 5}, {"any", 5}} {
		t.Run(fmt.Sprintf("%s with %d threads", test.mode, test.threads), func(t *testing.T) {
			p := start(t, test.mode, test.threads)
			stops, signalStops := 0, 0
			for !p.allSent() {
				for range 10 {
					paused := p.stopBy(pause.Dawdle)
					stops++
					signalStops += len(paused.Signals())
					resume(t, paused)
				}
			}
			t.Logf("%d stops, of these %d for a signal", stops, signalStops)
			if signalStops == 0 {
				t.Error("no thread ever stopped for a signal; this tests nothing")
			}
			p.wantAllSignals()
		})
	}
}

const signals = 10_000 // SIGNALS in testdata/target.c

func (p target) report() (sent, received, wrong int) {
	p.t.Helper()
	if _, err := fmt.Sscan(p.Ask(p.t, "report"), &sent, &received, &wrong); err != nil {
		p.t.Fatal(err)
	}
	return
}

func (p target) allSent() bool {
	p.t.Helper()
	sent, _, _ := p.report()
	return sent == signals
}

// wantAllSignals waits until all signals must have come, and makes sure that each
// came once, and in order where that matters.
func (p target) wantAllSignals() {
	p.t.Helper()
	eventually(p.t, "all signals are delivered", func() bool {
		_, received, _ := p.report()
		return received >= signals
	})
	if _, received, wrong := p.report(); received != signals || wrong != 0 {
		p.t.Errorf("%d of %d signals received, %d twice or out of order", received, signals, wrong)
	}
}

func TestTimerGoesOn(t *testing.T) {
	p := start(t, "timer", 2)
	ticks := func() int {
		n, err := strconv.Atoi(p.Ask(t, "ticks"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 200 {
		resume(t, p.stop())
	}
	before := ticks()
	eventually(t, "the timer ticks", func() bool { return ticks() > before+20 })
}

func TestTracerKilled(t *testing.T) {
	sessiontest.Fault(t, "SIGKILL of the tracer")
	const n = 5
	p := start(t, "spin", n)
	for range 3 {
		tracer := startTracer(t, p.PID, false)
		before := p.counts(n)
		time.Sleep(5 * time.Millisecond)
		if !slices.Equal(before, p.counts(n)) {
			t.Error("it did not stand still")
		}
		tracer.Kill()
		p.runs(n)
		untraced(t, p.PID)
	}
}

// The kernel forgets a signal that a thread has stopped for once its tracer has
// been told of it in the usual way.
func TestTracerKilledLosesNoSignal(t *testing.T) {
	sessiontest.Fault(t, "SIGKILL of the tracer with signals pending")
	p := start(t, "order", 0)
	for range 5 {
		startTracer(t, p.PID, true).Kill()
	}
	if p.allSent() {
		t.Log("all signals were sent before the last tracer was killed")
	}
	p.wantAllSignals()
}

func TestTracedByAnother(t *testing.T) {
	sessiontest.Fault(t, "a target that is traced already")
	p := start(t, "spin", 2)
	tracer := startTracer(t, p.PID, false)
	_, err := pause.Stop(t.Context(), p.s)
	var traced *pause.TracedError
	if !errors.As(err, &traced) || !errors.Is(err, pause.ErrTraced) || !errors.Is(err, session.ErrPermission) ||
		!errors.Is(err, unix.EPERM) {
		t.Fatalf("got error %v", err)
	}
	name := filepath.Base(os.Args[0])
	want := fmt.Sprintf("process %d: already traced by %.15s (%d)", p.PID, name, tracer.PID)
	if err.Error() != want || session.Hint(err) == "" {
		t.Errorf("got %q, hint %q, want %q", err, session.Hint(err), want)
	}
	if info, err := p.s.Info(); err != nil || info.TracerPID != tracer.PID {
		t.Errorf("info has tracer %d, %v, want %d", info.TracerPID, err, tracer.PID)
	}
	tracer.Kill()
	resume(t, p.stop())
}

func TestStoppedTwice(t *testing.T) {
	p := start(t, "spin", 2)
	paused := p.stop()
	_, err := pause.Stop(t.Context(), p.s)
	want := fmt.Sprintf("process %d: already traced by this program", p.PID)
	if !errors.Is(err, pause.ErrTraced) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	before := p.counts(2)
	time.Sleep(5 * time.Millisecond)
	if !slices.Equal(before, p.counts(2)) {
		t.Error("the second Stop let it go")
	}
	resume(t, paused)
	p.runs(2)
	resume(t, p.stop())
}

func TestStuckThread(t *testing.T) {
	sessiontest.Fault(t, "a thread in uninterruptible sleep")
	const n = 3
	p := start(t, "vfork", n)
	waiter := 0
	eventually(t, "a thread waits for its child", func() bool {
		all, _, err := p.s.TIDs()
		if err != nil {
			t.Fatal(err)
		}
		for _, tid := range all {
			if thread, err := p.s.Thread(tid); err == nil && thread.State == 'D' {
				waiter = tid
			}
		}
		return waiter != 0
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := pause.Stop(ctx, p.s)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	want := fmt.Sprintf("process %d: thread %d (waiter, state D) cannot be stopped now: context deadline exceeded", p.PID, waiter)
	if !errors.Is(err, pause.ErrStuck) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	if !strings.Contains(session.Hint(err), "vfork") {
		t.Errorf("hint %q", session.Hint(err))
	}
	untraced(t, p.PID)
	p.runs(n - 1)
	if answer := p.Ask(t, "open"); answer != "ok" {
		t.Fatal(answer)
	}
	resume(t, p.stop())
}

func TestContextDone(t *testing.T) {
	p := start(t, "spin", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pause.Stop(ctx, p.s); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	untraced(t, p.PID)
}

func TestKilledWhilePaused(t *testing.T) {
	sessiontest.Fault(t, "the target is killed while it is paused")
	p := start(t, "spin", 50)
	paused := p.stop()
	unix.Kill(p.PID, unix.SIGKILL)
	// Without Resume.
	select {
	case <-p.s.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the process does not end")
	}
	resume(t, paused)
	resume(t, paused)
	if _, err := pause.Stop(t.Context(), p.s); !errors.Is(err, session.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if code := p.Wait(t); code != -1 {
		t.Errorf("exit code %d, want that of a signal", code)
	}
}

func TestEndsWhileBeingStopped(t *testing.T) {
	sessiontest.Fault(t, "the target ends while it is stopped")
	stopped, gone := 0, 0
	for range 30 {
		p := start(t, "leave", 8)
		p.Send(t, "leave")
		for {
			paused, err := pause.Stop(t.Context(), p.s)
			if errors.Is(err, session.ErrGone) {
				gone++
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			stopped++
			resume(t, paused)
		}
		if code := p.Wait(t); code != 7 {
			t.Fatalf("exit code %d, want 7", code)
		}
	}
	t.Logf("stopped %d times, gone %d times", stopped, gone)
}

// A process that replaces its program all the time, from a thread that is not the
// first, is stopped or gone, and never hangs.
func TestExecsWhileBeingStopped(t *testing.T) {
	sessiontest.Fault(t, "the target runs another program while it is stopped")
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/target.c", "-pthread"), "exec", "4")
	p.WaitLine(t, "ready")
	stopped, gone := 0, 0
	for range 200 {
		s, err := session.Attach(p.PID)
		if err != nil {
			if errors.Is(err, session.ErrGone) {
				continue
			}
			t.Fatal(err)
		}
		paused, err := pause.Stop(t.Context(), s)
		switch {
		case err == nil:
			stopped++
			if err := s.Alive(); err != nil {
				t.Error(err)
			}
			resume(t, paused)
		case errors.Is(err, session.ErrGone):
			gone++
		default:
			t.Fatal(err)
		}
		s.Close()
	}
	t.Logf("stopped %d times, gone %d times", stopped, gone)
	untraced(t, p.PID)
	p.WaitLine(t, "ready")
}

// A program that is run when some threads are seized and others are not yet waits for
// the former to be taken notice of, and holds up the seizing of the latter meanwhile.
func TestExecsBetweenSeizes(t *testing.T) {
	sessiontest.Fault(t, "the target runs another program between two seizes")
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/target.c", "-pthread"), "exec", "4")
	sessiontest.MeetExec(t, p, 10, func(s *session.Session) error {
		paused, err := pause.Dawdle(t.Context(), s)
		if err == nil {
			resume(t, paused)
		}
		return err
	})
}

// Nothing is left of a stop: no goroutine, and no thread that could trace.
func TestLeavesNothing(t *testing.T) {
	sessiontest.LeakCheck(t)
	p := start(t, "spin", 3)
	goroutines := runtime.NumGoroutine()
	for range 20 {
		paused := p.stop()
		resume(t, paused)
		eventually(t, "the thread that traced ends", func() bool {
			_, err := os.Stat(fmt.Sprint("/proc/self/task/", paused.TracerTID()))
			return err != nil
		})
	}
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines })
}

func TestResumeFromSeveralGoroutines(t *testing.T) {
	p := start(t, "spin", 2)
	paused := p.stop()
	errs := make(chan error)
	for range 8 {
		go func() { _ = paused.Threads(); errs <- paused.Resume() }()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	p.runs(2)
}

func TestManyProcessesAtOnce(t *testing.T) {
	var targets []target
	for range 4 {
		targets = append(targets, start(t, "spin", 3))
	}
	errs := make(chan error)
	for _, p := range targets {
		go func() {
			for range 20 {
				paused, err := pause.Stop(context.Background(), p.s)
				if err == nil {
					err = paused.Resume()
				}
				if err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range targets {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	for _, p := range targets {
		p.runs(3)
	}
}

func TestExplain(t *testing.T) {
	p := start(t, "spin", 2)
	var lines []string
	p.s.Explain(func(c session.Call) {
		if c.Name == "ptrace" {
			lines = append(lines, c.String())
		}
	})
	resume(t, p.stop())
	p.s.Explain(nil)
	process := fmt.Sprintf("ptrace process %d = done ", p.PID)
	want := []string{
		process + "(PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_GETREGSET for each thread, 3 in all: they stand still)",
		process + "(PTRACE_DETACH for each thread, 3 in all: they run on)",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
}
