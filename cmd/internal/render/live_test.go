package render

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/value"
)

func watched(ref string, addr Address, n int32, was *int32, fresh bool) Watched {
	number := func(n int32) *Value {
		return &Value{Type: value.I32, Raw: binary.LittleEndian.AppendUint32(nil, uint32(n)), Order: binary.LittleEndian}
	}
	w := Watched{Seen: Seen{Ref: ref, Address: &addr, Place: &Place{Region: "data", Module: "game+0x10"}, Type: "i32", Value: number(n)}, Fresh: fresh}
	if was != nil {
		w.Was = number(*was)
	}
	return w
}

// A narrow window does without some columns, and cuts what is still too long.
func TestLiveColumns(t *testing.T) {
	was := int32(100)
	watch := Watch{Title: "game (7)  2 places", Seconds: 3.2, Rows: []Watched{
		watched("lives", 0x5581d4d4d028, 95, &was, true),
		watched("a name of 24 characters.", 0x5581d4d4d02c, 7, nil, false),
		{Seen: Seen{Ref: "gone", Type: "i32", Problem: "0x10 is not readable"}},
	}}
	for width, want := range map[int]string{
		110: `
game (7)  2 places  3 s  Ctrl-C ends
lives                     0x5581d4d4d028  data game+0x10  i32  *95                       was 100
a name of 24 characters.  0x5581d4d4d02c  data game+0x10  i32   7
gone                                                      i32   ?  0x10 is not readable`,
		60: `
game (7)  2 places  3 s  Ctrl-C ends
lives                     *95                       was 100
a name of 24 characters.   7
gone                       ?  0x10 is not readable`,
		40: `
game (7)  2 places  3 s  Ctrl-C ends
lives                     *95
a name of 24 characters.   7
gone                       ?  0x10 is n…`,
		12: `
game (7)  2…
lives
a name of 2…
gone`,
	} {
		l := Live{Output: &Output{}}
		if diff := cmp.Diff(want, "\n"+strings.Join(l.lines(watch, width, 24), "\n")); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", width, diff)
		}
	}
}

// Rows that there is no room for are counted, and the window is never too small.
func TestLiveRows(t *testing.T) {
	var watch Watch
	for i := range 100 {
		watch.Rows = append(watch.Rows, watched("x", Address(i), int32(i), nil, i%2 == 0))
	}
	watch.Plots = []Series{{Name: "x", Whole: true, Samples: []float64{1, 2, 3}}}
	for rows := range 200 {
		l := Live{Output: &Output{}}
		lines := l.lines(watch, 80, rows)
		if len(lines) > max(rows-1, 1) || len(lines) == 0 {
			t.Errorf("%d rows: %d lines", rows, len(lines))
		}
	}
	watch.Plots = nil
	l := Live{Output: &Output{}}
	if lines := l.lines(watch, 80, 10); lines[8] != "… 93 more, 46 of them just changed" {
		t.Errorf("the last line is %q", lines[8])
	}
}

// What looks as it did is not drawn again; another size of the window is begun
// at its top.
func TestLiveDrawsChanges(t *testing.T) {
	var out bytes.Buffer
	columns := 80
	l := Live{Output: &Output{Out: &out}, Size: func() (int, int) { return columns, 24 }}
	show := func(n int32) string {
		t.Helper()
		out.Reset()
		if err := l.Show(Watch{Title: "game", Rows: []Watched{watched("x", 1, n, nil, false)}}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := show(1); strings.Contains(got, "A\r") || !strings.HasSuffix(got, "\x1b[K\n\x1b[J") {
		t.Errorf("first %q", got)
	}
	if got := show(1); got != "" {
		t.Errorf("the same again: %q", got)
	}
	if got := show(2); !strings.HasPrefix(got, "\x1b[2A\rgame") {
		t.Errorf("changed: %q", got)
	}
	columns = 40
	if got := show(2); !strings.HasPrefix(got, "\x1b[H\x1b[2Jgame") {
		t.Errorf("resized: %q", got)
	}
}
