package candidate

import (
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A temporary file has no name, not even while it is made: what ends quarry then
// leaves nothing behind.
func TestTemporaryFileHasNoName(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "quarry") // where the kernel makes files without a name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE); err != nil {
		t.Fatal(err)
	}
	f, err := createUnlinked(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if n, err := unix.Read(fd, make([]byte, 4096)); err != unix.EAGAIN {
		t.Errorf("a name was made: %d bytes of events, %v", n, err)
	}
	info, err := f.(unlinked).Stat()
	if err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("the file is %v, %v", info, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}
