package symbol_test

import (
	"sync"
	"testing"

	"quarry/session/symbol"
)

// The lines and the tables of a process are read once and looked up by many.
func TestLinesHammer(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with("-g")...))
	program, err := p.s.Program()
	if err != nil {
		t.Fatal(err)
	}
	lines, index := symbol.NewLines(p.s), symbol.NewIndex(p.s)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				s, err := index.Find("tick")
				if err != nil || s.Addr != p.told["tick"] {
					t.Errorf("%+v, %v", s, err)
					return
				}
				line, ok, err := lines.At(program, s.Addr)
				if err != nil || !ok || line.Number == 0 {
					t.Errorf("%+v, %v, %v", line, ok, err)
					return
				}
				if _, err := index.Modules(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
