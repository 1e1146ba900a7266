package freeze_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"quarry/patch/freeze"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

const base = 0x10000

// fake returns a process with a page of zeros at base.
func fake() *sessiontest.Fake {
	return sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: base, End: base + 4096}}})
}

// i32 and f32 encode numbers as the fake stores them.
func i32(v int32) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

func f32(v float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) }

// events collects what a freezer tells.
type events struct {
	mu   sync.Mutex
	list []freeze.Event
}

func (e *events) add(event freeze.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, event)
}

func (e *events) all() []freeze.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.list)
}

// inBubble runs a test with a freezer in a bubble of its own time.
func inBubble(t *testing.T, p *sessiontest.Fake, test func(t *testing.T, f *freeze.Freezer, told *events)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		told := &events{}
		f := freeze.Start(p, told.add, time.Sleep)
		defer f.Close()
		test(t, f, told)
	})
}

// tick lets time pass, and everything that is to happen in it.
func tick(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func add(t *testing.T, f *freeze.Freezer, entries ...freeze.Entry) {
	t.Helper()
	if err := f.Add(entries...); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// lives is an entry for the number at base.
func lives(mode freeze.Mode, keep []byte) freeze.Entry {
	return freeze.Entry{Name: "lives", Rule: freeze.Rule{Mode: mode}, Type: value.I32, Keep: keep, Address: base}
}

func status(t *testing.T, f *freeze.Freezer, name string) freeze.Status {
	t.Helper()
	for _, s := range f.List() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("%q is not listed", name)
	return freeze.Status{}
}

// holds checks what is at an address, and how often the entry was written.
func holds(t *testing.T, p *sessiontest.Fake, f *freeze.Freezer, addr uint64, want []byte, writes int) {
	t.Helper()
	if got := p.Peek(addr, len(want)); !slices.Equal(got, want) {
		t.Errorf("%#x holds % x, want % x", addr, got, want)
	}
	if got := status(t, f, "lives").Writes; got != writes {
		t.Errorf("written %d times, want %d", got, writes)
	}
}

// Each mode, by what the program writes and what is there a look later.
func TestModes(t *testing.T) {
	type step struct{ program, after []byte }
	nan, inf := f32(float32(math.NaN())), f32(float32(math.Inf(1)))
	form := func(text string) value.Form {
		f, err := value.ParseForm(text)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	within := func(low, high string) freeze.Rule { return freeze.Rule{Mode: freeze.Within, Low: low, High: high} }
	up, down := freeze.Rule{Mode: freeze.UpOnly}, freeze.Rule{Mode: freeze.DownOnly}
	for name, c := range map[string]struct {
		entry freeze.Entry
		begin []byte // what is there first
		steps []step
	}{
		"lock what is there": {
			freeze.Entry{Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.I32}, i32(3),
			[]step{{i32(3), i32(3)}, {i32(2), i32(3)}, {i32(4), i32(3)}},
		},
		"lock a value": {
			freeze.Entry{Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.I32, Keep: i32(9)}, i32(3),
			[]step{{i32(3), i32(9)}, {i32(9), i32(9)}},
		},
		"lock text": {
			freeze.Entry{Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.String, Keep: []byte("name")}, []byte("here"),
			[]step{{[]byte("nape"), []byte("name")}},
		},
		"lock bytes of a width": {
			freeze.Entry{Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.Bytes, Width: 3}, []byte{1, 2, 3},
			[]step{{[]byte{1, 9, 3, 4}, []byte{1, 2, 3, 4}}},
		},
		"lock digits": {
			freeze.Entry{Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.I32, Form: value.TextForm, Keep: []byte("99")}, []byte("03"),
			[]step{{[]byte("98"), []byte("99")}},
		},
		"lock a NaN away": {
			freeze.Entry{Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.F32}, f32(1),
			[]step{{nan, f32(1)}, {f32(0), f32(1)}},
		},
		"up": {
			freeze.Entry{Rule: up, Type: value.I32}, i32(-5),
			[]step{{i32(-6), i32(-5)}, {i32(-4), i32(-4)}, {i32(7), i32(7)}, {i32(-5), i32(7)}},
		},
		"up from a value, whatever is there": {
			freeze.Entry{Rule: up, Type: value.I32, Keep: i32(3)}, i32(5),
			[]step{{i32(3), i32(3)}, {i32(2), i32(3)}, {i32(4), i32(4)}},
		},
		"up unsigned": {
			freeze.Entry{Rule: up, Type: value.U32}, i32(7),
			[]step{{i32(-1), i32(-1)}, {i32(7), i32(-1)}},
		},
		"up, 2^53 and one more": {
			freeze.Entry{Rule: up, Type: value.I64}, binary.LittleEndian.AppendUint64(nil, 1<<53+1),
			[]step{{binary.LittleEndian.AppendUint64(nil, 1<<53), binary.LittleEndian.AppendUint64(nil, 1<<53+1)}},
		},
		"up big-endian": {
			freeze.Entry{Rule: up, Type: value.U16, Order: binary.BigEndian}, []byte{1, 0},
			[]step{{[]byte{0, 9}, []byte{1, 0}}, {[]byte{1, 1}, []byte{1, 1}}},
		},
		"up floats": {
			freeze.Entry{Rule: up, Type: value.F32}, f32(-1),
			[]step{{f32(-2), f32(-1)}, {nan, f32(-1)}, {f32(-0.5), f32(-0.5)}, {inf, inf}, {f32(1), inf}},
		},
		"up, where the stored number falls": {
			freeze.Entry{Rule: up, Type: value.I32, Form: form("100-v")}, i32(90), // 10
			[]step{{i32(91), i32(90)}, {i32(89), i32(89)}},
		},
		"up, with inverted bits": {
			freeze.Entry{Rule: up, Type: value.I32, Form: form("v^0xff")}, i32(0xff ^ 10),
			[]step{{i32(0xff ^ 9), i32(0xff ^ 10)}, {i32(0xff ^ 11), i32(0xff ^ 11)}},
		},
		"up, tagged: a pointer is no number": {
			freeze.Entry{Rule: up, Type: value.I32, Form: form("2v+1")}, i32(2*5 + 1),
			[]step{{i32(1000), i32(2*5 + 1)}, {i32(2*6 + 1), i32(2*6 + 1)}},
		},
		"down": {
			freeze.Entry{Rule: down, Type: value.I8}, []byte{5},
			[]step{{[]byte{6}, []byte{5}}, {[]byte{0xff}, []byte{0xff}}, {[]byte{0}, []byte{0xff}}},
		},
		"range": {
			freeze.Entry{Rule: within("-5", "5"), Type: value.I32}, i32(9),
			[]step{{nil, i32(5)}, {i32(-5), i32(-5)}, {i32(-6), i32(-5)}, {i32(3), i32(3)}, {i32(1000), i32(5)}},
		},
		"range of floats": {
			freeze.Entry{Rule: within("0.5", "1.5"), Type: value.F32}, f32(1),
			[]step{{f32(1.25), f32(1.25)}, {nan, f32(1.25)}, {f32(-1), f32(0.5)}, {inf, f32(1.5)}},
		},
		"range that begins with no number": {
			freeze.Entry{Rule: within("2", "3"), Type: value.F32}, nan,
			[]step{{nil, f32(2)}},
		},
		"range, where the stored number falls": {
			freeze.Entry{Rule: within("1", "5"), Type: value.I32, Form: form("-v")}, i32(-9),
			[]step{{nil, i32(-5)}, {i32(0), i32(-1)}},
		},
		"both zeros are one": {
			freeze.Entry{Rule: up, Type: value.F32}, f32(0),
			[]step{{f32(float32(math.Copysign(0, -1))), f32(float32(math.Copysign(0, -1)))}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := fake()
			p.Poke(base, c.begin)
			inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
				c.entry.Name, c.entry.Address = "lives", base
				add(t, f, c.entry)
				for i, s := range c.steps {
					p.Poke(base, s.program)
					tick(freeze.DefaultInterval)
					if got := p.Peek(base, len(s.after)); !slices.Equal(got, s.after) {
						t.Errorf("step %d: % x, want % x", i+1, got, s.after)
					}
				}
				if s := status(t, f, "lives"); !s.Ready || s.Err != nil || s.Rule.Interval != freeze.DefaultInterval {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestUndisturbedIsNeverWritten(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, lives(freeze.Lock, nil))
		tick(10 * time.Second)
		if p.Writes() != 0 {
			t.Errorf("%d writes", p.Writes())
		}
		if p.Gathers() < 200 || p.Gathers() > 212 {
			t.Errorf("%d looks in 10 s", p.Gathers())
		}
		p.Poke(base, i32(8))
		tick(time.Second)
		holds(t, p, f, base, i32(0), 1)
	})
}

// Entries of one interval and width are read in one call.
func TestOneGatherForAll(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		var entries []freeze.Entry
		for i := range 300 {
			e := lives(freeze.Lock, nil)
			e.Name, e.Address = fmt.Sprint(i), base+uint64(300-i)*4
			if i%3 == 0 {
				e.Type = value.I16
			}
			entries = append(entries, e)
		}
		add(t, f, entries...)
		before := p.Gathers()
		tick(10 * freeze.DefaultInterval)
		if n := p.Gathers() - before; n != 20 {
			t.Errorf("%d calls for 10 looks at two widths", n)
		}
		if p.Reads() != 0 || p.Writes() != 0 {
			t.Errorf("%d reads, %d writes", p.Reads(), p.Writes())
		}
	})
}

func TestIntervals(t *testing.T) {
	p := fake()
	var looks [4]atomic.Int64
	p.OnRead = func(addr uint64, _ int) { looks[(addr-base)/8].Add(1) }
	forget := func() {
		for i := range looks {
			looks[i].Store(0)
		}
	}
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		for i, interval := range []time.Duration{100 * time.Microsecond, 5 * time.Millisecond, 0, time.Minute} {
			e := lives(freeze.Lock, nil)
			e.Name, e.Address, e.Rule.Interval = fmt.Sprint(i), base+uint64(i)*8, interval
			add(t, f, e)
		}
		forget()
		tick(time.Second)
		for i, want := range []int64{10000, 200, 20, 0} {
			if got := looks[i].Load(); got < want-1 || got > want+1 {
				t.Errorf("entry %d: %d looks, want %d", i, got, want)
			}
		}
		// A value that fights back is looked at four times as often, for a while.
		p.Poke(base, i32(1))
		tick(time.Millisecond)
		forget()
		tick(50 * time.Millisecond)
		if got := looks[0].Load(); got < 2000 {
			t.Errorf("%d looks in a fight", got)
		}
		tick(time.Second)
		forget()
		tick(50 * time.Millisecond)
		if got := looks[0].Load(); got > 501 {
			t.Errorf("%d looks after a fight", got)
		}
	})
}

func TestSetDisableEnableRemove(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, lives(freeze.UpOnly, i32(5)))
		other := lives(freeze.Lock, nil)
		other.Name, other.Address, other.Rule.Interval, other.Disabled = "other", base+8, time.Hour, true
		add(t, f, other)
		holds(t, p, f, base, i32(5), 1)
		p.Poke(base, i32(8))
		tick(time.Second)
		if err := f.Disable("lives"); err != nil {
			t.Fatal(err)
		}
		p.Poke(base, i32(2))
		tick(time.Second)
		holds(t, p, f, base, i32(2), 1)
		if s := status(t, f, "lives"); s.Enabled || s.Ready || s.Address != base || !slices.Equal(s.Keep, i32(8)) {
			t.Errorf("disabled: %+v", s)
		}
		if err := f.Enable("lives"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		holds(t, p, f, base, i32(8), 2)
		// A new value is written although the rule would not.
		if err := f.Set("lives", i32(1)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		holds(t, p, f, base, i32(1), 3)

		// What is disabled is set when it is enabled, at once in spite of its hour.
		if err := f.Set("other", i32(4)); err != nil {
			t.Fatal(err)
		}
		tick(2 * time.Hour)
		if got := p.Peek(base+8, 4); !slices.Equal(got, i32(0)) {
			t.Errorf("disabled, and written % x", got)
		}
		if err := f.Enable("other"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := p.Peek(base+8, 4); !slices.Equal(got, i32(4)) {
			t.Errorf("enabled, and % x", got)
		}

		if err := f.Remove("lives"); err != nil {
			t.Fatal(err)
		}
		writes := p.Writes()
		p.Poke(base, i32(0))
		tick(time.Second)
		if p.Writes() != writes || len(f.List()) != 1 {
			t.Errorf("%d writes after removal, list %+v", p.Writes()-writes, f.List())
		}
		for _, err := range []error{f.Remove("lives"), f.Enable("lives"), f.Disable("lives"), f.Set("lives", i32(1))} {
			if !errors.Is(err, freeze.ErrName) {
				t.Errorf("error %v", err)
			}
		}
		add(t, f, lives(freeze.Lock, i32(3)))
		holds(t, p, f, base, i32(3), 1)
	})
}

func TestRefused(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, lives(freeze.Lock, nil))
		ranged := func(low, high string) freeze.Rule { return freeze.Rule{Mode: freeze.Within, Low: low, High: high} }
		linear, err := value.ParseForm("2v")
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			change func(e *freeze.Entry)
			is     error
			text   string
		}{
			"the name is taken": {func(e *freeze.Entry) { e.Name = "lives" }, freeze.ErrEntry, "frozen already"},
			"off":               {func(e *freeze.Entry) { e.Rule.Mode = freeze.Off }, freeze.ErrRule, "off"},
			"no mode":           {func(e *freeze.Entry) { e.Rule.Mode = 99 }, freeze.ErrRule, "off"},
			"too often":         {func(e *freeze.Entry) { e.Rule.Interval = 99 * time.Microsecond }, freeze.ErrRule, "99µs is less than 100µs"},
			"backwards":         {func(e *freeze.Entry) { e.Rule.Interval = -1 }, freeze.ErrRule, "less than"},
			"no type":           {func(e *freeze.Entry) { e.Type = value.Invalid }, value.ErrType, "invalid"},
			"any type":          {func(e *freeze.Entry) { e.Type = value.Any }, value.ErrType, "any"},
			"text that rises":   {func(e *freeze.Entry) { e.Type, e.Rule.Mode, e.Keep = value.String, freeze.UpOnly, []byte("x") }, freeze.ErrRule, "up-only is for numbers"},
			"digits that rise":  {func(e *freeze.Entry) { e.Form, e.Rule.Mode, e.Keep = value.TextForm, freeze.UpOnly, []byte("1") }, freeze.ErrRule, "for numbers"},
			"a form of text":    {func(e *freeze.Entry) { e.Type, e.Form, e.Keep = value.String, linear, []byte("x") }, value.ErrSyntax, "2v"},
			"no width":          {func(e *freeze.Entry) { e.Type = value.Bytes }, freeze.ErrEntry, "0 bytes"},
			"too wide":          {func(e *freeze.Entry) { e.Type, e.Width = value.Bytes, 1<<16+1 }, freeze.ErrEntry, "65537 bytes"},
			"another width":     {func(e *freeze.Entry) { e.Width = 8 }, freeze.ErrEntry, "4 bytes, not 8"},
			"another value":     {func(e *freeze.Entry) { e.Keep = []byte{1} }, freeze.ErrEntry, "has 1 bytes, the place 4"},
			"upside down":       {func(e *freeze.Entry) { e.Rule = ranged("5", "1") }, freeze.ErrRule, "5..1"},
			"not a number":      {func(e *freeze.Entry) { e.Rule = ranged("a", "1") }, value.ErrSyntax, `"a"`},
			"too great":         {func(e *freeze.Entry) { e.Rule = ranged("1", "5000000000") }, value.ErrRange, "5000000000"},
			"outside":           {func(e *freeze.Entry) { e.Rule, e.Keep = ranged("1", "5"), i32(6) }, freeze.ErrEntry, "6 is not within 1..5"},
			"NaN": {func(e *freeze.Entry) {
				e.Type, e.Rule.Mode, e.Keep = value.F32, freeze.UpOnly, f32(float32(math.NaN()))
			}, freeze.ErrEntry, "no number"},
		} {
			e := lives(freeze.Lock, nil)
			e.Name = "new"
			c.change(&e)
			good := lives(freeze.Lock, nil)
			good.Name = "good"
			err := f.Add(good, e)
			if !errors.Is(err, freeze.ErrEntry) || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v", name, err)
			}
			if len(f.List()) != 1 {
				t.Errorf("%s: %+v", name, f.List())
			}
		}
		if err := f.Set("lives", []byte{1}); !errors.Is(err, freeze.ErrEntry) {
			t.Errorf("a value too short: %v", err)
		}
		good := lives(freeze.Lock, nil)
		good.Name = "good"
		if err := f.Add(good, good); !errors.Is(err, freeze.ErrEntry) || len(f.List()) != 1 {
			t.Errorf("twice: %v", err)
		}
		add(t, f, good)
	})
}

