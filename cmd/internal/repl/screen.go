package repl

import (
	"bytes"
	"os"
	"strconv"

	prompt "github.com/c-bata/go-prompt"
)

// screen is the ConsoleWriter that go-prompt draws with. Unlike its own it writes to the given
// file, leaves the window's title and the cursor's blinking alone, can do without colours, keeps a
// drop-down at the right edge from scrolling, and can be muted, which hides the line break that
// go-prompt makes whenever it is left.
type screen struct {
	out     *os.File
	noColor bool
	muted   bool // what is drawn from now on is dropped
	drawn   []byte
}

var _ prompt.ConsoleWriter = (*screen)(nil)

func (s *screen) WriteRaw(data []byte)   { s.drawn = append(s.drawn, data...) }
func (s *screen) WriteRawStr(str string) { s.drawn = append(s.drawn, str...) }
func (s *screen) WriteStr(str string)    { s.Write([]byte(str)) }

// Write writes text; what could be an escape sequence in it shows as a question mark.
func (s *screen) Write(data []byte) { s.WriteRaw(bytes.ReplaceAll(data, []byte{esc}, []byte{'?'})) }

// Flush brings what was drawn to the terminal.
func (s *screen) Flush() error {
	drawn := s.drawn
	s.drawn = s.drawn[:0]
	if s.muted || len(drawn) == 0 {
		return nil
	}
	_, err := s.out.Write(drawn)
	return err
}

func (s *screen) EraseScreen()      { s.WriteRawStr("\x1b[2J") }
func (s *screen) EraseUp()          { s.WriteRawStr("\x1b[1J") }
func (s *screen) EraseDown()        { s.WriteRawStr("\x1b[J") }
func (s *screen) EraseStartOfLine() { s.WriteRawStr("\x1b[1K") }
func (s *screen) EraseEndOfLine()   { s.WriteRawStr("\x1b[K") }
func (s *screen) EraseLine()        { s.WriteRawStr("\x1b[2K") }

func (s *screen) ShowCursor()          { s.WriteRawStr("\x1b[?25h") }
func (s *screen) HideCursor()          { s.WriteRawStr("\x1b[?25l") }
func (s *screen) CursorUp(n int)       { s.move(n, 'A', 'B') }
func (s *screen) CursorDown(n int)     { s.move(n, 'B', 'A') }
func (s *screen) CursorForward(n int)  { s.move(n, 'C', 'D') }
func (s *screen) CursorBackward(n int) { s.move(n, 'D', 'C') }
func (s *screen) AskForCPR()           { s.WriteRawStr("\x1b[6n") }
func (s *screen) SaveCursor()          { s.WriteRawStr("\x1b[s") }
func (s *screen) UnSaveCursor()        { s.WriteRawStr("\x1b[u") }

func (s *screen) CursorGoTo(row, column int) {
	s.WriteRawStr("\x1b[" + strconv.Itoa(max(row, 1)) + ";" + strconv.Itoa(max(column, 1)) + "H")
}

// move moves the cursor n steps, the other way when n is negative.
func (s *screen) move(n int, forward, backward byte) {
	direction := forward
	if n < 0 {
		n, direction = -n, backward
	}
	if n > 0 {
		s.WriteRawStr("\x1b[" + strconv.Itoa(n) + string(direction))
	}
}

// go-prompt makes room for the drop-down by scrolling down as many rows as it has, and up again.
// Where the drop-down touches the right edge it also breaks the line behind its last row, which
// would scroll the window's last row away: so room is made for one row more.

func (s *screen) ScrollDown() { s.WriteRawStr(index) }

func (s *screen) ScrollUp() {
	if bytes.HasSuffix(s.drawn, []byte(index)) {
		s.WriteRawStr(index + reverseIndex)
	}
	s.WriteRawStr(reverseIndex)
}

const (
	index        = "\x1bD" // one row down, scrolling at the end of the window
	reverseIndex = "\x1bM"
)

func (s *screen) SetTitle(string) {}
func (s *screen) ClearTitle()     {}

// SetColor sets the colours of what follows. go-prompt asks for bold on the selected suggestion
// only, which is shown reversed when there are no colours.
func (s *screen) SetColor(foreground, background prompt.Color, bold bool) {
	switch {
	case s.noColor && bold:
		s.WriteRawStr("\x1b[0;7m")
	case s.noColor:
		s.WriteRawStr("\x1b[0m")
	case bold:
		s.WriteRawStr("\x1b[0;1;" + colorCode(foreground, 30) + ";" + colorCode(background, 40) + "m")
	default:
		s.WriteRawStr("\x1b[0;" + colorCode(foreground, 30) + ";" + colorCode(background, 40) + "m")
	}
}

// colorCode is the parameter for a colour; base is 30 for text and 40 for its background.
func colorCode(c prompt.Color, base int) string {
	switch {
	case c >= prompt.DarkGray && c <= prompt.White:
		return strconv.Itoa(base + 60 + int(c-prompt.DarkGray))
	case c >= prompt.Black && c <= prompt.LightGray:
		return strconv.Itoa(base + int(c-prompt.Black))
	default:
		return strconv.Itoa(base + 9)
	}
}

// colorOptions choose pairs of colours that can be read on dark and on light backgrounds alike:
// where the background is the terminal's own, so is the text.
func colorOptions() []prompt.Option {
	return []prompt.Option{
		prompt.OptionPrefixTextColor(prompt.DefaultColor),
		prompt.OptionPreviewSuggestionTextColor(prompt.DefaultColor),
		prompt.OptionSuggestionTextColor(prompt.Black),
		prompt.OptionSuggestionBGColor(prompt.LightGray),
		prompt.OptionDescriptionTextColor(prompt.Black),
		prompt.OptionDescriptionBGColor(prompt.LightGray),
		prompt.OptionSelectedSuggestionTextColor(prompt.White),
		prompt.OptionSelectedSuggestionBGColor(prompt.DarkBlue),
		prompt.OptionSelectedDescriptionTextColor(prompt.White),
		prompt.OptionSelectedDescriptionBGColor(prompt.DarkBlue),
		prompt.OptionScrollbarThumbColor(prompt.DarkGray),
		prompt.OptionScrollbarBGColor(prompt.LightGray),
	}
}
