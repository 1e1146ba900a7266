package cli

import (
	"strings"
	"testing"

	"quarry/cmd/internal/tutorial"
)

// What a lesson tells to type are verbs that there are at its prompt.
func TestLessonsNameVerbs(t *testing.T) {
	e := newEnv(Streams{})
	e.prompt = &prompt{course: &course{}}
	for _, l := range tutorial.Lessons {
		for _, line := range l.Try {
			if cmd, _, err := newRoot(e).Find(strings.Fields(line)); err != nil || cmd.Name() == "quarry" {
				t.Errorf("%s: %q is no verb: %v", l.Name, line, err)
			}
		}
	}
}

// The verbs of a lesson are nowhere else.
func TestLessonVerbs(t *testing.T) {
	for _, e := range []*env{newEnv(Streams{}), {prompt: &prompt{}, work: newEnv(Streams{}).work}} {
		for _, verb := range []string{"hint", "screen", "step", "restart", "next", "skip", "lessons"} {
			if cmd, _, err := newRoot(e).Find([]string{verb}); err == nil && cmd.Name() != "quarry" {
				t.Errorf("%s is a verb outside of a lesson", verb)
			}
		}
	}
}