// pointerEntry follows [base+0x100]+4.
func pointerEntry(t *testing.T, p session.Target, mode freeze.Mode, keep []byte) freeze.Entry {
	t.Helper()
	expr, err := address.Parse("[game+0x100]+4")
	if err != nil {
		t.Fatal(err)
	}
	e := lives(mode, keep)
	e.Locate = freeze.NewPaths(func() address.Resolver { return address.In(p, nil) }).Locate(expr)
	return e
}

func word(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

func TestPointerPaths(t *testing.T) {
	p := fake()
	p.SetModules(session.Module{Name: "game", Base: base, End: base + 4096})
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, pointerEntry(t, p, freeze.Lock, i32(9)))
		if s := status(t, f, "lives"); s.Ready || !errors.Is(s.Err, address.ErrUnresolved) {
			t.Errorf("in the menu: %+v", s)
		}
		p.Poke(base+0x100, word(base+0x200))
		tick(time.Second)
		holds(t, p, f, base+0x204, i32(9), 1)
		if s := status(t, f, "lives"); !s.Ready || s.Err != nil || s.Address != base+0x204 {
			t.Errorf("found: %+v", s)
		}

		// It moves; the old place is used for something else.
		p.Poke(base+0x100, word(base+0x300))
		p.Poke(base+0x204, i32(1234))
		tick(freeze.DefaultInterval)
		holds(t, p, f, base+0x304, i32(9), 2)
		holds(t, p, f, base+0x204, i32(1234), 2)

		// It moves, and nothing changes where it was.
		p.Poke(base+0x100, word(base+0x400))
		tick(time.Second)
		holds(t, p, f, base+0x404, i32(9), 3)
		holds(t, p, f, base+0x304, i32(9), 3)

		// Back to the menu; what is left of the object changes.
		p.Poke(base+0x100, word(0))
		p.Poke(base+0x404, i32(77))
		tick(time.Second)
		holds(t, p, f, base+0x404, i32(77), 3)
		if s := status(t, f, "lives"); s.Ready || s.Address != base+0x404 || s.Err == nil {
			t.Errorf("back in the menu: %+v", s)
		}
		p.Poke(base+0x100, word(0x666000)) // nothing is mapped there
		tick(time.Second)
		if s := status(t, f, "lives"); s.Ready || !errors.Is(s.Err, session.ErrUnreadable) {
			t.Errorf("astray: %+v", s)
		}
		p.Poke(base+0x100, word(base+0x200))
		p.Poke(base+0x204, i32(5))
		tick(time.Second)
		holds(t, p, f, base+0x204, i32(9), 4)
		if len(told.all()) != 0 {
			t.Errorf("told %v", told.all())
		}
	})
}

