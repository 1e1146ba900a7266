package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/shellwords"
	"quarry/session/sessiontest"
)

const whole = `# mine
in = "heap,anon"
type = 'f32'
color = "never"
memory = "1GiB"

[aliases]
fh = "find --in heap"
  say = "replace \"String 1\" 'a b'"
`

func TestParse(t *testing.T) {
	c, err := Parse("c.toml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]Value{
		"in": {"heap,anon", Place{2, 6}}, "type": {"f32", Place{3, 8}}, "color": {"never", Place{4, 9}}, "memory": {"1GiB", Place{5, 10}},
	}
	if diff := cmp.Diff(values, c.values); diff != "" {
		t.Error(diff)
	}
	want := []Alias{
		{Name: "fh", Words: []string{"find", "--in", "heap"}, Text: "find --in heap", Place: Place{8, 6}, Named: Place{8, 1}},
		{Name: "say", Words: []string{"replace", "String 1", "a b"}, Text: `replace "String 1" 'a b'`, Place: Place{9, 9}, Named: Place{9, 3}},
	}
	if diff := cmp.Diff(want, c.Aliases); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`colour = "never"`:                        `1:1: colour: no such key`,
		"in = \"heap\"\n\ntype = \"i33\"":         `3:8: type: "i33": no such type`,
		`in = "heep"`:                             `1:6: in: scope "heep": no such scope; did you mean heap?`,
		`color = "red"`:                           `1:9: color: "red" is no colour setting`,
		`memory = "12 apples"`:                    `1:10: memory: "12 apples" is no size`,
		`memory = 5`:                              `1:10: memory: the value is no text`,
		`in = "heap`:                              `1:10: `,
		"in = \"heap\"\nin = \"anon\"":            `2:1: in: it is there twice`,
		"[aliases]\nfh = \"a\"\nfh = \"b\"":       `3:1: aliases.fh: it is there twice`,
		"[aliases]\n[aliases]":                    `2:2: aliases: it is there twice`,
		`aliases = { fh = "find" }`:               `1:1: aliases: it is a table`,
		"[[aliases]]":                             `1:3: aliases: it is one table`,
		"[alias]\nfh = \"find\"":                  `1:2: alias: no such table`,
		"[aliases]\n\"f h\" = \"find\"":           `2:1: aliases: "f h" is no name of an alias`,
		"[aliases]\n7 = \"find\"":                 `2:1: aliases: "7" is no name of an alias`,
		"[aliases]\nfh = \"find 'x\"":             `2:6: aliases.fh: column 6: the single quote is not closed`,
		"[aliases]\nfh = \" \"":                   `2:6: aliases.fh: it stands for nothing`,
		"[aliases]\nfh = \"find \\u0000\"":        `2:6: aliases.fh: a line cannot hold a NUL`,
		"[aliases]\na.b = \"find\"":               `2:1: aliases.a.b: no such key`,
		"# ä\nfind 100":                           `2:6: `,
		"quarry = 1\n[[edit]]\nfind = \"String\"": `1:1: quarry: no such key`,
	} {
		c, err := Parse("c.toml", []byte(text))
		var e *Error
		if c != nil || !errors.As(err, &e) || !errors.Is(err, ErrFile) || !strings.HasPrefix(err.Error(), "c.toml:"+want) {
			t.Errorf("%q: %v, want c.toml:%s", text, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "config.toml")
	for _, missing := range []string{"", path, filepath.Join(path, "below")} {
		if c, err := Load(missing); err != nil || c.Path != missing {
			t.Errorf("%q: %v, %v", missing, c, err)
		}
	}
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(path); err != nil || len(c.Aliases) != 2 {
		t.Errorf("%v, %v", c, err)
	}
	if c, err := Load(filepath.Join(path, "below")); err != nil || len(c.Aliases) != 0 {
		t.Errorf("below a file: %v, %v", c, err)
	}
	fifo := filepath.Join(folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(folder, "large")
	if err := os.WriteFile(large, []byte(strings.Repeat("#\n", maxConfig/2+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{folder, fifo, large} {
		if c, err := Load(bad); !errors.Is(err, ErrFile) || c == nil || len(c.Aliases) != 0 {
			t.Errorf("%s: %v, %v", bad, c, err)
		}
	}
}

// What is read has a meaning: each value passes its check, each alias splits
// into the words it has; and what is not read names a place in the file.
func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add("in=\"x\ny\"")
	f.Add("aliases.a = 'b'\n[aliases]\na = \"c\"")
	f.Add("\xef\xbb\xbftype = \"\"\"i8\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		var c *Config
		var err error
		sessiontest.Allocates(t, 400*len(text)+1<<20, func() { c, err = Parse("c", []byte(text)) })
		if err != nil {
			var e *Error
			lines := strings.Count(text, "\n") + 1
			if c != nil || !errors.As(err, &e) || e.Row < 1 || e.Row > lines || e.Column < 1 || e.Column > len(text)+1 || strings.Contains(e.Error(), "\n") && !strings.Contains(e.Key, "\n") {
				t.Fatalf("%v, %#v", c, err)
			}
			return
		}
		for key, v := range c.values {
			if checks[key](v.Text) != nil {
				t.Errorf("%s = %q", key, v.Text)
			}
		}
		for _, a := range c.Aliases {
			words, err := shellwords.Split(a.Text)
			if err != nil || !cmp.Equal(words, a.Words) || checkName(a.Name) != nil {
				t.Errorf("%+v: %v", a, err)
			}
		}
	})
}
