package workspace

import (
	"context"
	"strings"
	"testing"

	"quarry/session"
	"quarry/session/disasm"
)

// A reference means what it does by one look at the memory map: names, symbols
// and the entries it leads over cannot come from two maps that differ.
func TestReferencesReadTheMapOnce(t *testing.T) {
	w, _, _ := attached(t)
	label(t, w, "first") // finds out, once, what the program is
	ctx := t.Context()
	reads := 0
	w.Explain(func(c session.Call) {
		if strings.HasSuffix(c.Path, "/maps") {
			reads++
		}
	})
	for _, tt := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"an expression", func(ctx context.Context) error { _, _, err := w.Place(ctx, "&lives+4"); return err }},
		{"several words", func(ctx context.Context) error {
			_, err := w.Read(ctx, "&lives,&mana,first", ReadOptions{})
			return err
		}},
		{"code", func(ctx context.Context) error { _, err := w.Disassemble(ctx, "main", 0, disasm.Intel); return err }},
		{"a new entry", func(ctx context.Context) error {
			_, err := w.Label(ctx, "first+4", "second", LabelOptions{})
			return err
		}},
		{"another name", func(ctx context.Context) error { _, err := w.Label(ctx, "first", "third", LabelOptions{}); return err }},
		{"a name no more", func(context.Context) error { return w.Unlabel(w.EntryNames()) }},
	} {
		reads = 0
		if err := tt.do(ctx); err != nil || reads != 1 {
			t.Errorf("%s: the map is read %d times, want once; %v", tt.name, reads, err)
		}
	}
}
