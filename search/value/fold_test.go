package value

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	tests := []struct {
		typ     Type
		text    string
		yes, no []string
		exact   bool
	}{
		{String, "aZ1[", []string{"aZ1[", "Az1[", "AZ1["}, []string{"az1{", "az\x11[", "az1"}, true},
		{String, "@`{", []string{"@`{"}, []string{"`@{", "@`["}, true},
		{String, "äÖ", []string{"äö", "ÄÖ", "Äö"}, []string{"aö", "ãÖ"}, true},
		{String, "ра", []string{"РА", "Ра", "рА"}, []string{"Ѐа", "рЁ"}, false},
		{String, "πÿ", []string{"Πÿ", "πŸ"}, []string{"ρÿ", "πy"}, false},
		{String, "k\xffK", []string{"K\xffk"}, []string{"k\xdfk", "k\xff+"}, true},
		{String, "Ⱥ", nil, []string{"ⱥ"}, true},
		{UTF16, "Ra", []string{"ra", "RA"}, []string{"rа"}, true},
		{UTF16, "ря😀", []string{"РЯ😀", "рЯ😀"}, []string{"Ѡя😀", "ря😁"}, false},
		{UTF16, "ÿk", []string{"Ÿk", "ÿK"}, []string{"ßk", "ÿj"}, false},
	}
	for _, test := range tests {
		f, err := Fold(test.typ, test.text, bigEndian)
		if err != nil || f.Exact() != test.exact {
			t.Errorf("%q: exact is %v, %v", test.text, f.Exact(), err)
		}
		for _, text := range append(test.yes, test.text) {
			if raw, _ := Encode(test.typ, text, bigEndian); !f.Match(raw) {
				t.Errorf("%v: %q is not %q", test.typ, text, test.text)
			}
		}
		for _, text := range test.no {
			if raw, _ := Encode(test.typ, text, bigEndian); f.Match(raw) {
				t.Errorf("%v: %q is %q", test.typ, text, test.text)
			}
		}
	}
	if _, err := Fold(String, "", little); err == nil {
		t.Error("an empty text is one")
	}
	exact, err := Fold(Bytes, "41 62", little)
	if diff := cmp.Diff(ExactPattern([]byte{0x41, 0x62}), exact.Pattern); err != nil || diff != "" {
		t.Errorf("bytes: %v\n%s", err, diff)
	}
}

// TestFoldOfEveryLetter compares the letters of European alphabets, each with its
// forms and with many others.
func TestFoldOfEveryLetter(t *testing.T) {
	for r := rune(1); r < 0x600; r++ {
		f, err := Fold(UTF16, string(r), little)
		if err != nil {
			t.Fatal(err)
		}
		others := []rune{r, unicode.ToLower(r), unicode.ToUpper(r)}
		for o := 1 + r%13; o < 0x600; o += 13 {
			others = append(others, o)
		}
		for _, o := range others {
			raw, _ := Encode(UTF16, string(o), little)
			if got, want := f.Match(raw), o == r || o == unicode.ToLower(r) || o == unicode.ToUpper(r); got != want {
				t.Fatalf("%q is %q: %v, want %v", o, r, got, want)
			}
		}
	}
}

// A text in another case is found, unless its encoding has another length.
func FuzzFold(f *testing.F) {
	f.Add("String 1")
	f.Add("Größe Привет ΣΑΣ \xff")
	f.Fuzz(func(t *testing.T, text string) {
		folded, err := Fold(String, text, little)
		if err != nil {
			if text != "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !folded.Match([]byte(text)) {
			t.Fatalf("%q is not itself", text)
		}
		for i := range text {
			r := []rune(text[i:])[0]
			for _, other := range []rune{unicode.ToLower(r), unicode.ToUpper(r)} {
				if len(string(other)) != len(string(r)) || !strings.HasPrefix(text[i:], string(r)) {
					continue
				}
				if changed := text[:i] + string(other) + text[i+len(string(r)):]; !folded.Match([]byte(changed)) {
					t.Fatalf("%q is not %q", changed, text)
				}
			}
		}
	})
}
