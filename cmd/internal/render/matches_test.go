package render

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/value"
)

// rows makes n rows and counts them. It ends with an error unless that is nil.
func rows(n int, made *int, err error) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		for i := range n {
			*made = i + 1
			raw := binary.LittleEndian.AppendUint32(nil, uint32(i))
			m := Match{Index: uint64(i) + 1, Address: Address(4 * i), Value: Value{Type: value.I32, Raw: raw, Order: binary.LittleEndian}, Place: Place{Region: "heap"}}
			if i%3 == 1 {
				m.Was, m.Place.Module = &Value{Type: value.String, Raw: []byte("<a&b>")}, "a<b+0x4"
			}
			if !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(Match{}, err)
		}
	}
}

// The form is that of one JSON object, in which the rows are the last member.
func TestMatchesInJSON(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5000} {
		var made int
		m := Matches{Count: 1 << 40, Type: "i32", Condition: "< 5 & more", Scope: "heap", Seconds: 0.5, Truncated: true, Rows: rows(n, &made, nil)}
		whole := struct {
			Matches
			All []Match `json:"matches"`
		}{m, []Match{}}
		for row := range m.Rows {
			whole.All = append(whole.All, row)
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(whole); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := (&Output{Out: &got, JSON: true}).Result(m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%d rows: %s", n, diff)
		}
	}
	var got bytes.Buffer
	if err := (&Output{Out: &got, JSON: true}).Result(Matches{}); err != nil || !bytes.HasSuffix(got.Bytes(), []byte(`,"matches":[]}`+"\n")) {
		t.Errorf("without rows: %v, %s", err, got.String())
	}
}

// pieces notes how many rows had been made at the first write, and the size of
// the largest.
type pieces struct {
	made           *int
	first, largest int
	bytes.Buffer
}

func (p *pieces) Write(b []byte) (int, error) {
	if p.first == 0 {
		p.first = *p.made
	}
	p.largest = max(p.largest, len(b))
	return p.Buffer.Write(b)
}

func TestMatchesAreWrittenWhileTheyAreRead(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var made int
		to := &pieces{made: &made}
		o := &Output{Out: to, Err: new(bytes.Buffer), JSON: asJSON}
		const n = 20000
		if err := o.Result(Matches{Rows: rows(n, &made, nil)}); err != nil {
			t.Fatal(err)
		}
		if made != n || to.first > n/5 || to.largest > 2*streamed {
			t.Errorf("%d rows made, %d before the first write; the largest write has %d bytes", made, to.first, to.largest)
		}
	}
}

// full is a disk without room, or a reader that went away.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

// Nobody reads on where nothing can be written.
func TestMatchesEndWithTheirReader(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var made int
		err := (&Output{Out: full{}, JSON: asJSON}).Result(Matches{Rows: rows(1<<20, &made, nil)})
		if !errors.Is(err, errFull) || made > 20000 {
			t.Errorf("%v after %d rows", err, made)
		}
	}
}

// A long table looks as a short one does, and later rows keep its columns.
func TestLongTable(t *testing.T) {
	columns := []column{{right: true}, {}, {}, {}}
	all := make([][]string, 3*measured)
	for i := range all {
		all[i] = []string{fmt.Sprint(i % 700), "0x" + fmt.Sprint(i%9), "", fmt.Sprint("ä", i)}
	}
	var short, long bytes.Buffer
	newPage(&short, false).table(columns, all)
	table := &longTable{page: newPage(&long, false), columns: columns}
	for _, row := range all {
		table.add(row)
	}
	table.begin()
	if diff := cmp.Diff(short.String(), long.String()); diff != "" {
		t.Error(diff)
	}
	long.Reset()
	table.add([]string{"12345", "0x123", "x", "y"})
	if got := long.String(); got != "12345  0x123  x  y\n" {
		t.Errorf("a longer row is %q", got)
	}
}

// Numbers are numbers in JSON in whatever form they are stored, and text that
// JSON cannot hold comes with its bytes.
func TestValuesInJSON(t *testing.T) {
	form := func(text string) value.Form {
		f, err := value.ParseForm(text)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, test := range []struct {
		value Value
		want  string
	}{
		{Value{Type: value.I32, Raw: []byte{0xc3, 0x21, 0, 0}, Form: form("2v+1")}, `"value":4321,`},
		{Value{Type: value.I32, Raw: []byte{0xc2, 0x21, 0, 0}, Form: form("2v+1")}, `"value":"c2 21 00 00",`},
		{Value{Type: value.F32, Raw: []byte{0, 0, 0x80, 0x7f}, Form: form("2v+1")}, `"value":"+Inf",`},
		{Value{Type: value.I32, Raw: []byte("4321"), Form: value.TextForm}, `"value":4321,`},
		{Value{Type: value.String, Raw: []byte("4321"), Form: value.TextForm}, `"value":"4321",`},
		{Value{Type: value.String, Raw: []byte("a\xffb")}, `"value":"a\ufffdb","hex":"61ff62",`},
		{Value{Type: value.String, Raw: []byte("a\x00b")}, `"value":"a\u0000b","region"`},
		{Value{Type: value.UTF16, Raw: []byte{'a', 0, 0, 0xd8}}, `"value":"a` + "\ufffd" + `","hex":"610000d8",`},
	} {
		test.value.Order = binary.LittleEndian
		var got bytes.Buffer
		all := func(yield func(Match, error) bool) { yield(Match{Value: test.value}, nil) }
		if err := (&Output{Out: &got, JSON: true}).Result(Matches{Rows: all}); err != nil || !bytes.Contains(got.Bytes(), []byte(test.want)) {
			t.Errorf("%v: %v, %s, want %s", test.value, err, got.String(), test.want)
		}
	}
}

// A verb tells system calls while rows are read.
func TestMatchesThatTellMessages(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out, messages bytes.Buffer
		o := &Output{Out: &out, Err: &messages, JSON: asJSON}
		all := func(yield func(Match, error) bool) {
			o.Message("reading")
			yield(Match{Value: Value{Type: value.Bytes}}, nil)
		}
		if err := o.Result(Matches{Rows: all}); err != nil || messages.String() != "reading\n" {
			t.Errorf("%v, %q", err, messages.String())
		}
	}
}

func TestMatchesThatBreakOff(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		json   bool
		n      int
		begins bool // something has been written
	}{
		{false, 900, false}, {false, 20000, true}, {true, 0, false}, {true, 3, false}, {true, 20000, true},
	} {
		var made int
		var out bytes.Buffer
		err := (&Output{Out: &out, JSON: test.json}).Result(Matches{Rows: rows(test.n, &made, broken)})
		if !errors.Is(err, broken) || (out.Len() > 0) != test.begins {
			t.Errorf("%+v: %v, %d bytes", test, err, out.Len())
		}
		if test.begins && (out.Bytes()[out.Len()-1] != '\n' || json.Valid(out.Bytes())) {
			t.Errorf("%+v: ends with %q", test, out.Bytes()[out.Len()-10:])
		}
	}
}

func ExampleMatches() {
	var made int
	m := Matches{Count: 3, Type: "i32", Condition: "= 0", Scope: "heap", Truncated: true, Rows: rows(2, &made, nil)}
	m.Text(newPage(printed{}, false))
	// Output:
	// 3 matches of = 0, type i32, in heap (0 B in 0.0000 s)
	// 1  0x0  heap            0
	// 2  0x4  heap a<b+0x4    "<a&b>" -> 1
	// … 1 more: matches --from 3
}

// printed writes to the output of an example.
type printed struct{}

func (printed) Write(b []byte) (int, error) { return fmt.Print(string(b)) }
