package format_test

import (
	"fmt"
	"testing"

	"quarry/patch/format"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"a", "quarry = 1\n", "toml"},
		{"a", "# x = 2\n\n  quarry=1\n[[edit]]", "toml"},
		{"a.toml", "title = 'x'", "toml"},
		{"a.txt", "title = 'x'", ""},
		{"a", "", ""},
		{"a.CT", "", "ct"},
		{"a", "\xef\xbb\xbf<?xml version=\"1.0\"?><CheatTable/>", "ct"},
		{"a.toml", " <CheatTable/>", "ct"},
		{"a", "\n{\"cheat_list\": []}", "gameconqueror"},
		{"a.json", "[", "gameconqueror"},
		{"a", ">game.exe\r\n1:2->3", "1337"},
		{"A.1337", "1:2->3", "1337"},
	} {
		f, ok := format.Detect(c.name, []byte(c.data))
		if f.Name != c.want || ok != (c.want != "") {
			t.Errorf("Detect(%q, %q) = %q, %v; want %q", c.name, c.data, f.Name, ok, c.want)
		}
	}
}

func TestNamed(t *testing.T) {
	for _, want := range format.All() {
		f, ok := format.Named(want.Name)
		if !ok || f.Name != want.Name || f.Parse == nil || f.Encode == nil || f.About == "" || f.Extension == "" {
			t.Errorf("Named(%q) = %+v, %v", want.Name, f, ok)
		}
	}
	if f, ok := format.Named("ips"); ok {
		t.Errorf("Named(ips) = %+v", f)
	}
}

func TestFormatsRefuseWhatTheyCannotRead(t *testing.T) {
	for _, f := range format.All() {
		file, omissions, err := f.Parse("x", []byte("?"))
		if file != nil || omissions != nil || err == nil {
			t.Errorf("%s: %v, %v, %v", f.Name, file, omissions, err)
		}
	}
}

func Example() {
	const data = ">game.exe\n1C40:74->EB\n"
	from, _ := format.Detect("jump.1337", []byte(data))
	file, _, err := from.Parse("jump.1337", []byte(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	to, _ := format.Named("toml")
	text, _, err := to.Encode(file)
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// quarry = 1
	//
	// [[edit]]
	// at = "game.exe+0x1c40"
	// type = "bytes"
	// expect = "74"
	// set = "eb"
	// <nil>
}
