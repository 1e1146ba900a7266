package practice

import (
	"bufio"
	"errors"
	"strings"
	"testing"
)

// Whatever a program shows, it is read screen by screen to its end, with no more
// lines than there are.
func FuzzReadScreen(f *testing.F) {
	f.Add("Lives: 3\n\nLives: 2\n" + stateLines[Reached] + "\n\n")
	f.Add("\n\n\n")
	f.Add("no end")
	f.Fuzz(func(t *testing.T, text string) {
		lines, most := 0, strings.Count(text, "\n")
		for r := bufio.NewReader(strings.NewReader(text)); ; {
			s, err := ReadScreen(r)
			if err != nil {
				if !errors.Is(err, ErrEnded) || len(s.Lines) > 0 {
					t.Errorf("%+v, %v", s, err)
				}
				break
			}
			lines += len(s.Lines) + 1
		}
		if lines > most {
			t.Errorf("%d lines of %d", lines, most)
		}
	})
}
