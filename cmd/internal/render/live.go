package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// Watch is what places hold, as it is shown on a terminal that is drawn anew
// again and again.
type Watch struct {
	Title   string
	Seconds float64 // since the first look
	Rows    []Watched
	Plots   []Series
}

// Watched is a place with what it held before.
type Watched struct {
	Seen
	Fresh bool // it has changed a moment ago
}

// Live draws something in place of what it drew before, never larger than the
// terminal.
type Live struct {
	Output *Output
	Size   func() (columns, rows int) // of the terminal, as it is now

	columns, rows int    // when it was drawn last; 0 before
	drawn         int    // lines
	last          string // as they were drawn
	widths        []int  // of the columns so far, so that they do not jump
}

// Show draws a Watch, unless it looks as it did.
func (l *Live) Show(w Watch) error {
	return l.show(func(columns, rows int) []string { return l.lines(w, columns, rows) })
}

// Anew has the next drawing begin where the cursor is: somebody else has written
// to the terminal.
func (l *Live) Anew() { l.rows, l.drawn, l.last = 0, 0, "" }

// show draws lines for a terminal of some size, unless they are as they were.
func (l *Live) show(draw func(columns, rows int) []string) error {
	columns, rows := l.Size()
	resized := l.rows > 0 && (columns != l.columns || rows != l.rows)
	lines := draw(columns, rows)
	text := strings.Join(lines, "\n")
	if text == l.last && !resized {
		return nil
	}
	var out strings.Builder
	switch {
	case resized: // lines may have been broken anew, so nobody knows where they are
		out.WriteString("\x1b[H\x1b[2J")
	case l.drawn > 0:
		fmt.Fprintf(&out, "\x1b[%dA\r", l.drawn)
	}
	for _, line := range lines {
		out.WriteString(line + "\x1b[K\n")
	}
	out.WriteString("\x1b[J")
	l.columns, l.rows, l.drawn, l.last = columns, rows, len(lines), text
	l.Output.mu.Lock()
	defer l.Output.mu.Unlock()
	_, err := io.WriteString(l.Output.Out, out.String())
	return err
}

// lines returns the lines of a Watch: its title, the table, and below them the
// plots. The last row of the terminal is the cursor's.
func (l *Live) lines(w Watch, columns, rows int) []string {
	p := newPage(nil, l.Output.Color)
	room := max(rows-1, 1)
	title := fmt.Sprintf("%s  %.0f s  Ctrl-C ends", w.Title, w.Seconds)
	lines := []string{p.dim.Sprint(runewidth.Truncate(Printable(title), columns, "…"))}
	if room--; room == 0 {
		return l.table(p, w.Rows, columns, 1)
	}
	table := room
	if len(w.Plots) > 0 {
		table = min(len(w.Rows), max(room-mostPlot*len(w.Plots), room/3, 1))
	}
	lines = append(lines, l.table(p, w.Rows, columns, table)...)
	plots := Plots{Series: w.Plots, Width: columns, Rows: room - (len(lines) - 1)}
	return append(lines, plots.lines()...)
}

// The columns of the table.
const (
	columnRef = iota
	columnAddress
	columnPlace
	columnType
	columnValue
	columnWas
	columnCount
)

// leftOut are the columns that a narrow terminal does without, the first of them
// first.
var leftOut = []int{columnType, columnPlace, columnAddress, columnWas}

// table returns at most so many rows, and how many there are beside them.
func (l *Live) table(p *Page, watched []Watched, width, most int) []string {
	shown := watched
	if len(watched) > most {
		shown = watched[:max(most-1, 1)]
	}
	cells := make([][columnCount]string, len(shown))
	if l.widths == nil {
		l.widths = make([]int, columnCount)
	}
	for i, w := range shown {
		cells[i] = w.cells()
		for c, cell := range cells[i] {
			l.widths[c] = max(l.widths[c], runewidth.StringWidth(cell))
		}
	}
	columns := l.fitting(width)
	var lines []string
	for i, w := range shown {
		lines = append(lines, l.row(p, w, cells[i], columns, width))
	}
	if more := watched[len(shown):]; len(more) > 0 && most > 1 {
		line := fmt.Sprintf("… %s more", Thousands(uint64(len(more))))
		if n := fresh(more); n > 0 {
			line += fmt.Sprintf(", %s of them just changed", Thousands(n))
		}
		lines = append(lines, p.dim.Sprint(runewidth.Truncate(line, width, "…")))
	}
	return lines
}

func fresh(watched []Watched) (n uint64) {
	for _, w := range watched {
		if w.Fresh {
			n++
		}
	}
	return n
}

// fitting returns the columns that a row has room for: the longest cells of
// those at the right may be cut, the others not.
func (l *Live) fitting(width int) []int {
	var columns []int
	for c, w := range l.widths {
		if w > 0 {
			columns = append(columns, c)
		}
	}
	for _, c := range leftOut {
		total := 0
		for _, c := range columns {
			total += l.widths[c] + 2
		}
		if total-2 <= width {
			break
		}
		columns = slices.DeleteFunc(columns, func(other int) bool { return other == c })
	}
	return columns
}

// cells returns what the columns hold.
func (w Watched) cells() [columnCount]string {
	cells := [columnCount]string{columnRef: Printable(w.Ref), columnAddress: w.at(), columnType: w.Type}
	if w.Seen.Place != nil {
		cells[columnPlace] = w.Seen.Place.String()
	}
	mark := " "
	if w.Fresh {
		mark = "*"
	}
	cells[columnValue] = mark + w.shown()
	if w.Was != nil {
		cells[columnWas] = "was " + w.Was.String()
	}
	return cells
}

// row returns a row, cut to the width of the terminal.
func (l *Live) row(p *Page, w Watched, cells [columnCount]string, columns []int, width int) string {
	styles := [columnCount]*color.Color{columnRef: p.bold, columnAddress: p.address, columnWas: p.dim}
	if w.Fresh {
		styles[columnValue] = p.alarm
	}
	var line paint
	used := 0
	for i, c := range columns {
		left := 0 // where the column begins
		for _, before := range columns[:i] {
			left += l.widths[before] + 2
		}
		if cells[c] == "" || left >= width {
			continue
		}
		text := runewidth.Truncate(cells[c], width-left, "…")
		line.add(nil, strings.Repeat(" ", left-used))
		line.add(styles[c], text)
		used = left + runewidth.StringWidth(text)
	}
	return line.flush().String()
}
