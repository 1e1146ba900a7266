package watch_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/symbol"
	"quarry/session/watch"
)

// An instruction is counted each time it is executed, with the registers before it.
func TestExecute(t *testing.T) {
	for _, flags := range [][]string{nil, {"-m32"}} {
		engines(t, func(t *testing.T, engine watch.Engine) {
			p := start(t, "heap", watch.Execute, flags...)
			function, err := symbol.NewIndex(p.s).Find("touch_heap")
			if err != nil {
				t.Fatal(err)
			}
			field := p.point.Addr
			w := p.watch(engine, watch.Point{Addr: function.Addr, Length: 1, Kind: watch.Execute},
				watch.Point{Addr: field, Length: 4, Kind: watch.Write})
			p.touch(50)
			r := stop(t, w)
			entry, write := r.Points[0], r.Points[1]
			if entry.Count != 50 || !entry.Exact || len(entry.Hits) != 1 || write.Count != 50 || len(write.Hits) != 1 {
				t.Fatalf("%+v", r)
			}
			h := entry.Hits[0]
			if h.IP != function.Addr || h.Cause.Candidates[0].Place.Function != "touch_heap" || h.Cause.Candidates[0].Addr != 0 {
				t.Errorf("%+v, %+v", h, h.Cause)
			}
			if n, ok := h.Registers.Get("rdi"); p.s.Layout().WordSize == 8 && (!ok || uint32(n) != 49) {
				t.Errorf("the argument at the last hit was %d", n)
			}
			// What does the instruction access?
			at := write.Hits[0].Cause.Candidates[0].Instruction.Addr
			w = p.watch(engine, watch.Point{Addr: at, Length: 1, Kind: watch.Execute})
			p.touch(3)
			hit := stop(t, w).Points[0].Hits[0]
			if diff := cmp.Diff([]watch.Touch{{Addr: field, Count: 3}}, hit.Touched); diff != "" || hit.TouchedElsewhere != 0 {
				t.Errorf("touched (-want +got):\n%s", diff)
			}
			c := hit.Cause.Candidates[0]
			if c.Addr != field || !c.Computed || c.Operand.Disp != 0x18 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// Four points at once take all registers; a fifth has none.
func TestRegisters(t *testing.T) {
	engines(t, func(t *testing.T, engine watch.Engine) {
		p := start(t, "avx", watch.Write) // 32 bytes, with an alignment of 32
		quarter := func(i uint64) watch.Point {
			return watch.Point{Addr: p.point.Addr + 8*i, Length: 8, Kind: watch.Write}
		}
		four := []watch.Point{quarter(0), quarter(1), quarter(2), quarter(3)}
		w := p.watch(engine, four...)
		if engine == watch.Perf {
			_, err := watch.Start(t.Context(), p.s, engine, watch.Point{Addr: p.point.Addr + 64, Length: 1})
			var e *watch.RegistersError
			if !errors.As(err, &e) || !errors.Is(err, watch.ErrRegisters) || e.Cause == nil || session.Hint(err) == "" {
				t.Errorf("a fifth: %v", err)
			}
		}
		p.touch(10)
		for i, point := range stop(t, w).Points {
			if point.Count != 10 || !point.Exact {
				t.Errorf("point %d: %+v", i, point)
			}
		}
		if engine == watch.Trace {
			return // the kernel keeps the registers
		}
		stop(t, p.watch(engine, p.point)) // they are free again
	})
}

// What cannot be watched is refused, each in its own words.
func TestRefused(t *testing.T) {
	p := start(t, "global", watch.Write)
	a := p.point.Addr
	for _, test := range []struct {
		want   error
		points []watch.Point
	}{
		{watch.ErrPoint, nil},
		{watch.ErrPoint, []watch.Point{{Addr: a}}},
		{watch.ErrPoint, []watch.Point{{Addr: a, Length: -1}}},
		{watch.ErrPoint, []watch.Point{{Addr: a, Length: 4, Kind: watch.Execute}}},
		{watch.ErrPoint, []watch.Point{{Addr: a, Length: 4, Kind: 9}}},
		{watch.ErrPoint, []watch.Point{{Addr: ^uint64(0) - 1, Length: 8}}},
		{watch.ErrPoint, []watch.Point{{Addr: a, Length: 4}, {Addr: a + 2, Length: 1}}},
		{watch.ErrRegisters, []watch.Point{{Addr: a, Length: 64}}},
		{watch.ErrRegisters, []watch.Point{{Addr: a &^ 7, Length: 1 << 30}}},
		{watch.ErrRegisters, []watch.Point{{Addr: a&^31 + 1, Length: 31}}},
		{watch.ErrUnsupported, []watch.Point{{Addr: 0xffffffff81000000, Length: 8}}},
	} {
		_, err := watch.Start(t.Context(), p.s, watch.Perf, test.points...)
		if err != nil && errors.Is(err, session.ErrPermission) && test.want == watch.ErrUnsupported {
			continue // the kernel's own addresses are refused in this way, too
		}
		if !errors.Is(err, test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %v", test.points, err, test.want)
		}
	}
}

// A loop that does nothing but write goes on, is counted exactly, and what could not
// be sampled is told.
func TestHotLoop(t *testing.T) {
	p := start(t, "hot", watch.Write)
	check := p.untouched()
	w := p.watch(watch.Perf, p.point)
	const n = 100_000
	p.touch(n)
	point := stop(t, w).Points[0]
	check()
	if point.Count != n || !point.Exact {
		t.Errorf("count %d, exact %v", point.Count, point.Exact)
	}
	if missing := n - point.Sampled; missing > 0 && point.Lost == 0 && point.Throttled == 0 {
		t.Errorf("%d samples are missing, and nothing tells why", missing)
	}
}

// Without symbols, the instruction is among the candidates, and if there are others
// that is said.
func TestStripped(t *testing.T) {
	for _, mode := range []string{"global", "heap", "rmw", "sse"} {
		path := sessiontest.BuildC(t, "testdata/target.c", "-pthread")
		sessiontest.NeedTool(t, "strip", "binutils")
		stripped := t.TempDir() + "/stripped"
		if out, err := exec.Command("strip", "-o", stripped, path).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		full := start(t, mode, watch.Write)
		w := full.watch(watch.Perf, full.point)
		full.touch(3)
		want := stop(t, w).Points[0].Hits[0].Cause.Candidates[0]

		p := target{Proc: sessiontest.Start(t, stripped, mode), t: t}
		fields := strings.Fields(p.WaitLine(t, "ready"))
		addr, err := strconv.ParseUint(fields[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if p.s, err = session.Attach(p.PID); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.s.Close() })
		w = p.watch(watch.Perf, watch.Point{Addr: addr, Length: full.point.Length})
		p.touch(3)
		c := stop(t, w).Points[0].Hits[0].Cause
		if len(c.Candidates) == 0 || c.Candidates[0].Place.Offset != want.Place.Offset || c.Candidates[0].Text == "" {
			t.Errorf("%s: %+v, want the one at %+v first", mode, c, want.Place)
		}
		if len(c.Candidates) > 1 != c.Ambiguous {
			t.Errorf("%s: %d candidates, ambiguous %v", mode, len(c.Candidates), c.Ambiguous)
		}
	}
}

// processorTime returns how many microseconds the first thread has run; what other
// programs do matters less to it than to the time that passes.
func (p target) processorTime() (us float64) {
	p.t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", p.PID))
	if err == nil {
		_, err = fmt.Sscan(string(data), &us)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return us / 1000
}

// The program writes 10,000 times a second or thereabouts, and does other things.
func BenchmarkPace(b *testing.B) {
	for name, engine := range map[string]int{"unwatched": -1, "perf": int(watch.Perf), "trace": int(watch.Trace)} {
		b.Run(name, func(b *testing.B) {
			p := start(b, "pace", watch.Write)
			if engine >= 0 {
				p.watch(watch.Engine(engine), p.point)
			}
			before := p.processorTime()
			for b.Loop() {
				p.touch(200)
			}
			b.ReportMetric((p.processorTime()-before)/float64(200*b.N), "cpu-µs/write")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(200*b.N), "µs/write")
		})
	}
}

// The program does nothing but write.
func BenchmarkHot(b *testing.B) {
	for name, engine := range map[string]int{"perf": int(watch.Perf), "trace": int(watch.Trace)} {
		b.Run(name, func(b *testing.B) {
			p := start(b, "hot", watch.Write)
			w := p.watch(watch.Engine(engine), p.point)
			before := p.processorTime()
			for b.Loop() {
				p.touch(1000)
			}
			b.ReportMetric((p.processorTime()-before)/float64(1000*b.N), "cpu-µs/write")
			if err := w.Stop(); err != nil {
				b.Fatal(err)
			}
			point := w.Report().Points[0]
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(1000*b.N), "µs/write")
			b.ReportMetric(float64(point.Sampled)/float64(point.Count), "sampled")
		})
	}
}
