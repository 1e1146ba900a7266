package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/guptarohit/asciigraph"
	"github.com/mattn/go-runewidth"
)

// Series is a number as it was at one look after the other. NaN stands for a
// look at which there was none.
type Series struct {
	Name    string
	Whole   bool // the numbers are whole
	Samples []float64
}

// Plots are line plots, one below the other, each to its own scale.
type Plots struct {
	Series      []Series
	Width, Rows int  // at most, in characters
	ASCII       bool // for terminals that have nothing else
}

// leastPlot is the number of rows that a plot must have: its name and two more.
const leastPlot = 3

// Text writes those plots that there is room for, and tells when there are more.
func (s Plots) Text(p *Page) {
	for _, line := range s.lines() {
		p.Line("%s", line)
	}
}

// lines draws the plots.
func (s Plots) lines() []string {
	if len(s.Series) == 0 || s.Rows < leastPlot {
		return nil
	}
	shown, rows := s.Series, s.Rows
	if len(shown)*leastPlot > rows {
		rows--
		shown = shown[:max(1, rows/leastPlot)]
	}
	var lines []string
	for _, one := range shown {
		lines = append(lines, one.lines(s.Width, min(rows/len(shown), mostPlot), s.ASCII)...)
	}
	if len(shown) < len(s.Series) && len(lines) < s.Rows {
		lines = append(lines, runewidth.Truncate("… and more: there is no room", s.Width, ""))
	}
	return lines
}

// mostPlot is the number of rows from which on a plot shows no more.
const mostPlot = 16

// plain replaces what draws the lines by ASCII.
var plain = strings.NewReplacer("─", "-", "│", "|", "╭", ".", "╮", ".", "╰", "'", "╯", "'", "┤", "|", "┼", "+", "╴", "-", "╶", "-", "…", "...")

// lines draws one plot of the last samples, as many as there is room for.
func (s Series) lines(width, rows int, ascii bool) []string {
	caption := runewidth.Truncate(Printable(s.Name), width, "…")
	samples := s.Samples[max(0, len(s.Samples)-width):]
	lines := s.draw(samples, rows-2)
	for range 2 { // the scale takes some of the width, and may change with what is left out
		over := widest(lines) - width
		if over <= 0 {
			break
		}
		samples = samples[min(over, max(0, len(samples)-1)):]
		lines = s.draw(samples, rows-2)
	}
	lines = append([]string{caption}, lines...)
	for i, line := range lines {
		if ascii {
			line = plain.Replace(line)
		}
		lines[i] = runewidth.Truncate(line, width, "")
	}
	return lines
}

func widest(lines []string) int {
	most := 0
	for _, line := range lines {
		most = max(most, runewidth.StringWidth(line))
	}
	return most
}

// draw draws samples height rows high, or less where the numbers are whole and
// there are not so many between the least and the greatest. The numbers are
// drawn as parts of their range, so that none is too large.
func (s Series) draw(samples []float64, height int) []string {
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range samples {
		if !math.IsNaN(v) {
			least, most = min(least, v), max(most, v)
		}
	}
	if least > most {
		return []string{"nothing could be read"}
	}
	if least == most {
		least, most = around(least)
	}
	if s.Whole {
		height = int(min(float64(height), most-least))
	}
	height = max(height, 1)
	parts := make([]float64, len(samples))
	for i, v := range samples {
		parts[i] = (v/2 - least/2) / (most/2 - least/2) * float64(height)
	}
	step := most/float64(height) - least/float64(height)
	label := func(part float64) string {
		up := part / float64(height)
		return fmt.Sprintf("%2s", s.label(least*(1-up)+most*up, step)) // one digit alone stands at the axis
	}
	drawn := asciigraph.Plot(parts, asciigraph.Height(height), asciigraph.LowerBound(0), asciigraph.UpperBound(float64(height)),
		asciigraph.YAxisValueFormatter(label))
	lines := strings.Split(drawn, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// around returns a range for a number that never changed.
func around(v float64) (least, most float64) {
	by := max(1, math.Abs(v)/1e6)
	if math.Abs(v) > math.MaxFloat64/2 {
		return min(v, 0), max(v, 0)
	}
	return v - by, v + by
}

// label shows a number of the scale with as many digits as tell it from those a
// step away.
func (s Series) label(v, step float64) string {
	if s.Whole {
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	}
	const long = 1e9 // numbers from here on have an exponent
	digits := 1 - int(math.Floor(math.Log10(step)))
	if digits > 9 || math.Abs(v) >= long || step >= long {
		return strconv.FormatFloat(v, 'g', 5, 64)
	}
	text := strconv.FormatFloat(v, 'f', max(digits, 0), 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-") // nearly nothing
	}
	return text
}
