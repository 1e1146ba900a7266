package patch_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search"
	"quarry/search/address"
	"quarry/session"
	"quarry/session/sessiontest"
)

// Where the parts of game() are.
const (
	code = 0x40_0000
	data = 0x41_0000
	heap = 0x50_0000
)

// game returns a fake program: code with "sub eax, edi; mov [rip+…], eax" at 16,
// data with lives = 3 at 0x20 and a pointer to the heap at 0x40, and a heap.
func game(heapText string) *sessiontest.Fake {
	segment := func(start uint64, kind session.Kind, perms session.Perms, module string, data []byte) sessiontest.Segment {
		r := session.Region{Range: session.Range{Start: start}, Kind: kind, Perms: perms, Module: module}
		if module != "" {
			r.Path, r.Offset = "/usr/games/"+module, start-code
		}
		return sessiontest.Segment{Region: r, Data: data}
	}
	text := bytes.Repeat([]byte{0xcc}, 64)
	copy(text[16:], "\x29\xf8\x89\x05\x11\x22\x33\x44")
	vars := make([]byte, 0x80)
	binary.LittleEndian.PutUint32(vars[0x20:], 3)
	binary.LittleEndian.PutUint64(vars[0x40:], heap)
	f := sessiontest.NewFake(
		segment(code, session.KindCode, session.PermRead|session.PermExec, "game", text),
		segment(data, session.KindData, session.PermRead|session.PermWrite, "game", vars),
		segment(heap, session.KindHeap, session.PermRead|session.PermWrite, "", []byte(heapText)),
	)
	f.SetProgram(session.Identity{PID: 4711, Start: 100}, "/usr/games/game")
	f.SetBuildID("game", "3f0c5577")
	return f
}

func edit(lines ...string) string { return "[[edit]]\n" + strings.Join(lines, "\n") + "\n" }

func file(t testing.TB, edits ...string) *patch.File {
	t.Helper()
	return parse(t, "quarry = 1\n"+strings.Join(edits, ""))
}

