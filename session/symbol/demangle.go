package symbol

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// longestMangled is the longest name that is demangled, and longestDemangled
// the power of two of what may come out: a short name can stand for gigabytes.
const (
	longestMangled   = 16 << 10
	longestDemangled = 14
)

// Demangle returns the name as it is written in the source, for names mangled by
// the Itanium C++ ABI and by both ways of Rust; any other name as it is.
func Demangle(linker string) string { return demangled(linker) }

// demangled demangles with options. The name comes out of a file that may mean
// ill, so that not even a panic of the demangler may end the program.
func demangled(linker string, options ...demangle.Option) (name string) {
	if !mangled(linker) || len(linker) > longestMangled {
		return linker
	}
	defer func() {
		if recover() != nil {
			name = linker
		}
	}()
	name, err := demangle.ToString(linker, append(options, demangle.MaxLength(longestDemangled))...)
	if err != nil || name == "" {
		return linker
	}
	return name
}

// mangled reports whether a name may be mangled.
func mangled(linker string) bool {
	return strings.HasPrefix(linker, "_Z") || strings.HasPrefix(linker, "_R") || strings.HasPrefix(linker, "__Z")
}

// bare returns the demangled name without the parameters of functions and their
// return types.
func bare(linker string) string {
	return demangled(linker, demangle.NoParams, demangle.NoEnclosingParams)
}

// unparenthesized takes out the empty parentheses of the functions that a name
// lies in, Game::tick()::calls.
func unparenthesized(name string) string {
	for at := 0; ; {
		i := strings.Index(name[at:], "()::")
		if i < 0 {
			return name
		}
		at += i
		if strings.HasSuffix(name[:at], "operator") {
			at += 2
			continue
		}
		name = name[:at] + name[at+2:]
	}
}

// source is a name as people write it, ready to be compared with demangled ones.
type source struct {
	compact string // without the spaces that do not matter
	word    string // must occur in the mangled name, may be empty
}

func readSource(name string) source {
	return source{compact: compact(name), word: telling(name)}
}

// compact takes out the spaces that do not part two words, so that "Map<int,int>"
// and "Map<int, int>" are the same.
func compact(name string) string {
	if !strings.ContainsAny(name, " \t") {
		return name
	}
	var b strings.Builder
	space := false
	for i := range len(name) {
		c := name[i]
		if c == ' ' || c == '\t' {
			space = true
			continue
		}
		if space && b.Len() > 0 && inWord(c) && inWord(b.String()[b.Len()-1]) {
			b.WriteByte(' ')
		}
		space = false
		b.WriteByte(c)
	}
	return b.String()
}

func inWord(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// unwritten are words of demangled names that mangled ones have another form for.
var unwritten = func() map[string]bool {
	words := make(map[string]bool)
	for w := range strings.FieldsSeq(`
		std string basic_string allocator char_traits istream ostream iostream basic_istream basic_ostream basic_iostream
		void bool char short int long float double unsigned signed wchar_t char8_t char16_t char32_t half auto decltype
		__int128 __float128 decimal32 decimal64 decimal128 nullptr_t _Float16 bfloat16_t std_bfloat16_t true false
		const volatile restrict static sizeof alignof typeid throw noexcept requires typename template this constexpr
		nullptr operator new delete co_await anonymous namespace clone lambda unnamed type enable_if
		vtable for VTT typeinfo name fn guard variable reference temporary construction non virtual thunk covariant return
		TLS init function wrapper java hidden alias transaction safe initializer module static_cast dynamic_cast
		reinterpret_cast const_cast complex imaginary _Complex _Imaginary cdecl stdcall default arg parameter object
		i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f16 f32 f64 f128 str as impl dyn mut fn extern unsafe closure shim crate
		`) {
		words[w] = true
	}
	return words
}()

// telling returns the longest word of a name that its mangled form must have,
// too, or nothing when there is none for sure.
func telling(name string) string {
	longest := ""
	for i := 0; i < len(name); {
		start := i
		for i < len(name) && inWord(name[i]) {
			i++
		}
		if start == i {
			i++
			continue
		}
		w := name[start:i]
		ascii := strings.IndexFunc(w, func(r rune) bool { return r >= 0x80 }) < 0
		if ascii && len(w) > len(longest) && (w[0] < '0' || w[0] > '9') && !unwritten[w] {
			longest = w
		}
	}
	return longest
}

// Ways in which a name is that of a symbol, the better the greater.
const (
	noMatch    = iota
	cloneMatch // of a part or a copy that the compiler made of the function
	bareMatch  // but for the parameters
	fullMatch
)

// matches tells how the name fits a mangled one.
func (s source) matches(linker string) int {
	if !mangled(linker) || !strings.Contains(linker, s.word) {
		return noMatch
	}
	full := demangled(linker)
	switch {
	case full == linker:
		return noMatch
	case compact(full) == s.compact:
		return fullMatch
	case unparenthesized(compact(bare(linker))) != unparenthesized(s.compact):
		return noMatch
	case strings.Contains(full, " [clone "):
		return cloneMatch
	}
	return bareMatch
}
