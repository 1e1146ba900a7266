package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the file of the history holds, its lines are loaded, and with a line
// more it holds that one too.
func FuzzHistoryFile(f *testing.F) {
	for _, data := range []string{"", "\n", "find 1\nset 1 2\n", "no end", "\x00\xff\r\n\n\n"} {
		f.Add([]byte(data), "find 100")
	}
	path := filepath.Join(f.TempDir(), "history")
	f.Fuzz(func(t *testing.T, data []byte, line string) {
		if strings.Contains(line, "\n") { // no line
			return
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		h := historyFile{path}
		before, err := h.load()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.add(line); err != nil {
			t.Fatal(err)
		}
		after, err := h.load()
		if err != nil {
			t.Fatal(err)
		}
		if string(data) == "\n" || len(data) > 0 && data[len(data)-1] != '\n' || line == "" || len(after) > maxHistory {
			return // no line; it goes on with the last, which had no end; it says nothing; it was cut
		}
		if diff := cmp.Diff(append(before, line), after); diff != "" {
			t.Errorf("%q and %q (-want +got):\n%s", data, line, diff)
		}
	})
}
