package patch_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

func TestSet(t *testing.T) {
	at := func(offset uint64, typ value.Type, room int) search.Match {
		m := search.Match{Addr: base + offset, Type: typ}
		if room > 0 {
			m.Value = make([]byte, room)
		}
		return m
	}
	for _, c := range []struct {
		name   string
		places []search.Match
		text   string
		want   string
		writes int
		err    string
	}{
		{"i8", []search.Match{at(1, value.I8, 0)}, "0x41", "aAcdefgh", 1, ""},
		{"i32", []search.Match{at(4, value.I32, 4)}, "0x48474645", "abcdEFGH", 1, ""},
		{"several", []search.Match{at(0, value.U8, 1), at(7, value.U8, 1)}, "90", "ZbcdefgZ", 2, ""},
		{"there already", []search.Match{at(0, value.U8, 1), at(1, value.U8, 1)}, "97", "aacdefgh", 1, ""},
		{"text without room", []search.Match{at(2, value.String, 0)}, "XY", "abXYefgh", 1, ""},
		{"text with room", []search.Match{at(2, value.String, 4)}, "XY", "abXY\x00\x00gh", 1, ""},
		{"text too long", []search.Match{at(2, value.String, 1)}, "XY", "abcdefgh", 0, "the new value has 2 bytes, and only 1 fit"},
		{"utf16 with room", []search.Match{at(0, value.UTF16, 4)}, "Z", "Z\x00\x00\x00efgh", 1, ""},
		{"bytes shorter", []search.Match{at(0, value.Bytes, 4)}, "5a", "Zbcdefgh", 1, ""},
		{"same place twice", []search.Match{at(0, value.U8, 1), at(0, value.I8, 1)}, "90", "Zbcdefgh", 1, ""},
		{"overlap", []search.Match{at(0, value.U8, 1), at(0, value.I16, 2)}, "90", "abcdefgh", 0, "the writes at 0x1000 and 0x1000 overlap"},
		{"last bytes", []search.Match{at(6, value.U16, 2)}, "0x4847", "abcdefGH", 1, ""},
		{"past the end", []search.Match{at(6, value.U32, 4)}, "1", "abcdefgh", 0, "0x1008 is not readable"},
		{"out of range", []search.Match{at(0, value.U8, 1)}, "300", "abcdefgh", 0, "300 does not fit u8: it holds 0..255"},
		{"nothing", nil, "1", "abcdefgh", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := holding("abcdefgh")
			set, err := patch.Set(t.Context(), f, c.places, c.text)
			g := patch.Group{}
			if set != nil {
				g = set.Group
			}
			if errorText(err) != c.err || text(f, 8) != c.want || len(g.Writes) != c.writes {
				t.Fatalf("%d writes, memory %q, error %v; want %d, %q, %s", len(g.Writes), text(f, 8), err, c.writes, c.want, c.err)
			}
			if err == nil {
				if _, err := g.Undo(t.Context(), f); err != nil || text(f, 8) != "abcdefgh" {
					t.Errorf("undo: %v, memory %q", err, text(f, 8))
				}
			}
		})
	}
}

// TestSetTells checks what a set says of itself.
func TestSetTells(t *testing.T) {
	row := func(offset uint64, room string) search.Match {
		return search.Match{Addr: base + offset, Type: value.String, Value: []byte(room)}
	}
	for _, c := range []struct {
		places        []search.Match
		title         string
		count, padded int
	}{
		{[]search.Match{row(0, "abc")}, `set 0x1000 to "X"`, 1, 2},
		{[]search.Match{row(0, "abc"), row(0, "abc")}, `set 0x1000 to "X"`, 1, 2},
		{[]search.Match{row(0, "abc"), row(4, "ef"), row(0, "abc")}, `set 2 places to "X"`, 2, 2},
		{[]search.Match{row(0, "a"), row(4, "e")}, `set 2 places to "X"`, 2, 0},
	} {
		set, err := patch.Set(t.Context(), holding("abcdefgh"), c.places, "X")
		if err != nil {
			t.Fatal(err)
		}
		if set.Group.Title != c.title || set.Count != c.count || set.Padded != c.padded || len(set.Group.Writes) != c.count {
			t.Errorf("%+v; want %s, %d places, %d padded", set, c.title, c.count, c.padded)
		}
	}
}

// TestSetBusy sets a value that the program changes at every turn.
func TestSetBusy(t *testing.T) {
	f := holding("\x00bcdefgh")
	f.OnRead = func(uint64, int) { f.Poke(base, []byte{f.Peek(base, 1)[0] + 1}) }
	set, err := patch.Set(t.Context(), f, []search.Match{{Addr: base, Type: value.U8}}, "100")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]patch.Write{{Addr: base, Before: []byte{2}, After: []byte{100}}}, set.Group.Writes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := f.Peek(base, 1)[0]; got != 101 {
		t.Errorf("the value is %d, want 101: set, then changed once", got)
	}
}

func TestSetBigEndian(t *testing.T) {
	f := holding("abcdefgh")
	layout := f.Layout()
	layout.Order = binary.BigEndian
	f.SetLayout(layout)
	if _, err := patch.Set(t.Context(), f, []search.Match{{Addr: base, Type: value.U32}}, "0x41424344"); err != nil || text(f, 8) != "ABCDefgh" {
		t.Errorf("%v, memory %q", err, text(f, 8))
	}
}