// What is found where the path led a moment ago is not taken for a new highest
// value.
func TestPointerPathsAndTheHighest(t *testing.T) {
	p := fake()
	p.SetModules(session.Module{Name: "game", Base: base, End: base + 4096})
	p.Poke(base+0x100, word(base+0x200))
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, pointerEntry(t, p, freeze.UpOnly, nil))
		p.Poke(base+0x100, word(base+0x300))
		p.Poke(base+0x204, i32(1e6))
		p.Poke(base+0x304, i32(12))
		tick(time.Second)
		holds(t, p, f, base+0x304, i32(12), 0)
		p.Poke(base+0x304, i32(11))
		tick(time.Second)
		holds(t, p, f, base+0x304, i32(12), 1)
	})
}

func TestUnreadableIsWaitedFor(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		e := lives(freeze.Lock, i32(7))
		e.Address = 0x90000
		add(t, f, e)
		before := p.Gathers()
		tick(10 * time.Second)
		if s := status(t, f, "lives"); s.Ready || !errors.Is(s.Err, session.ErrUnreadable) {
			t.Errorf("unmapped: %+v", s)
		}
		if n := p.Gathers() - before; n > 50 {
			t.Errorf("%d looks at nothing in 10 s", n)
		}
		p.Add(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x90000, End: 0x91000}}})
		tick(time.Second)
		holds(t, p, f, 0x90000, i32(7), 1)
		p.Unmap(session.Range{Start: 0x90000, End: 0x91000})
		tick(time.Second)
		if s := status(t, f, "lives"); s.Ready || s.Writes != 1 {
			t.Errorf("unmapped again: %+v", s)
		}
	})
}

