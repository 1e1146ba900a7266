package freeze_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"quarry/patch/freeze"
	"quarry/search/value"
)

// i32At is an entry for a number.
func i32At(name string, addr uint64, keep int32) freeze.Entry {
	return freeze.Entry{Name: name, Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.I32, Keep: i32(keep), Address: addr}
}

// moving is an entry for a number whose place changes.
func moving(name string, addr *atomic.Uint64, keep int32) freeze.Entry {
	e := i32At(name, 0, keep)
	e.Locate = func(context.Context) (uint64, error) { return addr.Load(), nil }
	return e
}

// Of two values at one place one is kept, the other is waited for, and told once.
func TestOverlapIsNoFight(t *testing.T) {
	for name, entries := range map[string][]freeze.Entry{
		"the same place":   {i32At("lives", base, 1), i32At("mana", base, 2)},
		"a part":           {i32At("lives", base, 1), i32At("mana", base+3, 2)},
		"before":           {i32At("lives", base+2, 1), i32At("mana", base, 2)},
		"one within":       {i32At("lives", base, 1), {Name: "mana", Rule: freeze.Rule{Mode: freeze.Lock}, Type: value.U8, Keep: []byte{9}, Address: base + 1}},
		"another interval": {i32At("lives", base, 1), {Name: "mana", Rule: freeze.Rule{Mode: freeze.Lock, Interval: time.Second}, Type: value.I32, Keep: i32(2), Address: base + 2}},
	} {
		t.Run(name, func(t *testing.T) {
			p := fake()
			inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
				add(t, f, entries...)
				tick(2 * time.Second)
				holds(t, p, f, entries[0].Address, i32(1), 1)
				var overlap *freeze.OverlapError
				s := status(t, f, "mana")
				if !errors.As(s.Err, &overlap) || overlap.Name != "lives" || s.Ready || s.Writes != 0 {
					t.Errorf("mana is %+v", s)
				}
				if all := told.all(); len(all) != 1 || all[0].Name != "mana" || !errors.Is(all[0].Err, freeze.ErrEntry) {
					t.Errorf("told %v", all)
				}
				if err := f.Disable("lives"); err != nil {
					t.Fatal(err)
				}
				tick(2 * time.Second)
				if s := status(t, f, "mana"); !s.Ready || s.Writes != 1 {
					t.Errorf("once lives is let go mana is %+v", s)
				}
				if err := f.Enable("lives"); err != nil {
					t.Fatal(err)
				}
				tick(2 * time.Second)
				if s := status(t, f, "lives"); s.Ready || !errors.As(s.Err, &overlap) || overlap.Name != "mana" {
					t.Errorf("lives comes second now, and is %+v", s)
				}
			})
		})
	}
}

// Values that touch and do not overlap are all kept.
func TestNeighboursAreKept(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		add(t, f, i32At("lives", base+4, 1), i32At("before", base, 2), i32At("behind", base+8, 3))
		for _, s := range f.List() {
			if !s.Ready {
				t.Errorf("%+v", s)
			}
		}
		if all := told.all(); len(all) != 0 {
			t.Errorf("told %v", all)
		}
	})
}

// A pointer that comes to lead to where a value is kept leaves that alone, and is
// followed again once it leads elsewhere.
func TestMovedOntoAnother(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		var at atomic.Uint64
		at.Store(base + 64)
		add(t, f, moving("mana", &at, 2), i32At("lives", base, 1))
		at.Store(base + 2)
		tick(time.Second)
		holds(t, p, f, base, i32(1), 1)
		if s := status(t, f, "mana"); s.Ready || s.Writes != 1 {
			t.Errorf("mana is %+v", s)
		}
		if all := told.all(); len(all) != 1 || all[0].Name != "mana" {
			t.Errorf("told %v", all)
		}
		p.Poke(base+64, i32(7))
		at.Store(base + 64)
		tick(time.Second)
		if s := status(t, f, "mana"); !s.Ready || s.Writes != 2 {
			t.Errorf("mana is %+v", s)
		}
	})
}

// Two pointers that lead to one place for a while do not take turns.
func TestMovedOntoEachOther(t *testing.T) {
	p := fake()
	inBubble(t, p, func(t *testing.T, f *freeze.Freezer, told *events) {
		var a, b atomic.Uint64
		a.Store(base)
		b.Store(base + 64)
		add(t, f, moving("lives", &a, 1), moving("mana", &b, 2))
		b.Store(base)
		tick(time.Second)
		holds(t, p, f, base, i32(1), 1)
		if all := told.all(); len(all) != 1 || all[0].Name != "mana" {
			t.Errorf("told %v", all)
		}
		a.Store(base + 64)
		tick(time.Second)
		if p := p.Peek(base, 1)[0]; p != 2 {
			t.Errorf("mana is at base alone, which holds %d", p)
		}
	})
}
