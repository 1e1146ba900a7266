package workspace

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
	"testing"

	"quarry/search"
	"quarry/session"
	"quarry/session/sessiontest"
)

// Every dump tells how far it has come: of one whole, which does not change on
// the way, always further, and at last all of it.
func TestDumpProgress(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, "../../../search/testdata/memory.c", "-O2"), "8", "random")
	start, err := strconv.ParseUint(p.Line(t), 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	r := session.Range{Start: start, End: start + 8<<20}
	scope, err := session.ParseScope("heap,stack," + r.String())
	if err != nil {
		t.Fatal(err)
	}
	w := New(nil)
	if err := w.Attach(strconv.Itoa(p.PID)); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, dir := context.Background(), t.TempDir()
	for name, dump := range map[string]func() (Dumped, error){
		"range":   func() (Dumped, error) { return w.DumpRange(ctx, r, filepath.Join(dir, "range"), false) },
		"stream":  func() (Dumped, error) { return w.DumpTo(ctx, r, io.Discard) },
		"regions": func() (Dumped, error) { return w.DumpRegions(ctx, scope, filepath.Join(dir, "regions"), false) },
		"core":    func() (Dumped, error) { return w.DumpCore(ctx, filepath.Join(dir, "core"), false) },
	} {
		var told []search.Progress
		w.Progress = func(p search.Progress) { told = append(told, p) }
		d, err := dump()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(told) < 8 {
			t.Fatalf("%s: told only %v", name, told)
		}
		for i, p := range told {
			if p.Total != told[0].Total || i > 0 && p.Done <= told[i-1].Done {
				t.Errorf("%s: %+v after %+v", name, p, told[max(i-1, 0)])
			}
		}
		if last := told[len(told)-1]; last.Done != last.Total || last.Total < d.Bytes || name == "regions" && last.Total != d.Size {
			t.Errorf("%s: ends with %+v of %d bytes", name, last, d.Size)
		}
	}
}
