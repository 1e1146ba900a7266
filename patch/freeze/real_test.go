package freeze_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"quarry/patch/freeze"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// fighter is testdata/fight.c, running, and where its values are.
type fighter struct {
	*sessiontest.Proc
	session                     *session.Session
	value, score, pointer, many uint64
}

func startFighter(t testing.TB) *fighter {
	t.Helper()
	p := &fighter{Proc: sessiontest.Start(t, sessiontest.BuildC(t, "testdata/fight.c", "-pthread"))}
	line := p.Line(t)
	if _, err := fmt.Sscanf(line, "value %v score %v pointer %v many %v", &p.value, &p.score, &p.pointer, &p.many); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p.session = s
	return p
}

// freezer returns a freezer for the program that is closed with the test.
func (p *fighter) freezer(t testing.TB, notify func(freeze.Event)) *freeze.Freezer {
	f := freeze.New(p.session, notify)
	t.Cleanup(f.Close)
	return f
}

// until waits for a condition.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in 30 s: %s", what)
		}
	}
}

// says waits until the program says that its value, the object's and the score
// are those; "_" stands for any.
func (p *fighter) says(t testing.TB, want string) {
	t.Helper()
	until(t, "says "+want, func() bool {
		have, wanted := strings.Fields(p.Ask(t, "p")), strings.Fields(want)
		for i := range wanted {
			if wanted[i] != "_" && wanted[i] != have[i] {
				return false
			}
		}
		return true
	})
}

func one(f *freeze.Freezer) freeze.Status { return f.List()[0] }

func number(name string, at uint64, rule freeze.Rule, keep []byte) freeze.Entry {
	return freeze.Entry{Name: name, Rule: rule, Type: value.I32, Keep: keep, Address: at}
}

func TestRealFight(t *testing.T) {
	sessiontest.LeakCheck(t)
	p := startFighter(t)
	f := p.freezer(t, nil)
	p.Ask(t, "w")
	rule := freeze.Rule{Mode: freeze.Lock, Interval: freeze.LeastInterval}
	if err := f.Add(number("value", p.value, rule, i32(9))); err != nil {
		t.Fatal(err)
	}
	until(t, "written 100 times", func() bool { return one(f).Writes >= 100 })
	p.says(t, "9 _ _")
	if err := f.Disable("value"); err != nil {
		t.Fatal(err)
	}
	p.says(t, "3 _ _")
	writes := one(f).Writes
	if err := f.Enable("value"); err != nil {
		t.Fatal(err)
	}
	until(t, "written again", func() bool { return one(f).Writes > writes })
	f.Close()
	p.says(t, "3 _ _")
}

func TestRealModes(t *testing.T) {
	p := startFighter(t)
	f := p.freezer(t, nil)
	rule := freeze.Rule{Mode: freeze.UpOnly, Interval: time.Millisecond}
	if err := f.Add(number("score", p.score, rule, nil)); err != nil {
		t.Fatal(err)
	}
	until(t, "seen", func() bool { return one(f).Ready })
	for want := int32(101); want < 104; want++ {
		p.Ask(t, "u")
		until(t, "noticed", func() bool { return string(one(f).Keep) == string(i32(want)) })
		p.Ask(t, "d")
		p.says(t, fmt.Sprintf("3 3 %d", want))
	}
	if err := f.Remove("score"); err != nil {
		t.Fatal(err)
	}
	rule = freeze.Rule{Mode: freeze.Within, Low: "-5", High: "50"}
	if err := f.Add(number("score", p.score, rule, nil)); err != nil {
		t.Fatal(err)
	}
	p.says(t, "3 3 50")
	if err := f.Remove("score"); err != nil {
		t.Fatal(err)
	}
	rule = freeze.Rule{Mode: freeze.DownOnly}
	if err := f.Add(number("score", p.score, rule, i32(7))); err != nil {
		t.Fatal(err)
	}
	p.says(t, "3 3 7")
}

func TestRealPointerPath(t *testing.T) {
	p := startFighter(t)
	f := p.freezer(t, nil)
	module, err := p.session.Program()
	if err != nil {
		t.Fatal(err)
	}
	expr, err := address.Parse(fmt.Sprintf("[\"%s\"+%#x]+4", module.Name, p.pointer-module.Base))
	if err != nil {
		t.Fatal(err)
	}
	paths := freeze.NewPaths(func() address.Resolver { return address.In(p.session, nil) })
	e := number("lives", 0, freeze.Rule{Mode: freeze.Lock, Interval: time.Millisecond}, i32(9))
	e.Locate = paths.Locate(expr)
	if err := f.Add(e); err != nil {
		t.Fatal(err)
	}
	p.says(t, "_ 9 _")
	old := one(f).Address
	for range 5 {
		var next uint64
		if _, err := fmt.Sscanf(p.Ask(t, "m"), "at %v", &next); err != nil {
			t.Fatal(err)
		}
		p.says(t, "_ 9 _")
		if at := one(f).Address; at != next+4 {
			t.Errorf("it is at %#x, the freezer at %#x", next+4, at)
		}
		// What was left behind stays as the program left it.
		got := make([]byte, 4)
		if _, err := p.session.Read(got, old); err != nil || string(got) != string(i32(12345)) {
			t.Errorf("the old place holds % x, %v", got, err)
		}
		old = next + 4
	}
	p.Ask(t, "n")
	until(t, "waiting", func() bool { return !one(f).Ready })
	if s := one(f); !errors.Is(s.Err, address.ErrUnresolved) || f.Err() != nil {
		t.Errorf("null: %+v, %v", s, f.Err())
	}
	p.Ask(t, "m")
	p.says(t, "_ 9 _")
}