func TestUnwritableIsToldOnce(t *testing.T) {
	p := fake()
	p.WriteProtect(session.Range{Start: base, End: base + 4})
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, lives(freeze.Lock, i32(7)))
		tick(10 * time.Second)
		if s := status(t, f, "lives"); s.Ready || !errors.Is(s.Err, session.ErrUnwritable) || s.Writes != 0 {
			t.Errorf("status %+v", s)
		}
		if list := told.all(); len(list) != 1 || list[0].Name != "lives" || !errors.Is(list[0].Err, session.ErrUnwritable) {
			t.Errorf("told %v", list)
		}
		if p.Writes() > 50 {
			t.Errorf("%d attempts in 10 s", p.Writes())
		}
	})
}

// The end of the process is told once, whatever the freezer was doing.
func TestGone(t *testing.T) {
	for name, entry := range map[string]func(t *testing.T, p *sessiontest.Fake) []freeze.Entry{
		"nothing frozen": func(*testing.T, *sessiontest.Fake) []freeze.Entry { return nil },
		"disabled": func(*testing.T, *sessiontest.Fake) []freeze.Entry {
			e := lives(freeze.Lock, nil)
			e.Disabled = true
			return []freeze.Entry{e}
		},
		"an address": func(*testing.T, *sessiontest.Fake) []freeze.Entry { return []freeze.Entry{lives(freeze.Lock, nil)} },
		"a path": func(t *testing.T, p *sessiontest.Fake) []freeze.Entry {
			return []freeze.Entry{pointerEntry(t, p, freeze.Lock, nil)}
		},
		"seldom": func(*testing.T, *sessiontest.Fake) []freeze.Entry {
			e := lives(freeze.Lock, nil)
			e.Rule.Interval = time.Hour
			return []freeze.Entry{e}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := fake()
			inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
				add(t, f, entry(t, p)...)
				tick(time.Second)
				if f.Err() != nil {
					t.Fatal(f.Err())
				}
				p.Gone()
				<-f.Done()
				if list := told.all(); len(list) != 1 || list[0].Name != "" || !errors.Is(list[0].Err, session.ErrGone) {
					t.Errorf("told %v", list)
				}
				if !errors.Is(f.Err(), session.ErrGone) || !errors.Is(f.Add(lives(freeze.Lock, nil)), session.ErrGone) {
					t.Errorf("error %v", f.Err())
				}
				for _, s := range f.List() {
					if s.Ready || s.Enabled && !errors.Is(s.Err, session.ErrGone) {
						t.Errorf("status %+v", s)
					}
				}
				gathers := p.Gathers()
				f.Close()
				tick(time.Minute)
				if len(told.all()) != 1 || p.Gathers() != gathers {
					t.Error("it goes on")
				}
			})
		})
	}
}

