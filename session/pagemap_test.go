package session

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// On older kernels, too, pages that are swapped out hold data, and those that were
// never touched do not.
func TestPagemapOfSwappedPages(t *testing.T) {
	const inRAM, inSwap, softDirty = 1 << 63, 1 << 62, 1 << 55
	f, err := os.CreateTemp(t.TempDir(), "pagemap")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, entry := range []uint64{0, inRAM, inSwap | 77, softDirty, 0, inSwap} {
		if err := binary.Write(f, binary.NativeEndian, entry); err != nil {
			t.Fatal(err)
		}
	}
	s := &Session{pagemap: int(f.Fd()), layout: Layout{PageSize: 4096}}
	got, err := s.readPagemap(nil, Range{0, 0x6000}, presentLimit)
	want := []Range{{0x1000, 0x3000}, {0x5000, 0x6000}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
