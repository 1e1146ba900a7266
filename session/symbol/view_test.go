package symbol_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/symbol"
)

// A view answers as its index does, and does not look at the process's memory map.
func TestView(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with("-pie", "-fPIE")...))
	regions, modules, err := p.s.Map()
	if err != nil {
		t.Fatal(err)
	}
	known, err := p.x.Modules()
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	p.s.Explain(func(c session.Call) {
		if strings.HasSuffix(c.Path, "/maps") {
			reads++
		}
	})
	v := p.x.View(regions, modules)
	if diff := cmp.Diff(known, v.Modules()); diff != "" {
		t.Errorf("modules (-index +view):\n%s", diff)
	}
	for _, name := range []string{"counter", "hidden", "names:tick"} {
		found, err := v.Find(name)
		if _, plain, in := strings.Cut(name, ":"); err != nil || found.Addr != p.told[name] && (!in || found.Addr != p.told[plain]) {
			t.Errorf("Find(%s) = %+v, %v", name, found, err)
		}
		at, offset, ok, err := v.At(found.Addr + 1)
		if err != nil || !ok || offset != 1 || at.Addr != found.Addr {
			t.Errorf("At(%s+1) = %+v+%d, %v, %v", name, at, offset, ok, err)
		}
	}
	if _, err := v.Find("nowhere"); !errors.Is(err, symbol.ErrNotFound) {
		t.Errorf("Find(nowhere): %v", err)
	}
	if reads > 0 {
		t.Errorf("the map was read %d times", reads)
	}
}
