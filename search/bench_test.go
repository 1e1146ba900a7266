package search_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/kernel"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// benchMiB is the size of the memory that benchmarks search. The table of
// docs/performance.md is made with QUARRY_BENCH_MIB=4096 and -benchtime 5x.
var benchMiB = sizeFromEnvironment("QUARRY_BENCH_MIB", 256)

func sizeFromEnvironment(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// workers is the number of goroutines of both sides of a comparison.
var workers = runtime.GOMAXPROCS(0)

// subject is a process to search and the block of memory it holds.
type subject struct {
	*session.Session
	proc  *sessiontest.Proc
	block session.Range
	scope session.Scope
}

// searched starts a process that holds memory and attaches to it.
func searched(t testing.TB, mib int, content string) *subject {
	t.Helper()
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/memory.c", "-O2"), strconv.Itoa(mib), content)
	start, err := strconv.ParseUint(p.Line(t), 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	block := session.Range{Start: start, End: start + uint64(mib)<<20}
	scope, err := session.ParseScope(block.String())
	if err != nil {
		t.Fatal(err)
	}
	return &subject{s, p, block, scope}
}

// find makes a first search of the block.
func (s *subject) find(t testing.TB, typ value.Type, text string, align int, store *candidate.Store) *search.Generation {
	t.Helper()
	q := search.Query{Type: typ, Condition: parse(t, typ, text), Scope: s.scope, Align: align}
	g, err := search.Find(context.Background(), s, q, search.Options{Workers: workers, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// bareRead reads the range with as many goroutines as a search has, and does
// nothing with it: what no search can be faster than.
func (s *subject) bareRead(t testing.TB, r session.Range) time.Duration {
	t.Helper()
	const chunk = 256 << 10
	var next atomic.Uint64
	var group sync.WaitGroup
	began := time.Now()
	for range workers {
		group.Go(func() {
			buffer := make([]byte, chunk)
			for {
				at := r.Start + next.Add(chunk) - chunk
				if at >= r.End {
					return
				}
				if _, err := s.Read(buffer[:min(chunk, r.End-at)], at); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

// cpuTime returns the processor time this program has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// statusKiB returns a line of /proc/PID/status that is a size.
func statusKiB(pid int, name string) uint64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

// resetPeak makes VmHWM of this process begin anew.
func resetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// row collects the measurements of one row of the table.
type row struct {
	bare, work, cpu []float64 // seconds
	peak            uint64    // KiB
}

// measure compares work with the bare read of the range, in turn, so that the
// noise of the machine meets both. prepare runs before, unmeasured.
func (s *subject) measure(b *testing.B, r session.Range, prepare func(), work func() *search.Generation) {
	b.Helper()
	var m row
	for b.Loop() {
		b.StopTimer()
		if prepare != nil {
			prepare()
		}
		m.bare = append(m.bare, s.bareRead(b, r).Seconds())
		resetPeak()
		b.StartTimer()
		began, cpu := time.Now(), cpuTime()
		g := work()
		m.work = append(m.work, time.Since(began).Seconds())
		m.cpu = append(m.cpu, (cpuTime() - cpu).Seconds())
		b.StopTimer()
		m.peak = max(m.peak, statusKiB(os.Getpid(), "VmHWM"))
		b.ReportMetric(float64(g.Len()), "candidates")
		runtime.KeepAlive(g)
		b.StartTimer()
	}
	m.report(b, float64(r.Size())/(1<<30))
}

func (m *row) report(b *testing.B, gib float64) {
	b.ReportMetric(0, "ns/op") // it would count what is not measured
	b.ReportMetric(median(m.work)*1e3, "ms")
	b.ReportMetric(gib/median(m.bare), "bare-GiB/s")
	b.ReportMetric(gib/median(m.work), "GiB/s")
	b.ReportMetric(100*median(m.bare)/median(m.work), "%of-bare")
	b.ReportMetric(median(m.cpu)/gib, "cpu-s/GiB")
	b.ReportMetric(float64(m.peak)/1024, "peak-MiB")
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// BenchmarkFind makes first searches of random bytes.
func BenchmarkFind(b *testing.B) {
	s := searched(b, benchMiB, "random")
	for _, bench := range []struct {
		name  string
		typ   value.Type
		cond  string
		align int
		level kernel.Level
	}{
		{"i32", value.I32, "123456789", 0, kernel.AVX512},
		{"i32-align-1", value.I32, "123456789", 1, kernel.AVX512},
		{"f32-digits", value.F32, "12345.6", 0, kernel.AVX512},
		{"i32-range", value.I32, "100000..101000", 0, kernel.AVX512},
		{"i32-above", value.I32, "> 2147483000", 0, kernel.AVX512},
		{"pattern", value.Bytes, "12 34 ?? 78 9a bc ?? f0 12 34 56 ?? 9a bc de f0", 0, kernel.AVX512},
		{"string", value.String, "no such text", 0, kernel.AVX512},
		{"any", value.Any, "123456789", 0, kernel.AVX512},
		{"unknown", value.I32, "unknown", 0, kernel.AVX512},
		{"i32-AVX2", value.I32, "123456789", 0, kernel.AVX2},
		{"i32-pure-Go", value.I32, "123456789", 0, kernel.Portable},
	} {
		b.Run(bench.name, func(b *testing.B) {
			defer kernel.SetLevel(kernel.SetLevel(bench.level))
			s.measure(b, s.block, nil, func() *search.Generation { return s.find(b, bench.typ, bench.cond, bench.align, nil) })
		})
	}
}

// BenchmarkZeros finds 0 in touched zeros: every value matches.
func BenchmarkZeros(b *testing.B) {
	s := searched(b, benchMiB, "zeros")
	s.measure(b, s.block, nil, func() *search.Generation {
		g := s.find(b, value.I32, "0", 0, nil)
		b.ReportMetric(float64(s.block.Size())/float64(g.Memory()), "searched/held")
		return g
	})
}

// narrowing measures a condition after a search for an unknown value. One
// number in each step bytes changes before; 0 changes nothing.
func narrowing(b *testing.B, s *subject, text string, step int, newStore func() *candidate.Store) {
	b.Helper()
	store := newStore()
	g := s.find(b, value.I32, "unknown", 0, store)
	c := parse(b, value.I32, text)
	change := func() {
		if step > 0 {
			s.proc.Ask(b, "change "+strconv.Itoa(step))
		}
	}
	s.measure(b, s.block, change, func() *search.Generation {
		next, err := g.Narrow(context.Background(), s, c, search.Options{Workers: workers})
		if err != nil {
			b.Fatal(err)
		}
		return next
	})
	memory, file := store.InUse()
	b.ReportMetric(float64(memory)/(1<<20), "held-MiB")
	b.ReportMetric(float64(file)/(1<<20), "file-MiB")
}

// BenchmarkNarrow narrows what a search for an unknown value found, with all
// in memory and with a ceiling of a quarter of it. The number in the name is
// the number of bytes of which one number changes each time.
func BenchmarkNarrow(b *testing.B) {
	s := searched(b, benchMiB, "random")
	ceilings := []struct {
		name string
		make func() *candidate.Store
	}{
		{"memory", func() *candidate.Store { return candidate.NewStore(0, "") }},
		{"ceiling", func() *candidate.Store { return candidate.NewStore(uint64(benchMiB)<<20/4, "") }},
	}
	for _, ceiling := range ceilings {
		for _, bench := range []struct {
			cond string
			step int
		}{
			{"same", 0}, {"same", 4096}, {"up", 0}, {"up", 4096}, {"changed", 0}, {"changed", 4096}, {"changed", 4},
		} {
			b.Run(fmt.Sprintf("%s/%s/%d", ceiling.name, bench.cond, bench.step), func(b *testing.B) {
				narrowing(b, s, bench.cond, bench.step, ceiling.make)
			})
		}
	}
}

// BenchmarkCeiling searches for an unknown value with a ceiling of a quarter
// of the memory searched, again and again as a person does, so that memory of
// former searches must be used again.
func BenchmarkCeiling(b *testing.B) {
	s := searched(b, benchMiB, "random")
	store := candidate.NewStore(uint64(benchMiB)<<20/4, "")
	s.measure(b, s.block, nil, func() *search.Generation { return s.find(b, value.I32, "unknown", 0, store) })
}

// BenchmarkScattered narrows a million candidates that lie far apart.
func BenchmarkScattered(b *testing.B) {
	s := searched(b, benchMiB, "random")
	// Of 2^32 numbers, as many as give a million matches.
	most := int(1e6 * (1 << 32) / (float64(s.block.Size()) / 4))
	g := s.find(b, value.I32, fmt.Sprintf("0..%d", min(most, 1<<31-1)), 0, nil)
	same := parse(b, value.I32, "same")
	s.measure(b, s.block, nil, func() *search.Generation {
		next, err := g.Narrow(context.Background(), s, same, search.Options{Workers: workers})
		if err != nil {
			b.Fatal(err)
		}
		return next
	})
}

// BenchmarkReserved searches memory of which most was never touched, and looks
// whether page tables were made for it.
func BenchmarkReserved(b *testing.B) {
	s := searched(b, 8<<10, "reserved")
	tables := statusKiB(s.proc.PID, "VmPTE")
	var took []float64
	for b.Loop() {
		began := time.Now()
		if n := s.find(b, value.I32, "123456789", 0, nil).Scanned; n != 64<<20 {
			b.Fatalf("%d bytes scanned", n)
		}
		took = append(took, time.Since(began).Seconds()*1e3)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took), "ms")
	if now := statusKiB(s.proc.PID, "VmPTE"); now > tables {
		b.Errorf("VmPTE of the process grew from %d to %d KiB", tables, now)
	}
}

// BenchmarkScanmem is the first search of scanmem, where it is installed, beside
// that of quarry.
func BenchmarkScanmem(b *testing.B) {
	sessiontest.NeedTool(b, "scanmem", "scanmem")
	s := searched(b, benchMiB, "random")
	script := "option scan_data_type int32;option region_scan_level 3;123456789;exit"
	var theirs, ours []float64
	for b.Loop() {
		began := time.Now()
		if out, err := exec.Command("scanmem", "-p", strconv.Itoa(s.PID()), "-c", script).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		theirs = append(theirs, time.Since(began).Seconds())
		ours = append(ours, s.find(b, value.I32, "123456789", 0, nil).Elapsed.Seconds())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(theirs)*1e3, "scanmem-ms")
	b.ReportMetric(median(ours)*1e3, "quarry-ms")
}
