package vt

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	runewidth "github.com/mattn/go-runewidth"
)

// Measures of a picture, in pixels.
const (
	cellWidth, cellHeight = 8, 18
	baseline              = 13 // of a row
	margin                = 12
	titleBar              = 28
)

// The colours of a picture: the terminal's own, and the sixteen.
const (
	paper = "#1e222a"
	ink   = "#d7dae0"
)

var palette = [...]string{
	"#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
	"#7f848e", "#ff7a85", "#b5e890", "#ffd68a", "#82c4ff", "#e09bf5", "#74d6e2", "#ffffff",
}

// Rewrite changes what a row shows, from the top on, and leaves its colours. A
// text of another width is cut, or filled with blanks.
func (s *Screen) Rewrite(change func(row string) string) {
	for _, row := range s.cells {
		var text strings.Builder
		for _, c := range row {
			text.WriteString(c.text)
		}
		changed := change(text.String())
		if changed == text.String() {
			continue
		}
		runes := []rune(changed)
		for x := range row {
			row[x].text = " "
			if x < len(runes) {
				row[x].text = string(runes[x])
			}
		}
	}
}

// WriteSVG writes a picture of the rows in use.
func (s *Screen) WriteSVG(w io.Writer, title string) error {
	rows := 0
	for y, row := range s.cells {
		if len(trim(row)) > 0 {
			rows = y + 1
		}
	}
	width, height := s.columns*cellWidth+2*margin, titleBar+rows*cellHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
<title>%s</title>
<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;white-space:pre;fill:%s}</style>
<rect width="100%%" height="100%%" rx="8" fill="%s"/>
<circle cx="18" cy="14" r="5" fill="#e06c75"/><circle cx="34" cy="14" r="5" fill="#e5c07b"/><circle cx="50" cy="14" r="5" fill="#98c379"/>
`, width, height, width, height, escapeXML(title), ink, paper)
	for y, row := range s.cells[:rows] {
		writeRow(&b, trim(row), titleBar+y*cellHeight)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// writeRow writes a row as pieces that look alike.
func writeRow(b *strings.Builder, row []cell, top int) {
	for x := 0; x < len(row); {
		end := x + 1
		for end < len(row) && row[end].style == row[x].style {
			end++
		}
		writePiece(b, row[x:end], x, top)
		x = end
	}
}

func writePiece(b *strings.Builder, cells []cell, x, top int) {
	var text strings.Builder
	for _, c := range cells {
		text.WriteString(c.text)
	}
	style := cells[0].style
	foreground, background := style.colors()
	left, width := margin+x*cellWidth, len(cells)*cellWidth
	if background != paper {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", left, top, width, cellHeight, background)
	}
	shown := strings.TrimRight(text.String(), " ")
	if shown == "" {
		return
	}
	width = runewidth.StringWidth(shown) * cellWidth
	attributes := ""
	if foreground != ink {
		attributes += ` style="fill:` + foreground + `"`
	}
	if style.bold {
		attributes += ` font-weight="bold"`
	}
	if style.faint {
		attributes += ` opacity="0.65"`
	}
	if style.underlined {
		attributes += ` text-decoration="underline"`
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" xml:space="preserve"%s>%s</text>`+"\n", left, top+baseline, width, attributes, escapeXML(shown))
}

// colors returns the colours of the text and of what is behind it.
func (s style) colors() (foreground, background string) {
	foreground, background = ink, paper
	if s.foreground > 0 {
		foreground = palette[s.foreground-1]
	}
	if s.background > 0 {
		background = palette[s.background-1]
	}
	if s.reversed {
		return background, foreground
	}
	return foreground, background
}

func escapeXML(text string) string {
	var b strings.Builder
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes all
	return b.String()
}
