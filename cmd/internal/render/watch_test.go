package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seen is what a watch may have seen: an instruction that is known, one of two, and
// one that is not known.
func seen() Sightings {
	at := Address(0x1018)
	known := CodeCandidate{
		Address: 0x401150, Module: "game+0x1150", Function: "hurt", Within: 3, File: "/src/game.c", Line: 7, Bytes: Code{0x29, 0x77, 0x18},
		Text: "sub dword ptr [rdi+0x18], esi", Computed: &at, Base: &Register{"rdi", 0x1000}, Offset: 0x18, Object: true,
	}
	one, other := CodeCandidate{Address: 0x7000, Text: "mov dword ptr [rax], ecx"}, CodeCandidate{Address: 0x7001, Text: "add byte ptr [rax], cl"}
	return Sightings{Engine: "perf", Word: 8, Title: "game (1)", Points: []WatchedPoint{
		{
			Ref: "&health", Kind: "write", Address: 0x1018, Length: 4, Count: 1000, Exact: true, Sampled: 400,
			Hits: []Sighting{
				{
					Name: "hit1", Count: 300, IP: 0x401153, Code: []CodeCandidate{known}, Threads: []SeenThread{{2, "ai", 200}, {3, "", 100}},
					Registers: []Register{{"rax", 0}, {"rdi", 0x1000}, {"rip", 0x401153}, {"eflags", 0x202}, {"fs_base", 9}},
				},
				{Name: "hit2", Count: 98, IP: 0x7002, Code: []CodeCandidate{one, other}, Ambiguous: true, Threads: []SeenThread{{2, "ai", 98}}},
				{Name: "hit3", Count: 2, IP: 0x8000, Note: "its code cannot be read", Threads: []SeenThread{{4, "a", 1}, {5, "b", 1}, {6, "c", 1}, {7, "d", 1}}},
			},
		},
		{Ref: "0x9000", Kind: "execute", Address: 0x9000, Length: 1, Count: 2, Sampled: 2, Hits: []Sighting{{
			Name: "hit4", Count: 2, IP: 0x9000, Code: []CodeCandidate{{Address: 0x9000, Text: "inc dword ptr [rax]"}},
			Threads: []SeenThread{{2, "ai", 2}}, Touched: []Touch{{0x20, 1}}, Elsewhere: 1,
		}}},
		{Ref: "quiet", Kind: "access", Address: 0x9100, Length: 1, Exact: true},
	}}
}

func TestSightings(t *testing.T) {
	var out, messages bytes.Buffer
	if err := (&Output{Out: &out, Err: &messages}).Result(seen()); err != nil {
		t.Fatal(err)
	}
	want := `write of 4 bytes at 0x1018 &health: 1,000 hits, 400 looked at
hit1     ~75%  game+0x1150  hurt+0x3  game.c:7
       sub dword ptr [rdi+0x18], esi
       at 0x1018: base rdi = 0x1000, offset +0x18
       by ai (2) 200 times, 3 100 times
       rax 0x0                rdi 0x1000             rip 0x401153
       eflags 0x202
hit2   ~24.5%  0x7000
       it cannot be told which of these it was:
       0x7000  mov dword ptr [rax], ecx
       0x7001  add byte ptr [rax], cl
       by ai (2)
hit3    ~0.5%  before 0x8000
       its code cannot be read
       by a (4) 1 time, b (5) 1 time, c (6) 1 time, 1 more thread
execution of 0x9000: at least 2 hits
hit4   2  0x9000
       inc dword ptr [rax]
       at 0x20  1 time
       elsewhere  1 time
       by ai (2)
access of 1 byte at 0x9100 quiet: 0 hits
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	want = "find 0x1000 -t u64 shows what points to the object of hit1;\nlabel [PLACE]+0x18 NAME then makes an entry that follows the pointer at PLACE\n"
	if diff := cmp.Diff(want, messages.String()); diff != "" {
		t.Error(diff)
	}
}

// Of what the kernel has told of nothing, it is said.
func TestSightingsWithoutSamples(t *testing.T) {
	s := Sightings{Points: []WatchedPoint{{Count: 5, Exact: true}}}
	if got := s.Messages(); len(got) != 1 || !strings.Contains(got[0], "--trace") {
		t.Errorf("%q", got)
	}
}

// What is drawn fits the terminal, whatever its size, and what was drawn can be
// taken away.
func TestLiveSightings(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {20, 5}, {1, 1}, {34, 3}, {200, 2}} {
		var out bytes.Buffer
		live := Live{Output: &Output{Out: &out}, Size: func() (int, int) { return size[0], size[1] }}
		if err := live.ShowSightings(seen()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(strings.TrimSuffix(out.String(), "\x1b[J"), "\x1b[K", ""), "\n"), "\n")
		if len(lines) > max(size[1]-1, 1) {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, line := range lines {
			if n := len([]rune(line)); n > size[0] {
				t.Errorf("%v: %q has %d columns", size, line, n)
			}
		}
		out.Reset()
		if err := live.Clear(); err != nil || !strings.HasSuffix(out.String(), "A\r\x1b[J") {
			t.Errorf("%v: cleared by %q, %v", size, out.String(), err)
		}
		out.Reset()
		if err := live.Clear(); err != nil || out.Len() > 0 {
			t.Errorf("%v: cleared twice by %q, %v", size, out.String(), err)
		}
	}
}
