package symbol_test

import (
	"testing"

	"quarry/session/symbol"
)

// Names of C++ and of both ways of Rust, as people write them.
func TestDemangle(t *testing.T) {
	for _, c := range []struct {
		linker, name string
		also         []string // other ways to write it
		not          []string
	}{
		{"main", "main", nil, []string{"main"}}, // not mangled: the hash table finds it
		{"_ZN4Game5livesE", "Game::lives", nil, []string{"lives", "Game"}},
		{"_ZN4Game4tickEi", "Game::tick(int)", []string{"Game::tick", "Game::tick( int )"}, []string{"Game::tick(long)", "tick"}},
		{"_ZNK4Game3getEv", "Game::get() const", []string{"Game::get"}, nil},
		{"_ZN4GameD1Ev", "Game::~Game()", []string{"Game::~Game"}, []string{"Game::Game"}},
		{"_ZN2ns3MapIiiE1xE", "ns::Map<int, int>::x", []string{"ns::Map<int,int>::x"}, []string{"ns::Map<int, long>::x"}},
		{"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)",
			[]string{"std::vector<int, std::allocator<int>>::push_back"}, nil},
		{"_ZZN4Game4tickEiE5calls", "Game::tick(int)::calls", []string{"Game::tick()::calls", "Game::tick::calls"}, nil},
		{"_ZN12_GLOBAL__N_16secretE", "(anonymous namespace)::secret", nil, nil},
		{"_ZTV4Game", "vtable for Game", nil, []string{"Game"}},
		{"_ZN4GameclEi", "Game::operator()(int)", []string{"Game::operator()"}, nil},
		{"_ZNSs6appendEPKc", "std::string::append(char const*)", []string{"std::string::append"}, nil},
		{"_Znwm", "operator new(unsigned long)", []string{"operator new"}, nil},
		{"_Z4tickv.part.0", "tick() [clone .part.0]", nil, []string{"tick"}},
		{"_ZN4game6Player6health17h0123456789abcdefE", "game::Player::health", nil, []string{"health"}},
		{"_ZN51_$LT$game..Player$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
			"<game::Player as core::fmt::Display>::fmt", nil, nil},
		{"_RNvNtCs1234_4game6Player6health", "game::Player::health", nil, nil},
		{"_RNvC6_123foo3bar", "123foo::bar", nil, nil},
		{"_RINvNtC3std3mem8align_ofjdE", "std::mem::align_of::<usize, f64>", nil, nil},
	} {
		if got := symbol.Demangle(c.linker); got != c.name {
			t.Errorf("Demangle(%s) = %s, want %s", c.linker, got, c.name)
		}
		for _, name := range c.also {
			if !symbol.Matches(name, c.linker) {
				t.Errorf("%s is not %s", name, c.linker)
			}
		}
		for _, name := range c.not {
			if symbol.Matches(name, c.linker) {
				t.Errorf("%s is %s", name, c.linker)
			}
		}
		if c.name != c.linker && c.linker != "_Z4tickv.part.0" && !symbol.Matches(c.name, c.linker) {
			t.Errorf("%s is not %s; it looks for %q", c.name, c.linker, symbol.Telling(c.name))
		}
	}
}
