package watch_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/watch"
)

// target is a process made of testdata/target.c.
type target struct {
	*sessiontest.Proc
	t     testing.TB
	s     *session.Session
	point watch.Point
}

func start(t testing.TB, mode string, kind watch.Kind, flags ...string) target {
	t.Helper()
	p := target{Proc: sessiontest.Start(t, sessiontest.BuildC(t, "testdata/target.c", append(flags, "-pthread")...), mode), t: t}
	p.point.Kind = kind
	if _, err := fmt.Sscanf(p.WaitLine(t, "ready"), "ready %x %d", &p.point.Addr, &p.point.Length); err != nil {
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

// watch begins to watch; it ends with the test at the latest.
func (p target) watch(engine watch.Engine, points ...watch.Point) *watch.Watch {
	p.t.Helper()
	w, err := watch.Start(p.t.Context(), p.s, engine, points...)
	if errors.Is(err, watch.ErrUnsupported) && os.Getenv(sessiontest.RequireTools) == "" {
		p.t.Skip(err)
	}
	if err != nil {
		p.t.Fatal(err, session.Hint(err))
	}
	p.t.Cleanup(func() { w.Stop() })
	return w
}

// touch lets the process touch the point n times.
func (p target) touch(n int) {
	p.t.Helper()
	if line := p.Ask(p.t, fmt.Sprint(n)); line != "done" {
		p.t.Fatal(line)
	}
}

func stop(t testing.TB, w *watch.Watch) watch.Report {
	t.Helper()
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	return w.Report()
}

// line returns the line of the fixture that is marked so.
func line(t testing.TB, mark string) int {
	t.Helper()
	text, err := os.ReadFile("testdata/target.c")
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range bytes.Split(text, []byte("\n")) {
		if bytes.HasSuffix(l, []byte("// line: "+mark)) {
			return i + 1
		}
	}
	t.Fatalf("no line %s", mark)
	return 0
}

// untouched makes sure, until the test ends, that the process is neither traced
// nor stopped.
func (p target) untouched() (check func()) {
	path, stop := fmt.Sprintf("/proc/%d/status", p.PID), make(chan struct{})
	var once sync.Once
	var done sync.WaitGroup
	samples := 0
	done.Go(func() {
		for {
			status, err := os.ReadFile(path)
			if err != nil {
				return
			}
			samples++
			if text := string(status); !strings.Contains(text, "TracerPid:\t0\n") || regexp.MustCompile(`State:\t[tT]`).MatchString(text) {
				p.t.Errorf("the process is traced or stopped:\n%s", text)
				return
			}
			select {
			case <-stop:
				if samples > 1 { // a busy machine lets it look late
					return
				}
			default:
			}
		}
	})
	check = func() {
		once.Do(func() { close(stop) })
		done.Wait()
		if samples < 2 {
			p.t.Errorf("looked only %d times", samples)
		}
	}
	p.t.Cleanup(check)
	return check
}

// fixture is a way to touch memory, and the instruction that does it.
type fixture struct {
	mode     string
	kind     watch.Kind
	function string
	amd64    string // regular expressions for the instruction
	x86      string
	rounds   uint64 // hits for each touch, 0 for some
	others   bool   // other code hits it as well
	lost     bool   // the address cannot be computed
}

var fixtures = []fixture{
	{mode: "global", function: "touch_global", amd64: `^mov dword ptr \[rip`, x86: `^mov dword ptr \[eax`, rounds: 1},
	{mode: "heap", function: "touch_heap", amd64: `^mov dword ptr \[rax\+0x18\], edx`, x86: `^mov dword ptr \[eax\+0x18\], edx`, rounds: 1},
	{mode: "stack", function: "touch_stack", amd64: `^mov dword ptr \[rbp-0x[0-9a-f]+\], eax`, x86: `^mov dword ptr \[ebp-0x`, rounds: 1},
	{mode: "rmw", function: "touch_rmw", amd64: `^mov dword ptr \[rip`, x86: `^mov dword ptr \[eax`, rounds: 1},
	{mode: "atomic", function: "touch_atomic", amd64: `^lock (add|xadd) dword ptr`, x86: `^lock (or|add|xadd) dword ptr`, rounds: 1},
	{mode: "stos", function: "touch_stos", amd64: `^rep stosb byte ptr \[rdi\]`, x86: `^rep stosb byte ptr (es:)?\[edi\]`},
	{mode: "movs", function: "touch_movs", amd64: `^rep movsd dword ptr \[rdi\]`, x86: `^rep movsd dword ptr (es:)?\[edi\]`},
	{mode: "sse", function: "touch_sse", amd64: `^movaps xmmword ptr \[rip.*\], xmm0`, x86: `^movaps xmmword ptr \[eax.*\], xmm0`, rounds: 1},
	{mode: "avx", function: "touch_avx", amd64: `^vmovups ymmword ptr \[rip.*\], ymm0`, x86: `^vmovups ymmword ptr \[eax.*\], ymm0`, rounds: 1},
	{mode: "call", function: "touch_call", amd64: `^call 0x`, x86: `^call 0x`, rounds: 1, others: true},
	{mode: "thread", function: "in_thread", amd64: `^mov dword ptr \[rip`, x86: `^mov dword ptr \[eax`, rounds: 1},
	{mode: "read", kind: watch.Access, function: "touch_read", amd64: `^mov edx, dword ptr \[rip`, x86: `^mov ecx, dword ptr \[eax`, rounds: 1},
	{mode: "lost", kind: watch.Access, function: "touch_lost", amd64: `^mov eax, dword ptr \[rax\]`, x86: `^mov eax, dword ptr \[eax\]`, rounds: 1, lost: true},
}

// Each engine finds each instruction, where it is and what it computed.
func TestFixtures(t *testing.T) {
	for _, engine := range []watch.Engine{watch.Perf, watch.Trace} {
		for _, bits := range []string{"64", "32"} {
			for _, f := range fixtures {
				t.Run(fmt.Sprintf("%v/%s/%s", engine, bits, f.mode), func(t *testing.T) {
					if f.mode == "avx" && !hasAVX() {
						t.Skip("the processor has no AVX")
					}
					var flags []string
					want := f.amd64
					if bits == "32" {
						flags, want = []string{"-m32"}, f.x86
					}
					f.test(t, engine, want, flags)
				})
			}
		}
	}
}

func hasAVX() bool {
	info, err := os.ReadFile("/proc/cpuinfo")
	return err == nil && regexp.MustCompile(`(?m)^flags.* avx `).Match(info)
}

func (f fixture) test(t *testing.T, engine watch.Engine, want string, flags []string) {
	const touches = 20
	p := start(t, f.mode, f.kind, flags...)
	check := func() {}
	if engine == watch.Perf {
		check = p.untouched()
	}
	w := p.watch(engine, p.point)
	p.touch(touches)
	r := stop(t, w)
	check()
	point := r.Points[0]
	if !point.Exact || point.Count != point.Sampled || point.Lost != 0 || point.Throttled != 0 {
		t.Errorf("count %d, exact %v, sampled %d, lost %d, throttled %d", point.Count, point.Exact, point.Sampled, point.Lost, point.Throttled)
	}
	if f.rounds > 0 && !f.others && point.Count != f.rounds*touches {
		t.Errorf("count %d", point.Count)
	}
	found := false
	for _, h := range point.Hits {
		c := h.Cause
		if c == nil || len(c.Candidates) == 0 || c.Ambiguous || c.Candidates[0].Place.Function != f.function {
			if !f.others {
				t.Errorf("at %#x: %+v", h.IP, c)
			}
			continue
		}
		if f.others && c.Candidates[0].Place.Line != line(t, f.mode) {
			continue // 32-bit code calls to learn where it is
		}
		found = true
		f.check(t, p, h, want)
	}
	if !found {
		t.Errorf("no hit of %s among %d", f.function, len(point.Hits))
	}
	p.touch(touches) // it lives on
	if after := w.Report().Points[0].Count; after != point.Count {
		t.Errorf("%d hits after the end", after-point.Count)
	}
}

// check compares a hit with what the fixture is known to do.
func (f fixture) check(t *testing.T, p target, h watch.Hit, want string) {
	t.Helper()
	c := h.Cause.Candidates[0]
	if !regexp.MustCompile(want).MatchString(c.Text) {
		t.Errorf("instruction %q, want %s", c.Text, want)
	}
	if !strings.HasSuffix(c.Place.File, "<stdin>") || c.Place.Line != line(t, f.mode) || c.Place.Module == "" || c.Place.Offset == 0 {
		t.Errorf("place %+v, want line %d", c.Place, line(t, f.mode))
	}
	if c.Computed == f.lost {
		t.Errorf("computed %v: %#x", c.Computed, c.Addr)
	}
	if f.rounds == 1 && !f.lost && (c.Addr > p.point.Addr || c.Addr+uint64(c.Operand.Size) <= p.point.Addr) {
		t.Errorf("it computed %#x of %d bytes, and %v is watched", c.Addr, c.Operand.Size, p.point)
	}
	if f.mode == "heap" && (c.Operand.Disp != 0x18 || c.Base != p.point.Addr-0x18) {
		t.Errorf("base %#x, displacement %#x", c.Base, c.Operand.Disp)
	}
	var sum uint64
	for _, thread := range h.Threads {
		sum += thread.Count
		if f.mode != "thread" && (thread.TID != p.PID || thread.Name == "") {
			t.Errorf("thread %+v", thread)
		}
	}
	if sum != h.Count || h.Last.IsZero() || len(h.Registers) == 0 {
		t.Errorf("hit %+v", h)
	}
}

// What the kernel writes is not seen.
func TestKernelWrites(t *testing.T) {
	for _, engine := range []watch.Engine{watch.Perf, watch.Trace} {
		p := start(t, "kernel", watch.Write)
		w := p.watch(engine, p.point)
		p.touch(20)
		if point := stop(t, w).Points[0]; point.Count != 0 || len(point.Hits) != 0 {
			t.Errorf("%v: %+v", engine, point)
		}
		p.Kill()
	}
}
