package symbol_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/symbol"
)

// image is a program for tests of reading: 64 or 32 bits, either byte order.
func image(is64, big bool) []byte { return symbol.BuildImage(is64, big) }

func mapped(size int) session.Module {
	r := session.Region{Range: session.Range{Start: 0x40_0000, End: 0x40_0000 + uint64(size+4095)&^4095}}
	return session.Module{Name: "fuzzed", Base: r.Start, End: r.End, Regions: []session.Region{r}}
}

// Both classes and both byte orders are read alike.
func TestImages(t *testing.T) {
	for _, is64 := range []bool{false, true} {
		for _, big := range []bool{false, true} {
			data := image(is64, big)
			table, err := symbol.New(bytes.NewReader(data), int64(len(data)), mapped(len(data)), 4096)
			if err != nil {
				t.Fatalf("64 bits %t, big-endian %t: %v", is64, big, err)
			}
			found := table.Lookup("counter")
			if len(found) != 1 || found[0].Addr != 0x40_0010 || found[0].Size != 4 || found[0].Kind != symbol.Object {
				t.Errorf("64 bits %t, big-endian %t: %+v", is64, big, found)
			}
		}
	}
}

// A file cannot make reading it slow by letting long names overlap: this one has
// the same megabyte of name for each of its symbols.
func TestOverlappingNames(t *testing.T) {
	data := image(true, false)
	const symbols, name = 1 << 16, 1 << 20
	at := uint64(len(data))
	le := binary.LittleEndian
	le.PutUint64(data[0x100+64+24:], at) // the symbols
	le.PutUint64(data[0x100+64+32:], symbols*24)
	le.PutUint64(data[0x100+128+24:], at+symbols*24) // their names
	le.PutUint64(data[0x100+128+32:], name)
	one := data[0x200+24 : 0x200+48]
	data = append(data, bytes.Repeat(one, symbols)...)
	for i := range symbols {
		le.PutUint32(data[at+uint64(i)*24:], uint32(i))
	}
	data = append(data, bytes.Repeat([]byte{'x'}, name-1)...)
	data = append(data, 0)
	table, err := symbol.New(bytes.NewReader(data), int64(len(data)), mapped(len(data)), 4096)
	if err != nil || table.Len() > 1000 {
		t.Fatalf("%v, %v", table.Len(), err)
	}
}

// Whatever a file holds, reading it ends without a panic, and what it yields is
// consistent: symbols lie in the module, in order, and can be looked up.
func FuzzNew(f *testing.F) {
	for _, is64 := range []bool{false, true} {
		for _, big := range []bool{false, true} {
			f.Add(image(is64, big))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := mapped(len(data))
		var table *symbol.Table
		var err error
		sessiontest.Allocates(t, mostFor(len(data)), func() {
			table, err = symbol.New(bytes.NewReader(data), int64(len(data)), m, 4096)
		})
		if err != nil {
			if table != nil {
				t.Fatal("a table and an error")
			}
			return
		}
		last, n := uint64(0), 0
		for s := range table.All(nil) {
			n++
			if s.Kind == symbol.TLS {
				continue
			}
			if s.Addr < last {
				t.Fatalf("%+v comes after %#x", s, last)
			}
			last = s.Addr
			if n > 100 {
				continue
			}
			s.Name()
			if s.Version == "" && len(table.Lookup(s.Linker)) == 0 {
				t.Fatalf("%+v cannot be looked up", s)
			}
			if at, offset, ok := table.At(s.Addr); ok && at.Addr+offset != s.Addr {
				t.Fatalf("At(%#x) = %+v + %#x", s.Addr, at, offset)
			}
		}
		if n > table.Len() || n > len(data)/16 {
			t.Fatalf("%d symbols in %d bytes, Len %d", n, len(data), table.Len())
		}
	})
}

// Demangling ends, never panics and leaves alone what is not mangled.
func FuzzDemangle(f *testing.F) {
	for _, name := range []string{"_ZN4Game4tickEi", "_RNvC6_123foo3bar", "_ZN3foo3barE", "main", "_ZNSt6vectorIiSaIiEE9push_backERKi"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got := symbol.Demangle(name); len(got) > 1<<16 || got == "" && name != "" {
			t.Fatalf("Demangle(%q) = %q", name, got)
		}
	})
}
