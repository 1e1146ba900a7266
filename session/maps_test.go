package session

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMapsLine(t *testing.T) {
	for _, test := range []struct {
		name, line string
		want       Region
	}{
		{"heap", "55d0c2a3f000-55d0c2a60000 rw-p 00000000 00:00 0                          [heap]", Region{
			Range: Range{0x55d0c2a3f000, 0x55d0c2a60000}, Perms: PermRead | PermWrite, Device: "00:00", Path: "[heap]",
		}},
		{"file", "7f0000001000-7f0000002000 r-xp 00028000 fe:00 325835                     /usr/lib/libc.so.6", Region{
			Range: Range{0x7f0000001000, 0x7f0000002000}, Perms: PermRead | PermExec, Offset: 0x28000, Device: "fe:00",
			Inode: 325835, Path: "/usr/lib/libc.so.6",
		}},
		{"no path", "00400000-00401000 ---s 00000000 00:00 0 ", Region{
			Range: Range{0x400000, 0x401000}, Perms: PermShared, Device: "00:00",
		}},
		{"double spaces, deleted", "f7f00000-f7f01000 rw-s 00001000 00:19 7                                  /a  b (x) (deleted)", Region{
			Range: Range{0xf7f00000, 0xf7f01000}, Perms: PermRead | PermWrite | PermShared, Offset: 0x1000, Device: "00:19",
			Inode: 7, Path: "/a  b (x)", Deleted: true,
		}},
		{"newline", `f7f00000-f7f01000 r--p 00000000 103:02 7                                 /a\012b`, Region{
			Range: Range{0xf7f00000, 0xf7f01000}, Perms: PermRead, Device: "103:02", Inode: 7, Path: "/a\nb",
		}},
		{"vsyscall", "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]", Region{
			Range: Range{0xffffffffff600000, 0xffffffffff601000}, Perms: PermExec, Device: "00:00", Path: "[vsyscall]",
		}},
		{"named", "7f0000001000-7f0000002000 rw-p 00000000 00:00 0                          [anon:dalvik main space]", Region{
			Range: Range{0x7f0000001000, 0x7f0000002000}, Perms: PermRead | PermWrite, Device: "00:00",
			Path: "[anon:dalvik main space]",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseMaps(strings.NewReader(test.line + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Region{test.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if line := got[0].MapsLine(); line != test.line {
				t.Errorf("prints as\n%q, want\n%q", line, test.line)
			}
		})
	}
}

func TestParseMapsErrors(t *testing.T) {
	const good = "00400000-00401000 rw-p 00000000 00:00 0 \n"
	for name, bad := range map[string]string{
		"empty line":    "\n",
		"fields":        "00400000-00401000 rw-p 00000000 00:00\n",
		"rights":        "00400000-00401000 rwzp 00000000 00:00 0 \n",
		"short rights":  "00400000-00401000 rw 00000000 00:00 0 \n",
		"backwards":     "00401000-00400000 rw-p 00000000 00:00 0 \n",
		"empty":         "00401000-00401000 rw-p 00000000 00:00 0 \n",
		"no end":        "00401000 rw-p 00000000 00:00 0 \n",
		"65 bits":       "00400000-10000000000000000 rw-p 00000000 00:00 0 \n",
		"device":        "00400000-00401000 rw-p 00000000 0000 0 \n",
		"inode":         "00400000-00401000 rw-p 00000000 00:00 -1 \n",
		"an endless on": "00400000-00401000 rw-p 00000000 00:00 0 " + strings.Repeat("x", longestLine),
	} {
		got, err := parseMaps(strings.NewReader(good + bad))
		if err == nil || got != nil {
			t.Errorf("%s: got %v, error %v", name, got, err)
		}
	}
	broken := errors.New("broken")
	if got, err := parseMaps(failingReader{broken}); !errors.Is(err, broken) || got != nil {
		t.Errorf("reader that fails: %v, %v", got, err)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// Every line of our own map prints as the kernel wrote it.
func TestMapsRoundTrip(t *testing.T) {
	data, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	regions, err := parseMaps(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	for _, r := range regions {
		printed.WriteString(r.MapsLine() + "\n")
	}
	if diff := cmp.Diff(string(data), printed.String()); diff != "" {
		t.Errorf("(-kernel +printed):\n%s", diff)
	}
}

func FuzzParseMaps(f *testing.F) {
	data, _ := os.ReadFile("/proc/self/maps")
	f.Add(string(data))
	f.Add("f7f00000-f7f01000 rw-s 00001000 00:19 7                 /a  b (x) (deleted)\n")
	f.Add(`1-2 r--p 0 1:2 7 /a\012b`)
	f.Add("1-2 r--p 0 1:2 7   (deleted)\n")
	f.Add("1-2 r--p 0 1:2 7 /x\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		regions, err := parseMaps(strings.NewReader(text))
		if err != nil {
			if regions != nil {
				t.Fatal("regions beside an error")
			}
			return
		}
		var printed strings.Builder
		for _, r := range regions {
			printed.WriteString(r.MapsLine() + "\n")
		}
		again, err := parseMaps(strings.NewReader(printed.String()))
		if err != nil {
			t.Fatalf("what was printed cannot be parsed: %v\n%q", err, printed.String())
		}
		if !slices.Equal(regions, again) {
			t.Fatalf("(-first +again):\n%s", cmp.Diff(regions, again))
		}
	})
}

func TestUntangle(t *testing.T) {
	region := func(start, end uint64) Region { return Region{Range: Range{start, end}, Inode: 1, Offset: 100} }
	got := untangle([]Region{region(1, 5), region(3, 8), region(6, 7), region(9, 10)})
	late := region(5, 8)
	late.Offset = 102
	if diff := cmp.Diff([]Region{region(1, 5), late, region(9, 10)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBounded(t *testing.T) {
	const page = 4096
	keep := Range{1, 2}
	ranges := []Range{keep}
	end := uint64(page)
	for i := range 3*presentLimit - 3 { // in threes, with a small gap between each
		gap := uint64(1)
		if i%3 == 0 {
			gap = 100
		}
		ranges = append(ranges, Range{end + gap*page, end + (gap+1)*page})
		end += (gap + 1) * page
	}
	var want []Range
	for i := 1; i < len(ranges); i += 3 {
		want = append(want, Range{ranges[i].Start, ranges[i+2].End})
	}
	got := bounded(ranges, 1, presentLimit)
	if diff := cmp.Diff(append([]Range{keep}, want...), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if same := bounded(got, 1, presentLimit); len(same) != len(got) {
		t.Errorf("%d ranges of %d that were few enough", len(same), len(got))
	}
}
