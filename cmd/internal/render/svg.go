package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The measures of a drawing.
const (
	svgWidth   = 860
	svgLeft    = 190 // where the boxes begin
	svgRight   = svgWidth - 24
	svgTop     = 64
	svgMost    = 18 // layers at most
	svgGap     = 34
	svgLeast   = 28 // the height of one page
	svgDetails = 46 // the height from which there is a second line
)

// svgStyle has the colours of a light page; where a dark one is wanted and known
// of, those of a dark page. The colours of the layers suit both.
const svgStyle = `
.page{fill:#ffffff} .ink{fill:#1f2328} .faint{fill:#656d76} .edge{stroke:#656d76;fill:none}
.b{stroke:#1f2328;stroke-opacity:.55} .wx{fill:#cf222e;font-weight:bold}
.stack{fill:#e2c5f7} .heap{fill:#b4e8bf} .anon{fill:#d5f2d9} .data{fill:#fbe3a0} .code{fill:#b6d6fb} .const{fill:#cfeaf2} .file{fill:#d9e6ea} .other{fill:#e3e6ea}
.t{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:13px} .n{font-family:system-ui,"DejaVu Sans",sans-serif;font-size:15px;font-weight:600} .s{font-family:system-ui,"DejaVu Sans",sans-serif;font-size:13px} .h{font-family:system-ui,"DejaVu Sans",sans-serif;font-size:20px;font-weight:600}
@media (prefers-color-scheme:dark){.page{fill:#0d1117} .ink{fill:#e6edf3} .faint{fill:#9198a1} .edge{stroke:#9198a1} .b{stroke:#e6edf3} .wx{fill:#ff7b72}
.stack{fill:#4a2a66} .heap{fill:#1b5a31} .anon{fill:#1d4027} .data{fill:#6a4f10} .code{fill:#1b4377} .const{fill:#1d4a56} .file{fill:#2b424a} .other{fill:#30363d}}
`

// SVG writes the picture as an image: see https://www.w3.org/TR/SVG11. Its text
// is text, which can be selected.
func (d Picture) SVG(w io.Writer) error {
	list := fewer(layers(d.Regions.Regions, d.Program), svgMost)
	slices.Reverse(list)
	var body svgBody
	y := svgTop
	for i, l := range list {
		if i > 0 && list[i-1].start != l.end {
			body.gap(y, uint64(list[i-1].start-l.end))
			y += svgGap
			body.address(y, l.end)
		} else if i == 0 {
			body.address(y, l.end)
		}
		height := svgLeast + int(6*doublings(l.size))
		body.layer(y, height, l)
		y += height
		body.address(y, l.start)
	}
	body.text(svgLeft, 36, "h ink", "", d.Title)
	body.text(svgRight, 36, "s faint", "end", "sizes to scale in logarithm; the bar is what is resident")
	height := y + 28
	_, err := fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" xml:space="preserve">
<title>%s</title>
<style>%s</style>
<rect class="page" width="100%%" height="100%%" rx="8"/>
%s</svg>
`, svgWidth, height, escaped("Memory map of "+d.Title), svgStyle, body.String())
	return err
}

// svgBody is an image being drawn.
type svgBody struct {
	bytes.Buffer
}

// escaped makes a text fit for XML.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(Printable(text))) // a Builder never fails
	return b.String()
}

// text writes a text at its baseline; anchor is start, if empty, or end.
func (b *svgBody) text(x, y int, class, anchor, text string) {
	if anchor != "" {
		anchor = fmt.Sprintf(` text-anchor="%s"`, anchor)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" class="%s"%s>%s</text>`+"\n", x, y, class, anchor, escaped(text))
}

// address writes an address beside a border.
func (b *svgBody) address(y int, a Address) { b.text(svgLeft-10, y+4, "t faint", "end", a.String()) }

// gap draws what is not mapped.
func (b *svgBody) gap(y int, size uint64) {
	for _, x := range []int{svgLeft, svgRight} {
		fmt.Fprintf(b, `<path class="edge" stroke-dasharray="3 4" d="M%d %dv%d"/>`+"\n", x, y, svgGap)
	}
	b.text((svgLeft+svgRight)/2, y+svgGap/2+4, "s faint", "middle", Size(size)+" not mapped")
}

// layer draws a box with a bar at its left that shows how much is resident.
func (b *svgBody) layer(y, height int, l layer) {
	const bar = 8
	class := l.kind
	if _, known := kindColors[class]; !known {
		class = "other"
	}
	if class == "shared" {
		class = "file"
	}
	fmt.Fprintf(b, `<rect class="b %s" x="%d" y="%d" width="%d" height="%d"/>`+"\n", class, svgLeft, y, svgRight-svgLeft, height)
	if l.resident > 0 && l.size > 0 {
		filled := max(1, int(float64(height)*float64(l.resident)/float64(l.size)))
		fmt.Fprintf(b, `<rect class="ink" opacity=".55" x="%d" y="%d" width="%d" height="%d"/>`+"\n", svgLeft, y+height-filled, bar, filled)
	}
	const left, room = svgLeft + 22, 52
	base := y + 19
	b.text(left, base, "n ink", "", cut(l.name(), room))
	b.text(svgRight-14, base, "t ink", "end", Size(l.size))
	if height >= svgDetails {
		b.text(left, base+18, "s faint", "", strings.Join(l.perms, "  "))
		b.text(svgRight-14, base+18, "s faint", "end", Size(l.resident)+" resident")
	}
	if l.wx {
		b.text(svgRight-120, base, "s wx", "end", "writable and executable")
	}
}
