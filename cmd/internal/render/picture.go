package render

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// Picture is a memory map as textbooks draw it: high addresses at the top, gaps
// as gaps, and the sizes to scale in logarithm. Its JSON form is that of the map.
type Picture struct {
	Regions
	Title         string `json:"-"` // the process
	Program       string `json:"-"` // the module of the program
	Width, Height int    `json:"-"` // of the terminal
	ASCII         bool   `json:"-"` // no characters but those
}

// lines are the characters that a picture is made of.
type lines struct {
	horizontal, vertical, gap, dots                   string
	topLeft, topRight, left, right, botLeft, botRight string
	full, half, empty                                 string
}

var (
	boxLines   = lines{"─", "│", "╌", "┆", "┌", "┐", "├", "┤", "└", "┘", "█", "▄", "░"}
	asciiLines = lines{"-", "|", "~", ":", "+", "+", "+", "+", "+", "+", "#", "=", "."}
)

// Text draws the picture.
func (d Picture) Text(p *Page) {
	all := layers(d.Regions.Regions, d.Program)
	if len(all) == 0 {
		p.Line("no region")
		return
	}
	// A line for the title and one for the prompt; each layer has a border above
	// and the lowest one below, and half of the rows is for the scale and the gaps.
	rows := max(d.Height-2, 5)
	list := fewer(all, min((rows-1)/2, max(4, rows/4)))
	slices.Reverse(list)
	s := sketch{page: p, lines: boxLines, wide: d.Width >= 60}
	if d.ASCII {
		s.lines = asciiLines
	}
	for _, l := range list {
		s.margin = max(s.margin, len(s.address(l.end)), len(s.address(l.start)))
	}
	s.inner = max(d.Width-s.margin-4, 12)
	heights, wideGaps := share(list, rows)
	s.title(d.Title)
	for i, l := range list {
		switch {
		case i == 0:
			s.border(l.end, s.lines.topLeft, s.lines.topRight, "")
		case list[i-1].start == l.end:
			s.border(l.end, s.lines.left, s.lines.right, "")
		case wideGaps:
			s.border(list[i-1].start, s.lines.botLeft, s.lines.botRight, "")
			s.gap(uint64(list[i-1].start - l.end))
			s.border(l.end, s.lines.topLeft, s.lines.topRight, "")
		default:
			s.border(list[i-1].start, s.lines.left, s.lines.right, Size(uint64(list[i-1].start-l.end)))
		}
		s.layer(l, heights[i])
	}
	s.border(list[len(list)-1].start, s.lines.botLeft, s.lines.botRight, "")
}

// share gives the rows to the layers: at least one each, and what is left by the
// logarithm of their sizes, once the gaps have three rows.
func share(list []layer, rows int) (heights []int, wideGaps bool) {
	gaps := 0
	for i := 1; i < len(list); i++ {
		if list[i-1].start != list[i].end {
			gaps++
		}
	}
	left := rows - 2*len(list) - 1
	if wideGaps = left >= 2*gaps+len(list)/2; wideGaps {
		left -= 2 * gaps
	}
	heights = make([]int, len(list))
	wanted := make([]float64, len(list))
	sum := 0.0
	for i, l := range list {
		heights[i] = 1
		wanted[i] = doublings(l.size) / 2
		sum += wanted[i]
	}
	scale := math.Min(1, float64(max(left, 0))/math.Max(sum, 1))
	for i := range list {
		heights[i] += int(wanted[i] * scale)
	}
	return heights, wideGaps
}

// sketch is a picture being drawn.
type sketch struct {
	page   *Page
	lines  lines
	wide   bool // there is room for details
	margin int  // columns of the addresses
	inner  int  // columns between the borders
}

// address writes an address, with 0x where there is room.
func (s *sketch) address(a Address) string {
	if s.wide {
		return a.String()
	}
	return fmt.Sprintf("%x", uint64(a))
}

func (s *sketch) title(text string) {
	indent := strings.Repeat(" ", s.margin+1)
	line := cut(Printable(text), s.inner)
	if rest := fmt.Sprintf("  %s resident  %s not", s.lines.full, s.lines.empty); s.wide && len(line)+len(rest) < s.inner {
		s.page.Line("%s%s%s", indent, s.page.bold.Sprint(line), s.page.dim.Sprint(rest))
		return
	}
	s.page.Line("%s%s", indent, s.page.bold.Sprint(line))
}

// border draws a horizontal line at an address; a text in it is the size of a
// gap that there is no more room for.
func (s *sketch) border(at Address, left, right, text string) {
	line := strings.Repeat(s.lines.horizontal, s.inner)
	if text != "" {
		text = " " + text + " "
		rest := max(s.inner-len(text), 2)
		line = strings.Repeat(s.lines.gap, rest/2) + text + strings.Repeat(s.lines.gap, rest-rest/2)
	}
	s.page.Line("%s %s", s.page.address.Sprintf("%*s", s.margin, s.address(at)), s.page.dim.Sprint(left+line+right))
}

// gap draws what is not mapped.
func (s *sketch) gap(size uint64) {
	text := Size(size)
	rest := max(s.inner-len(text), 0)
	indent, after := strings.Repeat(" ", rest/2), strings.Repeat(" ", rest-rest/2)
	s.page.Line("%*s %s", s.margin, "", s.page.dim.Sprint(s.lines.dots+indent+text+after+s.lines.dots))
}

// layer draws what is between two borders: a bar that shows how much is resident,
// the name, the size and, in a second row, details.
func (s *sketch) layer(l layer, rows int) {
	halves := 0 // of a row
	if l.size > 0 && l.resident > 0 {
		halves = max(1, int(math.Round(2*float64(rows)*float64(l.resident)/float64(l.size))))
	}
	for row := range rows {
		bar := s.lines.empty
		switch below := 2 * (rows - row - 1); {
		case halves >= below+2:
			bar = s.lines.full
		case halves > below:
			bar = s.lines.half
		}
		var left, right string
		switch row {
		case 0:
			left, right = l.name(), Size(l.size)
			if s.wide && rows == 1 && s.inner > 70 {
				right = Size(l.resident) + " of " + right
			}
		case 1:
			left, right = strings.Join(l.perms, " "), Size(l.resident)+" resident"
			if !s.wide {
				left = ""
			}
		}
		s.row(l, bar, left, right, row == 0)
	}
}

func (s *sketch) row(l layer, bar, left, right string, first bool) {
	mark := ""
	if first && l.wx {
		mark = " " + flagWX
	}
	room := s.inner - 4 - runewidth.StringWidth(right) - len(mark) // bar, blanks
	left = runewidth.Truncate(left, max(room-1, 1), map[bool]string{true: ".", false: "…"}[s.lines.vertical == "|"])
	fill := strings.Repeat(" ", max(room-runewidth.StringWidth(left), 0))
	a, known := kindColors[l.kind]
	if !known {
		a = plainText
	}
	style := func(text string) string { return s.page.dim.Sprint(text) }
	if first {
		style = func(text string) string { return s.page.tint(a, text) }
	}
	if mark != "" {
		mark = s.page.tint(color.FgRed, mark)
	}
	side := s.page.dim.Sprint(s.lines.vertical)
	s.page.Line("%*s %s%s %s%s%s %s %s", s.margin, "", side, s.page.tint(a, bar), style(left), mark, fill, style(right), side)
}
