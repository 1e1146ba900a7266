package watch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/watch"
)

// beside returns places that nothing writes to, near the point.
func (p target) beside(n int) (points []watch.Point) {
	for i := range n {
		points = append(points, watch.Point{Addr: p.point.Addr&^7 + uint64(1<<13+8*i), Length: 8})
	}
	return points
}

// Threads that were there before are watched, whatever else uses debug registers:
// another watch, or what the kernel keeps after tracing.
func TestRegistersOfOthers(t *testing.T) {
	const threads, rounds = 200, 10
	for name, prepare := range map[string]func(target){
		"another watch":    func(p target) { p.watch(watch.Perf, p.beside(1)...) },
		"traced":           func(p target) { stop(t, p.watch(watch.Trace, p.beside(1)...)) },
		"traced, two":      func(p target) { stop(t, p.watch(watch.Trace, p.beside(2)...)) },
		"traced, three":    func(p target) { stop(t, p.watch(watch.Trace, p.beside(3)...)) },
		"traced and watch": func(p target) { stop(t, p.watch(watch.Trace, p.beside(1)...)); p.watch(watch.Perf, p.beside(1)...) },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, "threads", watch.Write)
			p.touch(1)
			eventually(t, func() bool {
				tids, _, err := p.s.TIDs()
				return err != nil || len(tids) == 1+threads // the one that makes half of them ends
			})
			prepare(p)
			w := p.watch(watch.Perf, p.point)
			p.touch(rounds)
			if point := stop(t, w).Points[0]; point.Count != threads*rounds || point.Sampled != point.Count {
				t.Errorf("%d hits, %d sampled, of %d", point.Count, point.Sampled, threads*rounds)
			}
		})
	}
}

// Threads that are made while the watch begins are watched, too, when their maker
// has been traced and they have not.
func TestMadeByTraced(t *testing.T) {
	for traced := range 3 {
		p := start(t, "threads", watch.Write)
		stop(t, p.watch(watch.Trace, p.beside(traced+1)...))
		p.touch(1)
		w := p.watch(watch.Perf, p.point)
		const threads, rounds = 200, 2 // so few that all samples find room, even if each comes twice
		p.touch(rounds)
		if point := stop(t, w).Points[0]; point.Count != threads*rounds || point.Sampled != point.Count {
			t.Errorf("%d points traced: %d hits, %d sampled, of %d", traced+1, point.Count, point.Sampled, threads*rounds)
		}
	}
}

// Tracing that cannot set the registers says so at once, and lets go.
func TestTraceRefused(t *testing.T) {
	for name, test := range map[string]struct {
		want    error
		prepare func(target) watch.Point
	}{
		"an address of the kernel": {watch.ErrUnsupported, func(target) watch.Point { return watch.Point{Addr: 0xffffffff81000000, Length: 8} }},
		"no address":               {watch.ErrUnsupported, func(target) watch.Point { return watch.Point{Addr: 1 << 60, Length: 1} }},
		"registers in use": {watch.ErrRegisters, func(p target) watch.Point {
			p.watch(watch.Perf, p.beside(4)...)
			return p.point
		}},
	} {
		t.Run(name, func(t *testing.T) {
			sessiontest.LeakCheck(t)
			p := start(t, "global", watch.Write)
			point := test.prepare(p)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			_, err := watch.Start(ctx, p.s, watch.Trace, point)
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if th, err := p.s.Thread(p.PID); err != nil || th.TracerPID != 0 {
				t.Errorf("still traced: %+v, %v", th, err)
			}
			p.touch(1)
		})
	}
}

// With too few descriptors it is told how many there should be, however early they
// run out.
func TestDescriptors(t *testing.T) {
	p := start(t, "global", watch.Write)
	sessiontest.LeakCheck(t)
	var before unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	restore := func() { _ = unix.Prlimit(0, unix.RLIMIT_NOFILE, &before, nil) }
	defer restore()
	free, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0) // the lowest that is not in use
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(free)
	refused := 0
	for more := 1; ; more++ {
		limited := before
		limited.Cur = uint64(free + more)
		if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &limited, nil); err != nil {
			t.Fatal(err)
		}
		w, err := watch.Start(t.Context(), p.s, watch.Perf, p.point)
		restore()
		if err == nil {
			stop(t, w)
			break
		}
		if errors.Is(err, session.ErrGone) {
			t.Fatalf("with %d descriptors: %v", more, err)
		}
		var e *watch.DescriptorsError
		if !errors.As(err, &e) || e.Threads != 1 || e.Processors < 1 || e.Need != e.Processors*2+1 {
			t.Errorf("with %d descriptors: %v", more, err)
		}
		refused++
	}
	if refused < 2 {
		t.Errorf("refused %d times", refused)
	}
}
