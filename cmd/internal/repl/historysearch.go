package repl

import (
	"strings"

	prompt "github.com/c-bata/go-prompt"
)

// search is Ctrl-R: it shows the last line of the history that contains what was typed, pressed
// again the one before it, and after the oldest what was typed.
func (h *history) search(b *prompt.Buffer) {
	if h.shown == "" || b.Text() != h.shown {
		h.wanted, h.at = b.Text(), len(h.lines)
	}
	for h.at > 0 {
		h.at--
		if line := h.lines[h.at]; line != b.Text() && strings.Contains(line, h.wanted) {
			h.shown = line
			setLine(b, line)
			return
		}
	}
	h.shown = ""
	setLine(b, h.wanted)
}
