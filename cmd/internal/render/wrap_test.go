package render

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
)

func TestWrapped(t *testing.T) {
	const text = "  pread64 /proc/1/mem, 4 KiB at 0x1000 = 4 KiB (größer)"
	long := strings.Repeat("x", 60)
	for name, test := range map[string]struct {
		text    string
		columns int
		want    []string
	}{
		"no terminal": {text, 0, []string{text}},
		"it fits":     {text, 55, []string{text}},
		"one column":  {text, 54, []string{"  pread64 /proc/1/mem, 4 KiB at 0x1000 = 4 KiB", "    (größer)"}},
		"two":         {text, 40, []string{"  pread64 /proc/1/mem, 4 KiB at 0x1000 =", "    4 KiB (größer)"}},
		"too narrow":  {text, 39, []string{text}},
		"a long word": {"a " + long + " b", 40, []string{"a", "  " + long, "  b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, wrapped(test.text, test.columns)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What is told of system calls is wrapped for the terminal that it goes to, and for
// nothing else.
func TestNarrationIsWrapped(t *testing.T) {
	call := session.Call{Name: "ioctl", Path: "/proc/24389/pagemap", Note: "PAGEMAP_SCAN: which pages were ever used?"}
	step := Step{Number: 1, Title: "A program runs as process 24389 and prints two strings of its heap.", Calls: []string{call.String()}}
	for _, columns := range []int{0, 60} {
		var out, messages bytes.Buffer
		o := &Output{Out: &out, Err: &messages, OutColumns: columns, ErrColumns: columns}
		for range 5 {
			o.Explain(call)
		}
		o.Explained()
		if err := o.Result(step); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{out.String(), messages.String()} {
			widest := 0
			for line := range strings.Lines(text) {
				widest = max(widest, len([]rune(line))-1)
			}
			if fits := widest <= 60; fits != (columns > 0) {
				t.Errorf("%d columns: the widest line has %d in\n%s", columns, widest, text)
			}
		}
	}
}

// Whatever is prose fits the terminal.
func TestProseFitsTheTerminal(t *testing.T) {
	wide := []string{"one two three four five six seven eight", "nine ten eleven"}
	var out bytes.Buffer
	o := &Output{Out: &out, Err: &out, OutColumns: 40, ErrColumns: 40}
	for _, r := range []Result{
		Lesson{Number: 1, Title: "T", About: append(wide, wide[0]+"x y z"), Goal: wide[0] + " nine", Try: []string{"maps"}},
		LessonHint{Number: 1, Of: 3, Hint: wide[0]},
		LessonDone{Number: 1, Why: wide},
	} {
		if err := o.Result(r); err != nil {
			t.Fatal(err)
		}
	}
	o.Hint(wide[0])
	o.Message("%s %s", wide[0], wide[1])
	o.Error(errors.New(wide[0]))
	want := `
Lesson 1 of 0: T
one two three four five six seven eight
nine ten eleven one two three four five
six seven eightx y z
Goal: one two three four five six seven
  eight nine
Try:  maps
Help: hint; screen and step; restart, next, lessons; Ctrl-D leaves
hint 1 of 3: one two three four five six
  seven eight
★ Lesson 1 is done.
one two three four five six seven eight
nine ten eleven

hint: one two three four five six seven
  eight
one two three four five six seven eight
  nine ten eleven
quarry: one two three four five six
  seven eight
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
