package address_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/address"
	"quarry/session"
	"quarry/session/sessiontest"
)

// process returns a fake with modules of awkward names, a heap, a stack, and
// pointers in the data of "game".
func process() *sessiontest.Fake {
	data := make([]byte, 0x100)
	binary.LittleEndian.PutUint64(data[0x40:], 0x7000_0000) // to the heap
	binary.LittleEndian.PutUint64(data[0x48:], 0x1)         // to nothing
	heap := make([]byte, 0x100)
	binary.LittleEndian.PutUint64(heap[0x10:], 0x40_0000) // back to the game
	module := func(name, path string, start uint64) sessiontest.Segment {
		return sessiontest.Segment{Region: session.Region{
			Range: session.Range{Start: start}, Kind: session.KindData, Perms: session.PermRead, Module: name, Path: path,
		}, Data: make([]byte, 0x100)}
	}
	game := module("game", "/usr/games/game", 0x40_0000)
	game.Data = data
	return sessiontest.NewFake(game,
		module("game-2", "/usr/games/game-2", 0x50_0000),
		module("libstdc++.so.6", "/lib/libstdc++.so.6", 0x60_0000),
		module("my game.exe", "/opt/my game.exe", 0x61_0000),
		module("2048", "/usr/games/2048", 0x62_0000),
		sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x7000_0000}, Kind: session.KindHeap}, Data: heap},
		sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x7fff_0000}, Kind: session.KindStack}, Data: make([]byte, 16)},
	)
}

func entries(name string) (uint64, bool, error) {
	if name == "lives" {
		return 0x7000_0020, true, nil
	}
	return 0, false, nil
}

