package search_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/value"
)

// TestPeakMemory makes searches with a ceiling in a process of its own, and
// looks at the most memory that it ever had.
func TestPeakMemory(t *testing.T) {
	const mib, ceiling = 256, 64 << 20
	if raceEnabled {
		t.Skip("the race detector takes memory of its own")
	}
	if os.Getenv("QUARRY_PEAK_CHILD") == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestPeakMemory$", "-test.count=1")
		child.Env = append(os.Environ(), "QUARRY_PEAK_CHILD=1")
		if output, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	s := searched(t, mib, "random")
	store := candidate.NewStore(ceiling, "")
	base := statusKiB(os.Getpid(), "VmHWM")
	g := s.find(t, value.I32, "unknown", 0, store)
	for _, step := range []string{"change 4096", "change 4"} {
		s.proc.Ask(t, step)
		next, err := g.Narrow(context.Background(), s, parse(t, value.I32, "changed"), search.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if step == "change 4" && next.Len() != mib<<20/4 {
			t.Errorf("%d candidates changed, want all", next.Len())
		}
		runtime.KeepAlive(next)
	}
	// Beside the candidates there are the buffers of each worker and Go itself.
	most := uint64(ceiling>>10) + base + uint64(workers)<<10 + 8<<10
	if peak := statusKiB(os.Getpid(), "VmHWM"); peak > most {
		t.Errorf("the peak of memory is %d KiB, want at most %d: %d before, and a ceiling of %d", peak, most, base, ceiling>>10)
	}
	runtime.KeepAlive(g)
}