func TestRealExit(t *testing.T) {
	p := startFighter(t)
	told := &events{}
	f := p.freezer(t, told.add)
	if err := f.Add(number("value", p.value, freeze.Rule{Mode: freeze.Lock}, i32(9))); err != nil {
		t.Fatal(err)
	}
	p.says(t, "9 _ _")
	p.Send(t, "q")
	p.Wait(t)
	select {
	case <-f.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("it goes on")
	}
	if list := told.all(); len(list) != 1 || !errors.Is(list[0].Err, session.ErrGone) {
		t.Errorf("told %v", list)
	}
}

// processorTime returns the processor time that this process has used.
func processorTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkIdle freezes 1,000 values that nobody changes at 100 ms, for 5 s, and reports
// how much of a core that costs.
func BenchmarkIdle(b *testing.B) {
	p := startFighter(b)
	paths := freeze.NewPaths(func() address.Resolver { return address.In(p.session, nil) })
	behind := func(pointer string, i int) func(context.Context) (uint64, error) {
		at, err := address.Parse(fmt.Sprintf("[%s]+%#x", pointer, 0x4000+i*4)) // the heap beyond what the program uses
		if err != nil {
			b.Fatal(err)
		}
		return paths.Locate(at)
	}
	module, err := p.session.Program()
	if err != nil {
		b.Fatal(err)
	}
	viaModule := fmt.Sprintf("\"%s\"+%#x", module.Name, p.pointer-module.Base)
	for _, c := range []struct {
		name  string
		place func(i int, e *freeze.Entry)
	}{
		{"values side by side", func(i int, e *freeze.Entry) { e.Address = p.many + uint64(i)*4 }},
		{"values in as many pages", func(i int, e *freeze.Entry) { e.Address = p.many + uint64(i)*4096 }},
		{"pointers", func(i int, e *freeze.Entry) { e.Locate = behind(fmt.Sprintf("%#x", p.pointer), i) }},
		{"pointers in a module", func(i int, e *freeze.Entry) { e.Locate = behind(viaModule, i) }},
		{"no such place", func(i int, e *freeze.Entry) { e.Address = 16 }},
		{"one alone every 100µs", func(i int, e *freeze.Entry) {
			if e.Disabled = i > 0; i == 0 {
				e.Rule.Interval = freeze.LeastInterval
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				f := freeze.New(p.session, nil)
				var entries []freeze.Entry
				for i := range 1000 {
					e := number(strconv.Itoa(i), p.value, freeze.Rule{Mode: freeze.Lock, Interval: 100 * time.Millisecond}, nil)
					c.place(i, &e)
					entries = append(entries, e)
				}
				if err := f.Add(entries...); err != nil {
					b.Fatal(err)
				}
				time.Sleep(500 * time.Millisecond)
				before := processorTime(b)
				time.Sleep(5 * time.Second)
				b.ReportMetric(100*(processorTime(b)-before).Seconds()/5, "%core")
				f.Close()
			}
		})
	}
}

// BenchmarkFight freezes a value that the program rewrites every millisecond and
// reports how much of the time the program itself sees it as frozen, looking
// all the time for 2 s, and how much of a core that costs.
func BenchmarkFight(b *testing.B) {
	for _, how := range []string{"w", "W"} {
		for _, interval := range []time.Duration{100 * time.Microsecond, 200 * time.Microsecond, time.Millisecond} {
			b.Run(fmt.Sprintf("%s/%v", how, interval), func(b *testing.B) {
				p := startFighter(b)
				p.Ask(b, how)
				for b.Loop() {
					f := freeze.New(p.session, nil)
					if err := f.Add(number("value", p.value, freeze.Rule{Mode: freeze.Lock, Interval: interval}, i32(9))); err != nil {
						b.Fatal(err)
					}
					until(b, "written", func() bool { return one(f).Writes > 0 })
					before, writes := processorTime(b), one(f).Writes
					share, err := strconv.ParseFloat(p.Ask(b, "s9"), 64)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(share, "%frozen")
					b.ReportMetric(100*(processorTime(b)-before).Seconds()/2, "%core")
					b.ReportMetric(float64(one(f).Writes-writes)/2, "writes/s")
					f.Close()
				}
			})
		}
	}
}