func TestReplace(t *testing.T) {
	for _, c := range []struct {
		name string
		r    patch.Replacement
		in   string
		want string
		res  patch.Replaced // without Group
		err  string
	}{
		{"same length", patch.Replacement{Old: "String 1", New: "Replaced"}, "String 1", "Replaced", patch.Replaced{Type: value.String, Count: 1}, ""},
		{"shorter is padded", patch.Replacement{Old: "abcd", New: "X"}, "1abcd2abcd", "1X\x00\x00\x002X\x00\x00\x00", patch.Replaced{Type: value.String, Count: 2, Padded: 3}, ""},
		{"longer is refused", patch.Replacement{Old: "ab", New: "XYZ"}, "1ab2", "1ab2", patch.Replaced{}, "the new value has 3 bytes, and only 2 fit"},
		{"nothing found", patch.Replacement{Old: "zz", New: "XY"}, "abcd", "abcd", patch.Replaced{Type: value.String}, ""},
		{"overlapping, from the left", patch.Replacement{Old: "aa", New: "XY"}, "aaa-aaaa", "XYa-XYXY", patch.Replaced{Type: value.String, Count: 3}, ""},
		{"utf16", patch.Replacement{Type: value.UTF16, Old: "ab", New: "X"}, "1\x00a\x00b\x00", "1\x00X\x00\x00\x00", patch.Replaced{Type: value.UTF16, Count: 1, Padded: 2}, ""},
		{"bytes, shorter", patch.Replacement{Type: value.Bytes, Old: "61 ?? 63", New: "58"}, "abcadc", "XbcXdc", patch.Replaced{Type: value.Bytes, Count: 2}, ""},
		{"bytes, longer", patch.Replacement{Type: value.Bytes, Old: "61", New: "58 59"}, "ab", "ab", patch.Replaced{}, "the new value has 2 bytes, and only 1 fit"},
		{"wildcards in the new", patch.Replacement{Type: value.Bytes, Old: "61 62", New: "58 ??"}, "ab", "ab", patch.Replaced{}, `"58 ??" is not a value of type bytes: wildcards have no bytes to write`},
		{"numbers", patch.Replacement{Type: value.U16, Old: "0x6261", New: "0x5958"}, "ab1ab", "XY1ab", patch.Replaced{Type: value.U16, Count: 1}, ""},
		{"numbers at every byte", patch.Replacement{Type: value.U16, Old: "0x6261", New: "0x5958", Align: 1}, "ab1ab", "XY1XY", patch.Replaced{Type: value.U16, Count: 2}, ""},
		{"out of range", patch.Replacement{Type: value.U8, Old: "1", New: "300"}, "ab", "ab", patch.Replaced{}, "300 does not fit u8: it holds 0..255"},
		{"any", patch.Replacement{Type: value.Any, Old: "1", New: "3"}, "ab", "ab", patch.Replaced{}, "a value is written as one type: name it, such as i32"},
		{"by itself", patch.Replacement{Old: "ab", New: "ab"}, "ab", "ab", patch.Replaced{Type: value.String, Count: 1}, ""},
		{"empty", patch.Replacement{Old: "", New: "ab"}, "ab", "ab", patch.Replaced{}, `"" is not a value of type string: it is empty`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := holding(c.in)
			res, err := patch.Replace(t.Context(), f, c.r)
			if errorText(err) != c.err || text(f, len(c.in)) != c.want {
				t.Fatalf("memory %q, error %v; want %q, %s", text(f, len(c.in)), err, c.want, c.err)
			}
			if err != nil {
				return
			}
			g := res.Group
			res.Group = patch.Group{}
			if diff := cmp.Diff(&c.res, res); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, err := g.Undo(t.Context(), f); err != nil || text(f, len(c.in)) != c.in {
				t.Errorf("undo: %v, memory %q", err, text(f, len(c.in)))
			}
		})
	}
}

// TestReplaceLost has the program change one of the places after the search.
func TestReplaceLost(t *testing.T) {
	f := holding("ab1ab2ab")
	reads := 0
	f.OnRead = func(addr uint64, n int) {
		if reads++; n == 2 && addr == base+3 {
			f.Poke(base+3, []byte("zz"))
		}
	}
	res, err := patch.Replace(t.Context(), f, patch.Replacement{Old: "ab", New: "XY"})
	if err != nil || res.Count != 2 || res.Lost != 1 || text(f, 8) != "XY1zz2XY" {
		t.Errorf("%+v, %v, memory %q", res, err, text(f, 8))
	}
}

func TestReplaceErrors(t *testing.T) {
	f := holding("ab1ab2ab")
	f.WriteProtect(session.Range{Start: base + 3, End: base + 5})
	if _, err := patch.Replace(t.Context(), f, patch.Replacement{Old: "ab", New: "XY"}); !errors.Is(err, session.ErrUnwritable) || text(f, 8) != "ab1ab2ab" {
		t.Errorf("unwritable: %v, memory %q", err, text(f, 8))
	}
	scope, _ := session.ParseScope("heap")
	if _, err := patch.Replace(t.Context(), f, patch.Replacement{Old: "ab", New: "XY", Scope: scope}); !errors.Is(err, session.ErrScope) {
		t.Errorf("no heap: %v", err)
	}
	var length *patch.LengthError
	if _, err := patch.Replace(t.Context(), f, patch.Replacement{Old: "ab", New: "XYZ"}); !errors.As(err, &length) || length.Fits != 2 || length.Have != 3 {
		t.Errorf("too long: %v", err)
	}
}
