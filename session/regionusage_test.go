package session

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseUsage(t *testing.T) {
	got, err := parseUsage(strings.NewReader(`1000-3000 rw-p 00000000 00:00 0                          [heap]
Size:                  8 kB
Rss:                   4 kB
Swap:                  8 kB
VmFlags: rd wr mr
7f00-8f00 r--p 00000000 08:01 7                          /a file: with a colon
Rss:                   0 kB
`))
	want := []mappingUsage{{Range{0x1000, 0x3000}, Usage{4096, 8192}}, {Range{0x7f00, 0x8f00}, Usage{}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{"Rss: 4 kB\n", "1000-3000 rw-p 00000000 00:00 0 \nRss: many kB\n", "nonsense\n"} {
		if got, err := parseUsage(strings.NewReader(bad)); err == nil || got != nil {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}