func plan(t testing.TB, target patch.Target, f *patch.File) *patch.Plan {
	t.Helper()
	p, err := patch.NewPlan(t.Context(), target, f, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// state is a planned edit as tests compare it.
type state struct {
	State  patch.State
	Err    string
	Places []string
}

func states(p *patch.Plan) []state {
	var out []state
	for _, e := range p.Edits {
		s := state{State: e.State, Err: errorText(e.Err)}
		for _, place := range e.Places {
			s.Places = append(s.Places, fmt.Sprintf("%#x: %q %q %v", place.Addr, place.Before, place.After, place.Applied))
		}
		out = append(out, s)
	}
	return out
}

func TestPlanStates(t *testing.T) {
	ab := edit("find='ab'", "set='XY'", "in='heap'")
	for _, c := range []struct {
		name string
		heap string
		edit string
		want state
	}{
		{"found once", "1ab2", ab, state{patch.Pending, "", []string{`0x500001: "ab" "XY" false`}}},
		{"applied", "1XY2", ab, state{patch.Applied, "", []string{`0x500001: "XY" "XY" true`}}},
		{"applied, and copied since", "1XY2XY", ab, state{patch.Ambiguous, "found nowhere, and 2 times with the new bytes, not once as asked: 0x500001, 0x500004", []string{`0x500001: "XY" "XY" true`, `0x500004: "XY" "XY" true`}}},
		{"found nowhere", "1234", ab, state{patch.Unresolved, "found nowhere, not once as asked", nil}},
		{"found twice", "ab12ab", ab, state{patch.Ambiguous, "found 2 times, not once as asked: 0x500000, 0x500004", []string{`0x500000: "ab" "XY" false`, `0x500004: "ab" "XY" false`}}},
		{"one old, one new", "ab12XY", ab, state{patch.Ambiguous, "found once, and once with the new bytes, not once as asked: 0x500000, 0x500004", []string{`0x500000: "ab" "XY" false`, `0x500004: "XY" "XY" true`}}},
		{"of two, one is applied", "ab12XY", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), state{patch.Pending, "", []string{`0x500000: "ab" "XY" false`, `0x500004: "XY" "XY" true`}}},
		{"of two, one is missing", "ab12", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), state{patch.Unresolved, "found once, not 2 times as asked: 0x500000", []string{`0x500000: "ab" "XY" false`}}},
		{"of two applied, one is missing", "XY12", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), state{patch.Unresolved, "found nowhere, and once with the new bytes, not 2 times as asked: 0x500000", []string{`0x500000: "XY" "XY" true`}}},
		{"of two, three are applied", "XY1XYXY", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), state{patch.Ambiguous, "found nowhere, and 3 times with the new bytes, not 2 times as asked: 0x500000, 0x500003, 0x500005", []string{`0x500000: "XY" "XY" true`, `0x500003: "XY" "XY" true`, `0x500005: "XY" "XY" true`}}},
		{"two applied", "XY1XY", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), state{patch.Applied, "", []string{`0x500000: "XY" "XY" true`, `0x500003: "XY" "XY" true`}}},
		{"all", "ab1XYab", edit("find='ab'", "set='XY'", "in='heap'", "matches='all'"), state{patch.Pending, "", []string{`0x500000: "ab" "XY" false`, `0x500003: "XY" "XY" true`, `0x500005: "ab" "XY" false`}}},
		{"all, from the left", "aaa", edit("find='aa'", "set='XY'", "in='heap'", "matches='all'"), state{patch.Pending, "", []string{`0x500000: "aa" "XY" false`}}},
		{"all applied", "1XYXY", edit("find='ab'", "set='XY'", "in='heap'", "matches='all'"), state{patch.Applied, "", []string{`0x500001: "XY" "XY" true`, `0x500003: "XY" "XY" true`}}},
		{"all, none", "1234", edit("find='ab'", "set='XY'", "in='heap'", "matches='all'"), state{patch.Unresolved, "found nowhere", nil}},
		{"overlapping, once asked", "aaa", edit("find='aa'", "set='XY'", "in='heap'"), state{patch.Ambiguous, "found 2 times, not once as asked: 0x500000, 0x500001", []string{`0x500000: "aa" "XY" false`, `0x500001: "aa" "XY" false`}}},
		{"shorter text", "String 1", edit("find='String 1'", "set='Hi'"), state{patch.Pending, "", []string{`0x500000: "String 1" "Hi\x00\x00\x00\x00\x00\x00" false`}}},
		{"shorter text, applied", "Hi\x00\x00\x00\x00\x00\x00", edit("find='String 1'", "set='Hi'"), state{patch.Applied, "", []string{`0x500000: "Hi\x00\x00\x00\x00\x00\x00" "Hi\x00\x00\x00\x00\x00\x00" true`}}},
		{"text with offset", "String 1", edit("find='String 1'", "set='2'", "offset=7"), state{patch.Pending, "", []string{`0x500007: "1" "2" false`}}},
		{"same old and new", "ab", edit("find='ab'", "set='ab'"), state{patch.Applied, "", []string{`0x500000: "ab" "ab" true`}}},
		{"utf16", "a\x00b\x00", edit("find='ab'", "set='X'", "type='utf16'"), state{patch.Pending, "", []string{`0x500000: "a\x00b\x00" "X\x00\x00\x00" false`}}},
		{"code", "", edit("find='29 f8 89 05 ?? ?? ?? ??'", "set='90 90'", "type='bytes'", "in='module:game'"), state{patch.Pending, "", []string{`0x400010: ")\xf8" "\x90\x90" false`}}},
		{"wildcards where it is set", "", edit("find='?? f8 89'", "set='29'", "type='bytes'", "in='exec'"), state{patch.Applied, "", []string{`0x400010: ")" ")" true`}}},
		{"number", "", edit("find=3", "set=99", "in='data'"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "c\x00\x00\x00" false`}}},
		{"range", "", edit("find='2..4'", "set=99", "in='data'"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "c\x00\x00\x00" false`}}},
		{"range, applied", "", edit("find='5..9'", "set=3", "in='data'"), state{patch.Applied, "", []string{`0x410020: "\x03\x00\x00\x00" "\x03\x00\x00\x00" true`}}},
		{"range, found nowhere", "", edit("find='5..9'", "set=4", "in='data'"), state{patch.Unresolved, "found nowhere, not once as asked", nil}},
		{"comparison, the new value fits too", "", edit("find='> 0'", "type='u8'", "set=80", "in='0x410020..0x410050'"), state{patch.Ambiguous, "found once, and once with the new bytes, not once as asked: 0x410020 (game+0x10020), 0x410042 (game+0x10042)", []string{`0x410020: "\x03" "P" false`, `0x410042: "P" "P" true`}}},
		{"not", "", edit("find='not 0'", "type='i16'", "set=7", "in='data'", "matches='all'"), state{patch.Pending, "", []string{`0x410020: "\x03\x00" "\a\x00" false`, `0x410042: "P\x00" "\a\x00" false`}}},
		{"= is exact", "", edit("find='= 3'", "type='u8'", "set=7", "in='data'"), state{patch.Pending, "", []string{`0x410020: "\x03" "\a" false`}}},
		{"stored otherwise", "", edit("find=1", "stored='2v+1'", "set=4", "in='data'"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"range, stored otherwise", "", edit("find='0..1'", "type='i32'", "stored='2v+1'", "set=4", "in='data'"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"big-endian", "\x00\x00\x00\x05", edit("find='4..6'", "endian='big'", "set=1", "in='heap'"), state{patch.Pending, "", []string{`0x500000: "\x00\x00\x00\x05" "\x00\x00\x00\x01" false`}}},
		{"big-endian text", "\x00a\x00b", edit("find='ab'", "type='utf16'", "endian='big'", "set='X'", "in='heap'"), state{patch.Pending, "", []string{`0x500000: "\x00a\x00b" "\x00X\x00\x00" false`}}},
		{"no such module", "", edit("find='a'", "set='b'", "in='module:nope'"), state{patch.Unresolved, `scope "module:nope": the process has no such module`, nil}},
		{"disabled", "", edit("find='a'", "set='b'", "enabled=false"), state{State: patch.Off}},

		{"at", "", edit("at='game+0x10020'", "expect=3", "set=99"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "c\x00\x00\x00" false`}}},
		{"at, applied", "", edit("at='0x410020'", "expect=5", "set=3"), state{patch.Applied, "", []string{`0x410020: "\x03\x00\x00\x00" "\x03\x00\x00\x00" true`}}},
		{"at, conflict", "", edit("at='0x410020'", "expect=5", "set=9"), state{patch.Conflict, "0x410020 holds 03 00 00 00, not 05 00 00 00", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"at, list", "", edit("at='0x410020'", "expect=[1, 3]", "set=9"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"at, not in list", "", edit("at='0x410020'", "expect=[1, '5..9']", "set=0"), state{patch.Conflict, "0x410020 holds 03 00 00 00, which is not expected", []string{`0x410020: "\x03\x00\x00\x00" "\x00\x00\x00\x00" false`}}},
		{"at, range", "", edit("at='0x410020'", "expect='-1..3'", "set=9"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"at, comparison", "", edit("at='0x410020'", "expect=['> 7', '<= 3']", "set=9"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"at, comparison fails", "", edit("at='0x410020'", "expect='not 3'", "set=9"), state{patch.Conflict, "0x410020 holds 03 00 00 00, which is not expected", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"at, only looked at", "", edit("at='0x410020'", "type='i32'"), state{State: patch.Off}},
		{"at, only frozen", "", edit("at='0x410020'", "type='i32'", "freeze='up-only'"), state{State: patch.Off}},
		{"at, digits", "100", edit("at='heap'", "type='i32'", "stored='text'", "expect=100", "set=7"), state{patch.Pending, "", []string{`0x500000: "100" "7\x00\x00" false`}}},
		{"at, big-endian", "\x00\x05", edit("at='heap'", "type='u16'", "endian='big'", "expect=5", "set=258"), state{patch.Pending, "", []string{`0x500000: "\x00\x05" "\x01\x02" false`}}},
		{"at, any", "", edit("at='0x410020'", "expect='any'", "set=9"), state{patch.Pending, "", []string{`0x410020: "\x03\x00\x00\x00" "\t\x00\x00\x00" false`}}},
		{"at, pointer", "abcd", edit("at='[game+0x10040]+1'", "expect='bc'", "set='X'"), state{patch.Pending, "", []string{`0x500001: "bc" "X\x00" false`}}},
		{"at, pattern", "", edit("at='game+16'", "type='bytes'", "expect='2? f8 ?? 05'", "set='90'"), state{patch.Pending, "", []string{`0x400010: ")" "\x90" false`}}},
		{"at, no such module", "", edit("at='nope+16'", "expect=1", "set=2"), state{patch.Unresolved, `address nope+16: no module, region or entry is called "nope"`, nil}},
		{"at, null pointer", "", edit("at='[game+0x10048]'", "expect=1", "set=2"), state{patch.Unresolved, "address [game+0x10048]: the pointer at 0x410048 is null", nil}},
		{"at, unreadable", "", edit("at='0x10'", "expect=1", "set=2"), state{patch.Unreadable, "0x10 is not readable", nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := game(c.heap)
			if diff := cmp.Diff([]state{c.want}, states(plan(t, f, file(t, c.edit)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if f.Writes() != 0 {
				t.Errorf("planning wrote %d times", f.Writes())
			}
		})
	}
}

func TestPlanManyMatches(t *testing.T) {
	f := game(strings.Repeat("ab", 1000) + strings.Repeat("XY", 1000))
	e := plan(t, f, file(t, edit("find='ab'", "set='XY'", "in='heap'"))).Edits[0]
	if e.State != patch.Ambiguous || e.Pending != 1000 || e.Applied != 1000 || len(e.Places) != 32 {
		t.Errorf("%v, %d pending, %d applied, %d listed", e.State, e.Pending, e.Applied, len(e.Places))
	}
	var count *patch.CountError
	if !errors.As(e.Err, &count) || len(count.Spots) != 16 || !strings.HasSuffix(e.Err.Error(), ", 0x50001e, 1984 more") {
		t.Errorf("error is %v", e.Err)
	}
	e = plan(t, f, file(t, edit("find='ab'", "set='XY'", "in='heap'", "matches='all'"))).Edits[0]
	if e.State != patch.Pending || e.Pending != 1000 || len(e.Places) != 1016 {
		t.Errorf("%v, %d pending, %d listed", e.State, e.Pending, len(e.Places))
	}
}

func TestPlanOverlappingEdits(t *testing.T) {
	p := plan(t, game("abcd"), file(t, edit("find='abc'", "set='XYZ'"), edit("find='cd'", "set='Q'")))
	want := []state{
		{patch.Pending, "", []string{`0x500000: "abc" "XYZ" false`}},
		{patch.Conflict, "the writes at 0x500000 and 0x500002 overlap", []string{`0x500002: "cd" "Q\x00" false`}},
	}
	if diff := cmp.Diff(want, states(p)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What is applied stays: an edit that would write other bytes over it conflicts, one
// that leaves it as it is does not.
func TestPlanOverlapWithWhatIsApplied(t *testing.T) {
	applied := edit("at='0x500000'", "expect='abcd'", "set='abXY'")
	for _, c := range []struct {
		name  string
		other string
		want  patch.State
	}{
		{"other bytes", edit("at='0x500003'", "expect='Ye'", "set='ZE'"), patch.Conflict},
		{"the same bytes", edit("at='0x500003'", "expect='Ye'", "set='YE'"), patch.Pending},
		{"beside", edit("at='0x500004'", "expect='ef'", "set='EF'"), patch.Pending},
	} {
		for order, edits := range map[string][]string{"before": {c.other, applied}, "after": {applied, c.other}} {
			t.Run(c.name+" "+order, func(t *testing.T) {
				p := plan(t, game("abXYef"), file(t, edits...))
				got := map[patch.State]bool{p.Edits[0].State: true, p.Edits[1].State: true}
				if want := map[patch.State]bool{patch.Applied: true, c.want: true}; !maps.Equal(got, want) {
					t.Errorf("%v, want %v", states(p), want)
				}
			})
		}
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct{ target, want string }{
		{"exe='game'", ""},
		{"exe='/usr/games/game'", ""},
		{"exe='other'", "the patch is for exe other, and this is game"},
		{"exe='/bin/game'", "the patch is for exe /bin/game, and this is /usr/games/game"},
		{"build-id='3F0C'", ""},
		{"build-id='3f0d'", "the patch is for build-id 3f0d, and this is 3f0c5577"},
		{"arch='amd64'", ""},
		{"arch='arm64'", "the patch is for arch arm64, and this is amd64"},
		{"pid=4711\nstart=100", ""},
		{"pid=4711\nstart=101", "the patch is for process 4711@101, and this is 4711@100"},
	} {
		f := parse(t, "quarry = 1\n[target]\n"+c.target+"\n"+edit("find='ab'", "set='XY'"))
		_, err := patch.NewPlan(t.Context(), game("ab"), f, search.Options{})
		if errorText(err) != c.want || err != nil && !errors.Is(err, patch.ErrTarget) {
			t.Errorf("%s: error is %v, want %s", c.target, err, c.want)
		}
		if _, err := patch.Revert(t.Context(), game("ab"), f, search.Options{}); errorText(err) != c.want {
			t.Errorf("%s: revert: error is %v, want %s", c.target, err, c.want)
		}
	}
}

func TestPlanEnds(t *testing.T) {
	f := file(t, edit("find='ab'", "set='XY'"), edit("at='0x410020'", "expect=3", "set=5"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := patch.NewPlan(ctx, game("ab"), f, search.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	target := game("ab")
	target.Gone()
	if _, err := patch.NewPlan(t.Context(), target, f, search.Options{}); !errors.Is(err, session.ErrGone) {
		t.Errorf("gone: %v", err)
	}
	made := &patch.File{Name: "made.toml", Edits: []patch.Edit{{Name: "x", Set: str("1")}}}
	const want = `made.toml: edit "x": find: it is missing, and so is at`
	if _, err := patch.NewPlan(t.Context(), game(""), made, search.Options{}); !errors.Is(err, patch.ErrFile) || err.Error() != want {
		t.Errorf("bad file: %v", err)
	}
}

func TestAddressesByNamesOfEdits(t *testing.T) {
	any := func(name, at string) string {
		return edit("name='"+name+"'", "at='"+at+"'", "type='u8'", "expect='any'", "set=1")
	}
	f := file(t,
		edit("name='player'", "at='[game+0x10040]'", "type='u8'"),
		any("first", "player"), any("second", "first+4"),
		any("heap", "heap+8"), // its own name is the region
		any("round", "about+1"), any("about", "round+1"))
	p := plan(t, game("text of the heap"), f)
	var got []string
	for _, e := range p.Edits {
		text := e.State.String()
		if len(e.Places) > 0 {
			text += fmt.Sprintf(" %#x", e.Places[0].Addr)
		}
		got = append(got, text)
	}
	want := []string{"off", "pending 0x500000", "pending 0x500004", "pending 0x500008", "unresolved", "unresolved"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Names of edits lead to an address over so many others and no more, whatever the
// file holds.
func TestAddressesBehindManyEdits(t *testing.T) {
	edits := []string{edit("name='n0'", "at='game+0x10020'", "type='u8'")}
	for i := 1; i <= 3000; i++ {
		edits = append(edits, edit(fmt.Sprintf("name='n%d'", i), fmt.Sprintf("at='n%d+0'", i-1), "type='u8'", "expect=3", "set=3"))
	}
	p := plan(t, game("heap"), file(t, edits...))
	for i, e := range p.Edits[1:] {
		want := patch.Applied
		if i+1 > address.MaxNames {
			want = patch.Unresolved
		}
		if e.State != want || (e.Err != nil) != (want == patch.Unresolved) || e.Err != nil && e.Err != address.ErrNames {
			t.Fatalf("edit %d: %s, %v, want %s", i+1, e.State, e.Err, want)
		}
	}
}

// An address may begin with an edit that is found by content, also one that is
// written at the same time.
func TestAddressesByNamesOfFoundEdits(t *testing.T) {
	target := game("....ANCHORxy....")
	f := file(t,
		edit("name='next'", "at='anchor+6'", "type='string'", "expect='xy'", "set='XY'"),
		edit("name='anchor'", "find='ANCHOR'", "in='heap'", "set='BNCHOR'"),
		edit("name='lost'", "find='NOWHERE'", "in='heap'", "set='nowhere'", "optional=true"),
		edit("name='far'", "at='lost+2'", "type='u8'", "expect=1", "set=2", "optional=true"),
	)
	p := plan(t, target, f)
	if got := p.Edits[0]; got.State != patch.Pending || got.Places[0].Addr != heap+10 {
		t.Errorf("next: %v, %v", got.State, got.Err)
	}
	const want = `edit "lost", whose place the address begins with, is not at one place: found nowhere, not once as asked`
	if got := p.Edits[3]; got.State != patch.Unresolved || errorText(got.Err) != want {
		t.Errorf("far: %v, %v\nwant %s", got.State, got.Err, want)
	}
	if _, err := p.Apply(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if p = plan(t, target, f); p.Count(patch.Applied) != 2 {
		t.Errorf("applied again: %v, %v", p.Edits[0].State, p.Edits[1].State)
	}
}

// The length of a place may be told beside values: text is padded to it, and the
// rest of bytes is left as it is.
func TestLengthBesideValues(t *testing.T) {
	target := game("Alice\x00\x00\x00\x01\x02\x03\x04")
	f := file(t,
		edit("name='name'", "at='heap'", "type='string'", "length=8", "expect='Alice'", "set='Bob'"),
		edit("name='raw'", "at='heap+8'", "type='bytes'", "length=4", "expect='any'", "set='09'"),
	)
	p := plan(t, target, f)
	if _, err := p.Apply(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if got := string(target.Peek(heap, 12)); got != "Bob\x00\x00\x00\x00\x00\x09\x02\x03\x04" {
		t.Errorf("after apply: %q", got)
	}
	if p = plan(t, target, f); p.Count(patch.Applied) != 2 {
		t.Errorf("applied again: %v, %v", p.Edits[0].State, p.Edits[1].State)
	}
	if widths := [2]int{f.Edits[0].Width(), f.Edits[1].Width()}; widths != [2]int{8, 4} {
		t.Errorf("widths are %v", widths)
	}
}

// rewriter writes new bytes over old ones when the memory map is read for the
// second time, which is between the two searches for an edit.
type rewriter struct {
	*sessiontest.Fake
	maps int
}

func (r *rewriter) Regions() ([]session.Region, error) {
	if r.maps++; r.maps == 2 {
		r.Poke(heap, []byte("String 2"))
	}
	return r.Fake.Regions()
}

// A place that is written between the searches for the old and the new bytes is
// one place.
func TestPlanOfWhatIsWrittenMeanwhile(t *testing.T) {
	f := file(t, edit(`find = "String 1"`, `in = "heap"`, `set = "String 2"`))
	want := []state{{State: patch.Applied, Places: []string{`0x500000: "String 2" "String 2" true`}}}
	if diff := cmp.Diff(want, states(plan(t, &rewriter{Fake: game("String 1........")}, f))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