func TestResolve(t *testing.T) {
	p := process()
	for _, c := range []struct {
		text string
		want uint64
	}{
		{"0x7ffd1234", 0x7ffd1234},
		{"0X10", 16},
		{"4096", 4096},
		{"0x1000+0x10-8", 0x1008},
		{"0xffffffffffffffff", 0xffffffffffffffff},
		{"game", 0x40_0000},
		{"game+0x10", 0x40_0010},
		{"game + 16", 0x40_0010},
		{"game+ 16", 0x40_0010},
		{"game +0x10", 0x40_0010},
		{" game-0x10 ", 0x3f_fff0},
		{"game+0x10+8-1", 0x40_0017},
		{"game-2", 0x50_0000},
		{"game-2+8", 0x50_0008},
		{"game-3", 0x3f_fffd},
		{`"game"-2`, 0x3f_fffe},
		{"libstdc++.so.6", 0x60_0000},
		{"libstdc++.so.6+0x10", 0x60_0010},
		{`"my game.exe"+8`, 0x61_0008},
		{`'my game.exe'`, 0x61_0000},
		{`"2048"+1`, 0x62_0001},
		{"2048+1", 2049},
		{"/usr/games/game+8", 0x40_0008},
		{"heap", 0x7000_0000},
		{"heap+0x20", 0x7000_0020},
		{"stack+4", 0x7fff_0004},
		{"lives", 0x7000_0020},
		{"lives+8", 0x7000_0028},
		{"[game+0x40]", 0x7000_0000},
		{"[game+0x40]+0x10", 0x7000_0010},
		{"[[game+0x40]+0x10]+0x8", 0x40_0008},
		{"[ [ game + 0x40 ] + 0x10 ] + 0x8", 0x40_0008},
	} {
		t.Run(c.text, func(t *testing.T) {
			e, err := address.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Resolve(t.Context(), address.In(p, entries))
			if err != nil || got != c.want {
				t.Errorf("Resolve(%s) = %#x, %v; want %#x", c.text, got, err, c.want)
			}
			again, err := address.Parse(e.String())
			if err != nil || again.String() != e.String() {
				t.Fatalf("String() = %q, which parses as %q, %v", e, again, err)
			}
			if second, err := again.Resolve(t.Context(), address.In(p, entries)); err != nil || second != c.want {
				t.Errorf("String() = %q, which is %#x, %v; want %#x", e, second, err, c.want)
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	p := process()
	for _, c := range []struct{ text, want, hint string }{
		{"gmae+0x10", `address gmae+0x10: no module, region or entry is called "gmae"`, "quarry maps lists the modules"},
		{"7ffd1234", `address 7ffd1234: no module, region or entry is called "7ffd1234"`, "write an address as 0x7ffd1234"},
		{"[[game+0x48]]", "address [[game+0x48]]: [game+0x48] holds 0x1: 0x1 is not readable", ""},
		{"[[game+0x48]+8]-8", "address [[game+0x48]+0x8]-0x8: [game+0x48]+0x8 is 0x9: 0x9 is not readable", ""},
		{"[game+0x1000]", "address [game+0x1000]: 0x401000 is not readable", ""},
		{"[game+0x50]+8", "address [game+0x50]+0x8: [game+0x50] holds 0x0: the pointer at 0x400050 is null", ""},
		{"[game+0x50]", "address [game+0x50]: the pointer at 0x400050 is null", ""},
		{"[nowhere+1]+8", `address [nowhere+1]+0x8: nowhere+1: no module, region or entry is called "nowhere"`, "quarry maps lists the modules"},
		{"0x10-0x20", "address 0x10-0x20: 0x10-0x20 is no address", ""},
		{"0xffffffffffffffff+1", "address 0xffffffffffffffff+0x1: 0xffffffffffffffff+0x1 is no address", ""},
		{"&counter", "address &counter: symbols are not supported yet", "write MODULE+OFFSET"},
		{"[&libfoo.so:x]+8", "address [&libfoo.so:x]+0x8: &libfoo.so:x: symbols are not supported yet", "write MODULE+OFFSET"},
	} {
		t.Run(c.text, func(t *testing.T) {
			e, err := address.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.Resolve(t.Context(), address.In(p, nil))
			var resolve *address.ResolveError
			if !errors.As(err, &resolve) || !errors.Is(err, address.ErrUnresolved) {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff([]string{c.want, c.hint}, []string{err.Error(), resolve.Hint()}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestNoHeap(t *testing.T) {
	e, _ := address.Parse("heap+8")
	_, err := e.Resolve(t.Context(), address.In(sessiontest.NewFake(), nil))
	if want := "address heap+8: the process has no [heap]"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	if !errors.Is(err, session.ErrScopeEmpty) {
		t.Errorf("%v is not session.ErrScopeEmpty", err)
	}
}

func TestSameNameTwice(t *testing.T) {
	p := process()
	p.SetModules(session.Module{Name: "x.so", Path: "/a/x.so", Base: 0x1000}, session.Module{Name: "x.so", Path: "/b/x.so", Base: 0x9000})
	e, _ := address.Parse("x.so+8")
	_, err := e.Resolve(t.Context(), address.In(p, nil))
	if want := `address x.so+8: 2 modules are called "x.so": /a/x.so at 0x1000 and /b/x.so at 0x9000`; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	e, _ = address.Parse("/b/x.so+8")
	if got, err := e.Resolve(t.Context(), address.In(p, nil)); got != 0x9008 || err != nil {
		t.Errorf("by path: %#x, %v", got, err)
	}
}

func TestPointerSizes(t *testing.T) {
	for _, layout := range []session.Layout{
		{Arch: "386", WordSize: 4, Order: binary.LittleEndian, PageSize: 4096},
		{Arch: "ppc64", WordSize: 8, Order: binary.BigEndian, PageSize: 4096},
	} {
		p := process()
		p.SetLayout(layout)
		raw := []byte{1, 0, 0, 0, 1, 0, 0, 0}
		p.Poke(0x7000_0000, raw)
		want := uint64(1)
		if layout.WordSize == 8 {
			want = 0x0100_0000_0100_0000
		}
		e, _ := address.Parse("[heap]")
		if got, err := e.Resolve(t.Context(), address.In(p, nil)); got != want || err != nil {
			t.Errorf("%s: %#x, %v, want %#x", layout.Arch, got, err, want)
		}
	}
}

func TestGoneAndCancelled(t *testing.T) {
	e, _ := address.Parse("[heap]+8")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Resolve(ctx, address.In(process(), nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	p := process()
	p.Gone()
	if _, err := e.Resolve(t.Context(), address.In(p, nil)); !errors.Is(err, session.ErrGone) {
		t.Errorf("after the end: %v", err)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `address "": column 1: an address is missing`},
		{"  ", `address "  ": column 3: an address is missing`},
		{"+8", `address "+8": column 1: an address or a name is missing`},
		{"[game", `address "[game": column 6: the bracket is not closed`},
		{"game]", `address "game]": column 5: "]" is too much`},
		{"[]", `address "[]": column 2: an address or a name is missing`},
		{"0x10+foo", `address "0x10+foo": column 6: a number is missing`},
		{"my game", `address "my game": column 4: "game" is too much`},
		{`"game`, `address "\"game": column 1: the quotes hold no name or are not closed`},
		{`""`, `address "\"\"": column 1: the quotes hold no name or are not closed`},
		{"&", `address "&": column 2: a name is missing`},
		{`"game"+`, `address "\"game\"+": column 8: a number is missing`},
		{"0x1ffffffffffffffff]", `address "0x1ffffffffffffffff]": column 1: 0x1ffffffffffffffff is out of range: an address has 64 bits`},
		{"[18446744073709551616]", `address "[18446744073709551616]": column 2: 18446744073709551616 is out of range: an address has 64 bits`},
		{strings.Repeat("[", 65) + "8", `address "` + strings.Repeat("[", 65) + `8": column 65: pointers nest deeper than 64`},
		{strings.Repeat("+1", 4000), `address "+1+1+1+1+1+1+1+1+1+1…": column 4097: the expression is too long`},
	} {
		e, err := address.Parse(c.text)
		if err == nil || err.Error() != c.want || !errors.Is(err, address.ErrSyntax) || !e.IsZero() {
			t.Errorf("Parse(%q) = %v, %v; want %s", c.text, e, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"0x10", "game+0x10", "[game+0x40]+0x10", "&lib:x", `"my game"-8`, "libstdc++", "a+ 8", "[[1]]", "'\"'", "a-+8 - 9",
		"&Game::tick(int, char &)+8", "&Map<int, int>::x - 8", `&lib.so:"vtable for Game"+8`, "&operator<<(S &)", "&a<b ] >",
		"[&f[abi:cxx11](int[3])+8]", "&~Game", "&<A as B>::f", "&f::{lambda(int)#1}::g",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := address.Parse(text)
		if err != nil {
			if !e.IsZero() || !errors.Is(err, address.ErrSyntax) {
				t.Fatalf("Parse(%q) = %v, %v", text, e, err)
			}
			return
		}
		again, err := address.Parse(e.String())
		if err != nil || again.String() != e.String() {
			t.Fatalf("Parse(%q) = %q, which parses as %q, %v", text, e, again, err)
		}
		addr, err := e.Resolve(t.Context(), address.In(sessiontest.NewFake(), nil))
		if err != nil && addr != 0 {
			t.Fatalf("%#x and %v", addr, err)
		}
	})
}

func Example() {
	game := sessiontest.Segment{Region: session.Region{
		Range: session.Range{Start: 0x40_0000}, Module: "game", Kind: session.KindData, Perms: session.PermRead,
	}, Data: []byte{0, 0, 0x50, 0, 0, 0, 0, 0}}
	target := sessiontest.NewFake(game)

	e, err := address.Parse("[game+0]+0x10")
	if err != nil {
		fmt.Println(err)
		return
	}
	addr, err := e.Resolve(context.Background(), address.In(target, nil))
	fmt.Printf("%#x %v\n", addr, err)
	// Output: 0x500010 <nil>
}
