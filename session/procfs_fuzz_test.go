package session

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// What is read of a status file is all that it says of what is needed: written as
// the kernel does, it is read as the same.
func FuzzParseStatus(f *testing.F) {
	data, _ := os.ReadFile("/proc/self/status")
	f.Add(string(data))
	f.Add("Uid:\t1\t2\t3\t65534\nCapEff:\tffffffffffffffff\n")
	f.Fuzz(func(t *testing.T, text string) {
		st, err := parseStatus(text)
		if err != nil {
			if st != (procStatus{}) {
				t.Errorf("%+v beside %v", st, err)
			}
			return
		}
		written := fmt.Sprintf("Name:\tx\nTgid:\t%d\nTracerPid:\t%d\n", st.TGID, st.TracerPID)
		for key, ids := range map[string][4]int{"Uid": st.UIDs, "Gid": st.GIDs} {
			written += fmt.Sprintf("%s:\t%d\t%d\t%d\t%d\n", key, ids[0], ids[1], ids[2], ids[3])
		}
		written += fmt.Sprintf("CapPrm:\t%016x\nCapEff:\t%016x\n", st.CapPrm, st.CapEff)
		if again, err := parseStatus(written); err != nil || again != st {
			t.Errorf("%+v, written and read again %+v, %v", st, again, err)
		}
	})
}

// Arguments that the kernel has put together come apart as they were.
func FuzzParseCmdline(f *testing.F) {
	f.Add([]byte("a\x00b c\x00\x00"))
	f.Add([]byte("a title"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		args := parseCmdline(data)
		if (len(args) == 0) != (len(data) == 0) {
			t.Fatalf("%q: %q", data, args)
		}
		written := ""
		for _, arg := range args {
			written += arg + "\x00"
		}
		if again := parseCmdline([]byte(written)); !slices.Equal(args, again) {
			t.Errorf("%q, put together and read again %q", args, again)
		}
	})
}

// What is read of smaps are mappings in order, none over another, and no more of
// them than there are lines.
func FuzzParseUsage(f *testing.F) {
	data, _ := os.ReadFile("/proc/self/smaps")
	f.Add(string(data[:min(len(data), 4096)]))
	f.Add("1000-2000 rw-p 00000000 00:00 0\nRss: 4 kB\nSwap: 8 kB\n")
	f.Fuzz(func(t *testing.T, text string) {
		mappings, err := parseUsage(strings.NewReader(text))
		if err != nil && mappings != nil {
			t.Errorf("%v beside %v", mappings, err)
		}
		if n := strings.Count(text, "\n") + 1; len(mappings) > n {
			t.Errorf("%d mappings in %d lines", len(mappings), n)
		}
		if !slices.IsSortedFunc(mappings, func(a, b mappingUsage) int { return cmp.Compare(a.End, b.Start+1) }) {
			t.Errorf("out of order: %v", mappings)
		}
	})
}

// An auxiliary vector, written as the kernel does of either width and byte order,
// tells where the first random bytes are; what is no vector does no harm.
func FuzzRandomBytesAt(f *testing.F) {
	data, _ := os.ReadFile("/proc/self/auxv")
	f.Add(data)
	f.Add([]byte{3, 64, 25, 16, 25, 17, 0, 0})
	f.Add([]byte{25, 0, 25, 1, 25})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, width := range []int{4, 8} {
				l := Layout{WordSize: width, Order: order.(binary.ByteOrder)}
				randomBytesAt(data, l)
				var vector []byte
				want, told := uint64(0), false
				for pair := data; len(pair) >= 2; pair = pair[2:] {
					for _, b := range pair[:2] {
						if width == 4 {
							vector = order.AppendUint32(vector, uint32(b))
						} else {
							vector = order.AppendUint64(vector, uint64(b))
						}
					}
					if pair[0] == 25 && !told {
						want, told = uint64(pair[1]), true
					}
				}
				if got := randomBytesAt(vector, l); got != want {
					t.Errorf("%#x, want %#x, of % x", got, want, vector)
				}
			}
		}
	})
}
