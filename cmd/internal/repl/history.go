package repl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"quarry/cmd/internal/shellwords"
)

// maxHistory is how many lines are kept.
const maxHistory = 2000

// HistoryPath returns where the history is kept: quarry/history in the folder for a user's state,
// $XDG_STATE_HOME or ~/.local/state. It returns "" when neither is known.
func HistoryPath() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := os.Getenv("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "quarry", "history")
}

// history holds the lines that were entered, the oldest first, and keeps them in a file. It is
// the one that go-prompt navigates: the editor hands it over before each line.
type history struct {
	lines   []string
	file    *historyFile // nil: not kept
	notices *Notices

	// The state of Ctrl-R: what was typed, where the search stands, and what it shows.
	wanted, shown string
	at            int
}

// openHistory loads the history kept at path; "" keeps none. A history that cannot be read or
// written is a notice, once, and no error.
func openHistory(path string, notices *Notices) *history {
	h := &history{notices: notices}
	if path == "" {
		return h
	}
	h.file = &historyFile{path: path}
	lines, err := h.file.load()
	if err != nil {
		h.giveUp(err)
	}
	for _, line := range lines {
		h.remember(line)
	}
	return h
}

// list returns the lines, for whoever may keep them.
func (h *history) list() []string { return slices.Clone(h.lines) }

// addTyped stores a line as it was typed, unless it stands for another.
func (h *history) addTyped(line string) {
	if !Recalls(line) {
		h.add(line)
	}
}

// add stores a line and appends it to the file.
func (h *history) add(line string) {
	if !h.remember(line) || h.file == nil {
		return
	}
	if err := h.file.add(line); err != nil {
		h.giveUp(err)
	}
}

// remember stores a line, and reports whether it is worth it: not a line that begins with a
// blank, which is how a person keeps one out, nor the same line again, nor what cannot be drawn.
func (h *history) remember(line string) bool {
	h.shown = ""
	switch {
	case line == "", shellwords.IsBlank(line[0]), hasControl(line), !utf8.ValidString(line):
		return false
	case len(h.lines) > 0 && h.lines[len(h.lines)-1] == line:
		return false
	}
	h.lines = append(h.lines, strings.Clone(line))
	if len(h.lines) > maxHistory {
		h.lines = h.lines[len(h.lines)-maxHistory:]
	}
	return true
}

// giveUp keeps the history in memory alone from now on.
func (h *history) giveUp(err error) {
	h.file = nil
	h.notices.Postf("the history is not kept: %v", err)
}
