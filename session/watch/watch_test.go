package watch_test

import (
	"fmt"
	"os"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/watch"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

func TestThin(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/target.c", "-pthread"), "global")
	var addr uint64
	var n int
	fmt.Sscanf(p.WaitLine(t, "ready"), "ready %x %d", &addr, &n)
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, err := watch.Start(t.Context(), s, watch.Perf, watch.Point{Addr: addr, Length: n, Kind: watch.Write})
	if err != nil {
		t.Fatal(err)
	}
	p.Ask(t, "1000")
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", w.Report())
	p.Kill()
}
