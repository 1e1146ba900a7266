package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// maps reads lines of maps.
func mapsOf(t testing.TB, lines ...string) []Region {
	t.Helper()
	regions, err := parseMaps(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return regions
}

func TestCompareRegions(t *testing.T) {
	const heap = "1000-3000 rw-p 00000000 00:00 0 [heap]"
	for _, test := range []struct {
		name          string
		before, after []string
		want          []string
	}{
		{"nothing", []string{heap}, []string{heap}, nil},
		{"appeared", []string{heap}, []string{heap, "8000-9000 rw-p 00000000 00:00 0 "}, []string{"appeared 0x8000..0x9000 rw-p"}},
		{"vanished", []string{heap, "8000-9000 rw-p 00000000 00:00 0 "}, []string{heap}, []string{"vanished 0x8000..0x9000 rw-p was rw-p"}},
		{"grew", []string{heap}, []string{"1000-5000 rw-p 00000000 00:00 0 [heap]"}, []string{"grew 0x3000..0x5000 rw-p"}},
		{"grew downwards", []string{"8000-9000 rw-p 00000000 00:00 0 "}, []string{"6000-9000 rw-p 00000000 00:00 0 "}, []string{"grew 0x6000..0x8000 rw-p"}},
		{"shrank", []string{heap}, []string{"1000-2000 rw-p 00000000 00:00 0 [heap]"}, []string{"shrank 0x2000..0x3000 rw-p was rw-p"}},
		{"a hole", []string{"1000-9000 rw-p 00000000 00:00 0 "}, []string{"1000-3000 rw-p 00000000 00:00 0 ", "4000-9000 rw-p 00000000 00:00 0 "},
			[]string{"shrank 0x3000..0x4000 rw-p was rw-p"}},
		{"mprotect in the middle", []string{"1000-9000 rw-p 00000000 00:00 0 "},
			[]string{"1000-3000 rw-p 00000000 00:00 0 ", "3000-4000 r-xp 00000000 00:00 0 ", "4000-9000 rw-p 00000000 00:00 0 "},
			[]string{"permissions 0x3000..0x4000 r-xp was rw-p"}},
		{"mprotect of two that were apart", []string{"1000-2000 rw-p 00000000 00:00 0 ", "2000-3000 r--p 00000000 00:00 0 "},
			[]string{"1000-3000 rwxp 00000000 00:00 0 "},
			[]string{"permissions 0x1000..0x2000 rwxp was rw-p", "permissions 0x2000..0x3000 rwxp was r--p"}},
		{"joined only", []string{"1000-2000 rw-p 00000000 00:00 0 ", "2000-3000 rw-p 00000000 00:00 0 "}, []string{"1000-3000 rw-p 00000000 00:00 0 "}, nil},
		{"replaced", []string{"1000-3000 r--p 00000000 08:01 7 /a", "3000-4000 r--p 00000000 08:01 7 /a"}, []string{"1000-3000 r--p 00000000 08:01 8 /b"},
			[]string{"vanished 0x1000..0x3000 r--p was r--p", "appeared 0x1000..0x3000 r--p", "vanished 0x3000..0x4000 r--p was r--p"}},
		{"all gone", []string{heap}, nil, []string{"vanished 0x1000..0x3000 rw-p was rw-p"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range CompareRegions(mapsOf(t, test.before...), mapsOf(t, test.after...)) {
				text := fmt.Sprintf("%v %v %v", c.Change, c.Range, c.Region.Perms)
				if c.Change != Appeared && c.Change != Grew {
					text += " was " + c.Before.String()
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever two maps are, the changes lie where they differ, and cover all that
// was added and taken away.
func TestChangesCoverWhatDiffers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() (regions []Region) {
		for at := uint64(0); at < 40; at++ {
			n := uint64(random.IntN(4))
			if n == 0 {
				continue
			}
			r := Region{Range: Range{at * 4096, (at + n) * 4096}, Perms: Perms(random.IntN(4))}
			if random.IntN(3) == 0 {
				r.Inode, r.Path = 7, "/file"
				r.Offset = r.Start
			}
			regions, at = append(regions, r), at+n-1
		}
		return regions
	}
	for range 2000 {
		before, after := draw(), draw()
		changes := CompareRegions(before, after)
		for page := uint64(0); page < 60*4096; page += 4096 {
			was, wasThere := FindRegion(before, page)
			is, isThere := FindRegion(after, page)
			differs := wasThere != isThere || wasThere && (!was.same(is) || was.Perms != is.Perms)
			covered := false
			for _, c := range changes {
				covered = covered || c.Contains(page)
			}
			if differs != covered {
				t.Fatalf("page %#x: differs %v, covered %v\n%v\n%v\n%v", page, differs, covered, before, after, changes)
			}
		}
		if n := len(CompareRegions(after, after)); n != 0 {
			t.Fatalf("%d changes between equal maps", n)
		}
	}
}