func TestGoneWhileWriting(t *testing.T) {
	p := fake()
	p.OnWrite = func(uint64, int) { p.Gone() }
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, lives(freeze.Lock, i32(1)))
		<-f.Done()
		if list := told.all(); len(list) != 1 || !errors.Is(list[0].Err, session.ErrGone) {
			t.Errorf("told %v", list)
		}
	})
}

func TestClose(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		e := lives(freeze.Lock, i32(1))
		e.Locate = func(ctx context.Context) (uint64, error) { // a place that is long in finding
			<-ctx.Done()
			return 0, ctx.Err()
		}
		add(t, f, e)
		f.Close()
		f.Close()
		if !errors.Is(f.Err(), freeze.ErrClosed) || !errors.Is(f.Add(e), freeze.ErrClosed) || len(told.all()) != 0 {
			t.Errorf("error %v, told %v", f.Err(), told.all())
		}
		if len(f.List()) != 1 || p.Writes() != 0 {
			t.Errorf("list %+v, %d writes", f.List(), p.Writes())
		}
	})
}

// What notify does must not deadlock.
func TestNotifyMayAct(t *testing.T) {
	p := fake()
	p.WriteProtect(session.Range{Start: base, End: base + 4})
	synctest.Test(t, func(t *testing.T) {
		var f *freeze.Freezer
		ready := make(chan struct{})
		f = freeze.Start(p, func(e freeze.Event) {
			<-ready
			if e.Name != "" {
				if err := f.Remove(e.Name); err != nil {
					t.Error(err)
				}
			}
			f.List()
		}, time.Sleep)
		close(ready)
		add(t, f, lives(freeze.Lock, i32(1)))
		if len(f.List()) != 0 {
			t.Error("not removed")
		}
		f.Close()
	})
}

