package address_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"quarry/search/address"
	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/symbol"
)

// Names of C++ and Rust end where they end, with quotes and without.
func TestSymbolNames(t *testing.T) {
	for _, text := range []string{
		"&counter", "&counter+0x8", "&libfoo.so:x", "&libfoo.so:x-0x8", "&Game::lives", "&Game::tick(int)", "&Game::tick(int, char &)+0x8",
		"&ns::Map<int, int>::x", "&Map<int, Map<int, char&>>::x+0x10", "&Game::~Game()", "&game:ns::Map<int, int>::x",
		"&Vec::operator<(Vec const&)", "&operator<<(S &, int)", "&Game::operator()(int)+0x4", "&Game::operator[](long)", "&Game::operator->",
		"&Game::operator>+0x8", "&(anonymous namespace)::secret", "&<game::Player as core::fmt::Display>::fmt",
		"&game::main::{closure#0}::hit", "&name[abi:cxx11](int)+0x8", "[&Map<int, int>::x+0x8]+0x10", "[[&f(int[3])]+0x8]",
		`&"operator new(unsigned long)"`, `&"vtable for Game"+0x10`, `&libfoo.so:"vtable for Game"+0x10`, `'a "b"'`, "Game::lives+0x8",
		"Map<int, int>::x", "&a<b", "[&a<b]+0x8",
	} {
		e, err := address.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		want := strings.Replace(text, `&libfoo.so:"`, `&"libfoo.so:`, 1)
		if e.String() != want {
			t.Errorf("%s is read as %s", text, e)
		}
		if again, err := address.Parse(e.String()); err != nil || again.String() != e.String() {
			t.Errorf("%s is read as %s, and that as %s, %v", text, e, again, err)
		}
	}
	for _, text := range []string{"&", "&vtable for Game", `&lib:"x`, "&f(int a", "[&f(int]]"} {
		if e, err := address.Parse(text); err == nil {
			t.Errorf("%s is read as %s", text, e)
		}
	}
}

const program = `
#include <stdio.h>
int counter = 7, table[8] = {1, 2, 3};
void *first = &counter, *null;
static void *odd = (void *)0x10;
__thread int own = 1;
int main(void) {
	printf("%lx %lx %lx\n", (unsigned long)&counter, (unsigned long)&table, (unsigned long)&first);
	fflush(stdout);
	return getchar() + own + (odd != 0);
}
`

func TestResolveSymbols(t *testing.T) {
	for name, flags := range map[string][]string{"64 bits": nil, "32 bits": {"-m32"}, "no-pie": {"-no-pie", "-fno-pie"}} {
		t.Run(name, func(t *testing.T) {
			p := sessiontest.Start(t, sessiontest.BuildC(t, program, flags...))
			var at [3]uint64
			for i, word := range strings.Fields(p.Line(t)) {
				at[i], _ = strconv.ParseUint(word, 16, 64)
			}
			s, err := session.Attach(p.PID)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			game := s.Name()
			names := address.In(s, func(name string) (uint64, bool, error) { return 0x1234, name == "table", nil },
				address.WithSymbols(symbol.NewIndex(s)))
			for text, want := range map[string]uint64{
				"&counter": at[0], "&counter+4": at[0] + 4, "counter": at[0], "counter + 0x10": at[0] + 0x10, "counter-4": at[0] - 4,
				"&table+8": at[1] + 8, "table": 0x1234, "&" + game + ":table": at[1], game + ":table": at[1],
				"[&first]": at[0], "[first]+4": at[0] + 4, `&"counter"+4`: at[0] + 4,
			} {
				e, err := address.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := e.Resolve(t.Context(), names); got != want || err != nil {
					t.Errorf("%s = %#x, %v; want %#x", text, got, err, want)
				}
				if got, _ := e.Resolve(t.Context(), address.In(s, nil)); got != want && want != 0x1234 {
					t.Errorf("%s = %#x without an index, want %#x", text, got, want)
				}
			}
			for _, c := range []struct{ text, want, hint string }{
				{"&countr+8", `address &countr+8: no symbol is called "countr"`, "did you mean counter?"},
				{"countr+8", `address countr+8: no module, region, entry or symbol is called "countr"`, "did you mean counter?"},
				{"[&null]+8", "address [&null]+0x8: [&null] holds 0x0: the pointer at ", ""},
				{"[[&odd]]", "address [[&odd]]: [&odd] holds 0x10: 0x10 is not readable", ""},
				{"[&own]", "address [&own]: &own: own of " + game + " is thread-local", "find its value by a search"},
				{"own", "address own: own of " + game + " is thread-local", "find its value by a search"},
				{"&nowhere:x", `address &nowhere:x: no module is called "nowhere"`, "quarry maps lists the modules"},
				{"&" + game + ":qwertz", "address &" + game + ":qwertz: " + game + ` has no symbol called "qwertz"`, "quarry symbols lists them"},
			} {
				e, err := address.Parse(c.text)
				if err != nil {
					t.Fatal(err)
				}
				_, err = e.Resolve(t.Context(), names)
				if !errors.Is(err, address.ErrUnresolved) || !strings.HasPrefix(err.Error(), c.want) || session.Hint(err) != c.hint {
					t.Errorf("%s: %v (%s); want %s (%s)", c.text, err, session.Hint(err), c.want, c.hint)
				}
			}
		})
	}
}
