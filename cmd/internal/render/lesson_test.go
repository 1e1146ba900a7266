package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLessonText(t *testing.T) {
	var text, lines bytes.Buffer
	for _, o := range []*Output{{Out: &text}, {Out: &lines, JSON: true}} {
		for _, r := range []Result{
			Lessons{[]LessonRow{{1, "Look", true}, {2, "Write", false}}},
			Lesson{Number: 2, Of: 8, Title: "Write", PID: 7, About: []string{"about"}, Goal: "more", Try: []string{"find 1", "step"}, Screen: []string{"Score\x1b 1"}},
			LessonHint{1, 3, "look"},
			LessonDone{2, true, []string{"because"}, "next goes on"},
		} {
			if err := o.Result(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := `✓ 1  Look
  2  Write

Lesson 2 of 8: Write
about
Goal: more
Try:  find 1
      step
Help: hint; screen and step; restart, next, lessons; Ctrl-D leaves
  │ Score? 1
hint 1 of 3: look
★ Lesson 2 is done.
because
next goes on
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantJSON := `{"lessons":[{"lesson":1,"title":"Look","done":true},{"lesson":2,"title":"Write","done":false}]}
{"lesson":2,"of":8,"title":"Write","pid":7,"text":["about"],"goal":"more","try":["find 1","step"],"screen":["Score\u001b 1"]}
{"hint":1,"of":3,"text":"look"}
{"lesson":2,"reached":true,"why":["because"],"next":"next goes on"}`
	if diff := cmp.Diff(wantJSON, strings.TrimSpace(lines.String())); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}
