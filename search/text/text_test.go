package text_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"quarry/search/text"
	"quarry/session"
	"quarry/session/sessiontest"
)

// find returns copies of all texts.
func find(t testing.TB, target session.Target, q text.Query, o text.Options) []text.String {
	t.Helper()
	var all []text.String
	err := text.Find(context.Background(), target, q, o, func(batch []text.String) error {
		for _, s := range batch {
			s.Text = bytes.Clone(s.Text)
			all = append(all, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// naive finds texts as their definition says, character by character.
func naive(addr uint64, memory []byte, q text.Query) []text.String {
	q.Max = max(q.Max, q.Min)
	var all []text.String
	add := func(s text.String, chars [][]byte, width int) {
		if len(chars) < q.Min {
			return
		}
		for len(chars) > 0 {
			n := min(len(chars), q.Max)
			s.Text, s.Chars, s.Part = bytes.Join(chars[:n], nil), n, n < len(chars)
			if s.Size = len(s.Text); width > 0 {
				s.Size = width * n
			}
			all = append(all, s)
			s.Addr += uint64(s.Size)
			chars = chars[n:]
		}
	}
	printable := func(r rune) bool { return r == '\t' || r != utf8.RuneError && unicode.IsGraphic(r) }
	begin, chars := 0, [][]byte(nil)
	for i := 0; i <= len(memory); {
		r, size := utf8.DecodeRune(memory[i:])
		if r == utf8.RuneError && size == 3 || printable(r) && size > 0 {
			if len(chars) == 0 {
				begin = i
			}
			chars = append(chars, memory[i:i+size])
			i += size
			continue
		}
		add(text.String{Addr: addr + uint64(begin)}, chars, 0)
		chars = nil
		i += max(size, 1)
	}
	for e, order := range map[text.Encoding]binary.ByteOrder{text.UTF16LE: binary.LittleEndian, text.UTF16BE: binary.BigEndian} {
		chars = nil
		for i := int(addr & 1); q.UTF16 && i <= len(memory)+1; i += 2 {
			if i+2 <= len(memory) {
				r := rune(order.Uint16(memory[i:]))
				if printable(r) && (r < 0x700 || r >= 0x2010 && r < 0x205f || r >= 0x20a0 && r < 0x20c0) {
					if len(chars) == 0 {
						begin = i
					}
					chars = append(chars, []byte(string(r)))
					continue
				}
			}
			add(text.String{Addr: addr + uint64(begin), Encoding: e}, chars, 2)
			chars = nil
		}
	}
	slices.SortStableFunc(all, func(a, b text.String) int {
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Encoding, b.Encoding))
	})
	return all
}

func sorted(all []text.String) []text.String {
	slices.SortStableFunc(all, func(a, b text.String) int {
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Encoding, b.Encoding))
	})
	return all
}

// differ returns how two values differ. Comparing long texts is slow for cmp.
func differ(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return gocmp.Diff(want, got)
}

func memoryAt(addr uint64, memory []byte) *sessiontest.Fake {
	return sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: addr}}, Data: bytes.Clone(memory)})
}

