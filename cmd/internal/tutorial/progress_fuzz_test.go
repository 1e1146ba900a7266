package tutorial

import (
	"os"
	"path/filepath"
	"testing"
)

// Whatever the file of the progress holds, there is a next lesson or none, and a
// lesson that is done is done the next time, unless the file is too long to be ours.
func FuzzLoadProgress(f *testing.F) {
	for _, data := range []string{"", "first", "first\nsecond\n", "\x00\xff", " \t\r\n"} {
		f.Add([]byte(data))
	}
	path := filepath.Join(f.TempDir(), "tutorial")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := LoadProgress(path)
		if err != nil {
			t.Fatal(err)
		}
		i, some := p.Next()
		if !some {
			return
		}
		if err := p.Add(Lessons[i]); err != nil {
			t.Fatal(err)
		}
		whole := len(data) == 0 || data[len(data)-1] == '\n'
		if again, err := LoadProgress(path); err != nil || whole && len(data) < maxProgress/2 && !again.Done(Lessons[i]) {
			t.Errorf("%q: %s is not done afterwards, %v", data, Lessons[i].Name, err)
		}
	})
}