// Once Disable, Remove or Close have returned, nothing is written, while others
// do all there is to do at once.
func TestHammer(t *testing.T) {
	p := fake()
	f := freeze.New(p, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name, addr := fmt.Sprint(i), base+uint64(i)*8
			e := lives(freeze.Lock, i32(1))
			e.Name, e.Address, e.Rule.Interval = name, addr, time.Duration(1+i%2)*100*time.Microsecond
			off := func() { // nothing may be written now
				p.Poke(addr, i32(77))
				time.Sleep(time.Millisecond)
				if got := p.Peek(addr, 4); !slices.Equal(got, i32(77)) {
					t.Errorf("%s: written to % x", name, got)
				}
			}
			for range 30 {
				if err := f.Add(e); err != nil {
					t.Error(err)
				}
				f.List()
				if err := errors.Join(f.Disable(name), f.Set(name, i32(2))); err != nil {
					t.Error(err)
				}
				off()
				if err := errors.Join(f.Enable(name), f.Remove(name)); err != nil {
					t.Error(err)
				}
				off()
			}
			if err := f.Add(e); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f.Close()
	writes := p.Writes()
	p.Poke(base, i32(77))
	time.Sleep(5 * time.Millisecond)
	if p.Writes() != writes {
		t.Error("written after Close")
	}
}

func FuzzRank(f *testing.F) {
	for _, bits := range []uint64{0, 1, 1 << 63, math.Float64bits(-1.5), math.Float64bits(math.Inf(1)), ^uint64(0)} {
		f.Add(bits, bits>>1)
	}
	rank := func(t *testing.T, typ value.Type, bits uint64) (uint64, bool) {
		e := freeze.Entry{Rule: freeze.Rule{Mode: freeze.UpOnly}, Type: typ, Order: binary.LittleEndian}
		r, ok, err := freeze.Rank(e, binary.LittleEndian.AppendUint64(nil, bits))
		if err != nil {
			t.Fatal(err)
		}
		return r, ok
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		for _, typ := range value.Numbers() {
			ra, oka := rank(t, typ, a)
			rb, okb := rank(t, typ, b)
			var less, both bool
			bitsA, bitsB := a&(math.MaxUint64>>(64-typ.Bits())), b&(math.MaxUint64>>(64-typ.Bits()))
			switch {
			case typ.Float():
				fa, fb := value.Float(typ, bitsA), value.Float(typ, bitsB)
				less, both = fa < fb, !math.IsNaN(fa) && !math.IsNaN(fb)
			case typ.Signed():
				less, both = value.Signed(typ, bitsA) < value.Signed(typ, bitsB), true
			default:
				less, both = bitsA < bitsB, true
			}
			if both != (oka && okb) || both && less != (ra < rb) {
				t.Errorf("%s: %#x and %#x rank as %#x and %#x, %v %v", typ, bitsA, bitsB, ra, rb, oka, okb)
			}
		}
	})
}