func utf16Bytes(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

func TestFind(t *testing.T) {
	var memory []byte
	at := func(offset int, raw []byte) {
		memory = append(memory, make([]byte, max(0, offset+len(raw)-len(memory)))...)
		copy(memory[offset:], raw)
	}
	at(0, []byte("begin\x00abc\x00tab\there\n"))
	at(100, []byte("Grüße, Привет, 你好, 🙂\x01"))
	at(200, []byte("\xc3\x28okay\xff\xe2\x82left\xc0\x80over"))
	at(300, utf16Bytes("wide Ünï", binary.LittleEndian))
	at(400, utf16Bytes("große", binary.BigEndian))
	at(500, []byte("\u202ebidi\u0000\u0085next"))
	at(600, []byte("end"))
	got := find(t, memoryAt(0x10000, memory), text.Query{UTF16: true, Min: 3}, text.Options{})
	type line struct {
		Offset uint64
		Encoding,
		Text string
		Chars, Size int
	}
	var lines []line
	for _, s := range got {
		lines = append(lines, line{s.Addr - 0x10000, s.Encoding.String(), string(s.Text), s.Chars, s.Size})
	}
	want := []line{
		{0, "utf8", "begin", 5, 5}, {6, "utf8", "abc", 3, 3}, {10, "utf8", "tab\there", 8, 8},
		{100, "utf8", "Grüße, Привет, 你好, 🙂", 20, 35},
		{201, "utf8", "(okay", 5, 5}, {209, "utf8", "left", 4, 4}, {215, "utf8", "over", 4, 4},
		{300, "utf16le", "wide Ünï", 8, 16}, {400, "utf16be", "große", 5, 10},
		{503, "utf8", "bidi", 4, 4}, {510, "utf8", "next", 4, 4}, {600, "utf8", "end", 3, 3},
	}
	if diff := differ(want, lines); diff != "" {
		t.Error(diff)
	}
	got = find(t, memoryAt(0x10000, memory), text.Query{Filter: "Привет"}, text.Options{})
	if len(got) != 1 || got[0].Addr != 0x10000+100 {
		t.Errorf("filtered: %v", got)
	}
}

// Texts at the borders of chunks, regions and of readable memory are found
// once and whole.
func TestBorders(t *testing.T) {
	const chunk = 256 << 10
	memory := make([]byte, 4*chunk)
	for _, at := range []int{chunk - 1, 2*chunk - 2, 3*chunk - 3} {
		copy(memory[at-5:], "border€border")
		copy(memory[at+100:], "€€€€€")
	}
	copy(memory[3*chunk-40:], bytes.Repeat([]byte("🙂"), 20))
	for shift := range 9 {
		for _, wide := range []string{"", "wide"} {
			moved := append(make([]byte, shift), memory...)
			if wide != "" {
				for _, border := range []int{chunk, 2 * chunk} {
					copy(moved[border-6:], utf16Bytes("border", binary.LittleEndian))
				}
			}
			q := text.Query{Min: 4, Max: 1000, UTF16: wide != ""}
			want := naive(0x40000, moved, q)
			if diff := differ(want, sorted(find(t, memoryAt(0x40000, moved), q, text.Options{Workers: 3}))); diff != "" {
				t.Errorf("shift %d: %s", shift, diff)
			}
		}
	}
}

// A text of many chunks comes in parts, and one across a hole in two.
func TestLongTexts(t *testing.T) {
	const size = 1 << 20
	memory := bytes.Repeat([]byte("long text, "), size/11)
	q := text.Query{Min: 4, Max: 5000}
	fake := memoryAt(0x100000, memory)
	if diff := differ(naive(0x100000, memory, q), find(t, fake, q, text.Options{})); diff != "" {
		t.Error(diff)
	}
	fake.Hole(session.Range{Start: 0x140000, End: 0x141000})
	want := slices.Concat(naive(0x100000, memory[:0x40000], q), naive(0x141000, memory[0x41000:], q))
	if diff := differ(want, find(t, fake, q, text.Options{})); diff != "" {
		t.Error(diff)
	}
}

// What is not there is not read: it holds no text.
func TestAbsentPages(t *testing.T) {
	fake := memoryAt(0x100000, bytes.Repeat([]byte("text"), 4096))
	fake.SetPresent(session.Range{Start: 0x102000, End: 0x103000})
	fake.OnRead = func(addr uint64, n int) {
		if addr < 0x102000 || addr+uint64(n) > 0x103000 {
			t.Errorf("read %d bytes at %#x", n, addr)
		}
	}
	if got := find(t, fake, text.Query{}, text.Options{}); len(got) != 1 || got[0].Size != 4096 {
		t.Errorf("%v", got)
	}
}

func TestEnds(t *testing.T) {
	fake := memoryAt(0x100000, bytes.Repeat([]byte("text\x00"), 1<<20))
	stop := errors.New("enough")
	calls := 0
	err := text.Find(context.Background(), fake, text.Query{}, text.Options{}, func([]text.String) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("an error of yield: %v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = text.Find(ctx, fake, text.Query{}, text.Options{}, func([]text.String) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search: %v", err)
	}
	err = text.Find(context.Background(), fake, text.Query{}, text.Options{}, func([]text.String) error { fake.Gone(); return nil })
	if !errors.Is(err, session.ErrGone) {
		t.Errorf("a process that ends: %v", err)
	}
	if err := text.Find(context.Background(), fake, text.Query{Min: -1}, text.Options{}, nil); !errors.Is(err, text.ErrQuery) {
		t.Errorf("min -1: %v", err)
	}
}

// alphabet are pieces that memory is made of where mistakes would show.
var alphabet = []string{"\x00", "\x00\x00\x00\x00", "a", "text", " ", "\t", "\n", "é", "€", "🙂", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f", "\x80",
	"\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\ufffd", "\u0301", "\u202e", "a\x00b\x00c\x00d\x00", "\x00a\x00b\x00c\x00d", "\x10\x04\x11\x04"}

func TestAgainstNaive(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for b.Len() < random.IntN(3000) {
			b.WriteString(alphabet[random.IntN(len(alphabet))])
			if random.IntN(3) == 0 {
				b.WriteString(strings.Repeat(alphabet[random.IntN(len(alphabet))], random.IntN(100)))
			}
		}
		check(t, 0x3f000+uint64(random.IntN(0x1000)), []byte(b.String()), 1+random.IntN(80), 1+random.IntN(100))
	}
}

func check(t *testing.T, addr uint64, memory []byte, least, most int) {
	t.Helper()
	if len(memory) == 0 {
		return
	}
	q := text.Query{Min: least, Max: most, UTF16: true}
	var err error
	if q.Scope, err = session.ParseScope(session.Range{Start: addr, End: addr + uint64(len(memory))}.String()); err != nil {
		t.Fatal(err)
	}
	want := naive(addr, memory, q)
	if diff := differ(want, sorted(find(t, memoryAt(addr, memory), q, text.Options{Workers: 2}))); diff != "" {
		t.Fatalf("%#x %q min %d max %d: %s", addr, memory, least, most, diff)
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range alphabet {
		f.Add(uint16(0xfff0), []byte(s+"text"+s), uint8(4), uint8(9))
	}
	f.Fuzz(func(t *testing.T, low uint16, memory []byte, least, most uint8) {
		check(t, 0x30000+uint64(low), memory, 1+int(least), 1+int(most))
	})
}

func Example() {
	memory := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000}}, Data: []byte("\x00\x01lives: 3\x00\x02no\x00secret\x00")})
	err := text.Find(context.Background(), memory, text.Query{}, text.Options{}, func(batch []text.String) error {
		for _, s := range batch {
			if _, err := os.Stdout.WriteString(string(s.Text) + "\n"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// lives: 3
	// secret
}
