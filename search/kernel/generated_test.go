package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "./internal/gen", "-dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	written, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(written) != 5 {
		t.Errorf("the generator wrote %d files, want 5", len(written))
	}
	for _, entry := range written {
		want, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(entry.Name()); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what its generator writes; run: go generate ./search/kernel", entry.Name())
		}
	}
}
