package settings

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever a file of counts holds, it is no more than so many counts; and what is
// kept is read as the same.
func FuzzLoadCounts(f *testing.F) {
	for _, data := range []string{"", "a 1\nb 2\n", "a\n", "a -3", "a 1\na 2\n", "\xff 99999999999999999999\n"} {
		f.Add([]byte(data))
	}
	path := filepath.Join(f.TempDir(), "counts")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := LoadCounts(path)
		if len(c.by) > maxCounts {
			t.Fatalf("%d counts", len(c.by))
		}
		if err := c.Add("hint"); err != nil {
			t.Fatal(err)
		}
		if again := LoadCounts(path); len(c.by) <= maxCounts && !cmp.Equal(c.by, again.by) {
			t.Errorf("%v, kept and read again %v", c.by, again.by)
		}
	})
}

// A size is at least what a search needs.
func FuzzParseMemory(f *testing.F) {
	for _, text := range []string{"1MiB", "512 mb", "1e3", "-1", "99999999999999999EiB", "1.5GiB", "NaN", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseMemory(text); (err == nil) != (n >= 1<<20) {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	})
}