// A pointer that comes to lead where nothing may be written is waited for, told
// of once, and followed again when it leads elsewhere.
func TestAllow(t *testing.T) {
	p := fake()
	var at atomic.Uint64
	at.Store(base)
	refused := errors.New("a file")
	var asked []uint64
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, freeze.Entry{
			Name: "lives", Type: value.I32, Keep: i32(9), Rule: freeze.Rule{Mode: freeze.Lock},
			Locate: func(context.Context) (uint64, error) { return at.Load(), nil },
			Allow: func(place session.Range) error {
				if asked = append(asked, place.Start); place.Start == base+16 {
					return refused
				}
				return nil
			},
		})
		tick(2 * time.Second)
		if got := p.Peek(base, 4); !slices.Equal(got, i32(9)) || len(asked) != 1 {
			t.Errorf("at first: %v, asked of %x", got, asked)
		}
		at.Store(base + 16)
		tick(2 * time.Second)
		if got := p.Peek(base+16, 4); !slices.Equal(got, i32(0)) {
			t.Errorf("written where it may not be: %v", got)
		}
		if all := told.all(); len(all) != 1 || all[0].Name != "lives" || all[0].Err != refused {
			t.Errorf("told %v", all)
		}
		if s := f.List()[0]; s.Ready || s.Err != refused {
			t.Errorf("status: %+v", s)
		}
		at.Store(base + 32)
		tick(2 * time.Second)
		if got := p.Peek(base+32, 4); !slices.Equal(got, i32(9)) {
			t.Errorf("elsewhere: %v", got)
		}
	})
}
