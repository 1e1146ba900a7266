package render

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// Sightings is what a watch has seen.
type Sightings struct {
	Engine  string         `json:"engine"` // perf, or trace
	Seconds float64        `json:"seconds"`
	Threads int            `json:"threads"`         // watched at the beginning
	Ended   string         `json:"ended,omitempty"` // why: time, hits, interrupt or process
	Points  []WatchedPoint `json:"points"`

	Title string `json:"-"` // of a live list
	Word  int    `json:"-"` // bytes of a pointer
}

// WatchedPoint is a place that was watched.
type WatchedPoint struct {
	Ref     string  `json:"ref"`
	Kind    string  `json:"kind"` // write, access or execute
	Address Address `json:"address"`
	Place
	Length    int        `json:"length"`
	Count     uint64     `json:"count"`
	Exact     bool       `json:"exact"`     // count is all that happened
	Sampled   uint64     `json:"sampled"`   // hits that were looked at
	Lost      uint64     `json:"lost"`      // samples that came too fast
	Throttled uint64     `json:"throttled"` // times that the kernel sampled no more for a moment
	Hits      []Sighting `json:"hits"`
}

// Sighting is an instruction that was seen at a point.
type Sighting struct {
	Name       string          `json:"name"`  // hit1 and so on
	Count      uint64          `json:"count"` // of the hits that were looked at
	IP         Address         `json:"ip"`    // as the processor told it
	Code       []CodeCandidate `json:"instructions"`
	Ambiguous  bool            `json:"ambiguous"`
	Note       string          `json:"note,omitempty"`
	Threads    []SeenThread    `json:"threads"`
	Last       time.Time       `json:"last"`
	LastThread int             `json:"last_thread"`
	Registers  []Register      `json:"registers"`                   // at the last hit
	Touched    []Touch         `json:"touched,omitempty"`           // by an instruction that was watched run, the most frequent first
	Elsewhere  uint64          `json:"touched_elsewhere,omitempty"` // how often it used addresses beside those

	Pending bool `json:"-"` // it is being found out
}

// CodeCandidate is an instruction that may have done it.
type CodeCandidate struct {
	Address  Address   `json:"address"`
	Module   string    `json:"module,omitempty"` // name+0x…
	Function string    `json:"function,omitempty"`
	Within   uint64    `json:"within,omitempty"` // distance from its start
	File     string    `json:"file,omitempty"`
	Line     int       `json:"line,omitempty"`
	Bytes    Code      `json:"bytes"`
	Text     string    `json:"text"`
	Computed *Address  `json:"computed,omitempty"` // the address that it used first
	Base     *Register `json:"base,omitempty"`     // the register that it went from
	Offset   int64     `json:"offset,omitempty"`   // from there to the point
	Object   bool      `json:"-"`                  // base points to an object that other pointers may lead to
}

// Register is a register and what it held.
type Register struct {
	Name  string  `json:"name"`
	Value Address `json:"value"`
}

// Touch is an address that an instruction used, and how often.
type Touch struct {
	Address Address `json:"address"`
	Count   uint64  `json:"count"`
}

// SeenThread is a thread that made hits.
type SeenThread struct {
	TID   int    `json:"tid"`
	Name  string `json:"name,omitempty"`
	Count uint64 `json:"count"`
}

// Messages tells what is missing, or the next step: where pointers to an object are.
func (s Sightings) Messages() []string {
	for _, p := range s.Points {
		if p.Count > 0 && p.Sampled == 0 {
			return []string{"the kernel counted the hits, and told of none which instruction it was; --trace may tell"}
		}
	}
	for _, p := range s.Points {
		for _, h := range p.Hits {
			if len(h.Code) == 0 || h.Ambiguous || !h.Code[0].Object {
				continue
			}
			c, offset := h.Code[0], ""
			if c.Offset != 0 {
				offset = fmt.Sprintf("%+#x", c.Offset)
			}
			return []string{
				fmt.Sprintf("find %s -t u%d shows what points to the object of %s;", c.Base.Value, 8*s.Word, h.Name),
				fmt.Sprintf("label [PLACE]%s NAME then makes an entry that follows the pointer at PLACE", offset),
			}
		}
	}
	return nil
}

// Text writes for each point a line, and for each instruction one with details
// below.
func (s Sightings) Text(p *Page) {
	for _, point := range s.Points {
		p.Line("%s", point.title(p).fit(0))
		for _, h := range point.Hits {
			p.Line("%s", h.row(p, point).fit(0))
			for _, line := range h.details(p) {
				p.Line("%s", line.fit(0))
			}
		}
	}
}

// ShowSightings draws what a watch has seen so far: no more points and
// instructions than there is room for.
func (l *Live) ShowSightings(s Sightings) error {
	return l.show(func(columns, rows int) []string {
		p := newPage(nil, l.Output.Color)
		lines := []line{{{p.dim, fmt.Sprintf("%s  %.0f s  Ctrl-C ends", Printable(s.Title), s.Seconds)}}}
		for _, point := range s.Points {
			lines = append(lines, point.title(p))
			for _, h := range point.Hits {
				lines = append(lines, h.row(p, point))
				lines = append(lines, h.instructions(p)...)
			}
		}
		room := max(rows-1, 1)
		if more := len(lines) - room; more > 0 {
			lines = append(lines[:room-1:room-1], line{{p.dim, fmt.Sprintf("… %s more", Count(uint64(more+1), "line", "lines"))}})
		}
		var out []string
		for _, one := range lines {
			out = append(out, one.fit(columns))
		}
		return out
	})
}

// Clear takes away what was drawn last.
func (l *Live) Clear() error {
	drawn := l.drawn
	l.drawn, l.last = 0, ""
	if drawn == 0 {
		return nil
	}
	l.Output.mu.Lock()
	defer l.Output.mu.Unlock()
	_, err := fmt.Fprintf(l.Output.Out, "\x1b[%dA\r\x1b[J", drawn)
	return err
}

// line is a line made of pieces of text, each with a style, which may be nil.
type line []piece

// piece is text in one style.
type piece struct {
	style *color.Color
	text  string
}

// fit returns the line, cut to a width; 0 is any width.
func (l line) fit(width int) string {
	var out paint
	room, whole := width, 0
	for _, one := range l {
		whole += runewidth.StringWidth(one.text)
	}
	cut := width > 0 && whole > width
	if cut {
		room-- // for what tells so
	}
	for _, one := range l {
		text := one.text
		if cut {
			text = runewidth.Truncate(text, room, "")
			room -= runewidth.StringWidth(text)
		}
		if out.add(one.style, text); text != one.text {
			break
		}
	}
	if cut {
		out.add(nil, "…")
	}
	return out.flush().String()
}

// title tells what was watched, and how often it was hit.
func (w WatchedPoint) title(p *Page) line {
	what := w.Kind + " of " + Count(uint64(w.Length), "byte", "bytes") + " at "
	if w.Kind == "execute" {
		what = "execution of "
	}
	out := line{{nil, what}, {p.address, w.Address.String()}}
	if w.Ref != w.Address.String() {
		out = append(out, piece{nil, " "}, piece{p.bold, cut(Printable(w.Ref), 30)})
	}
	count := Count(w.Count, "hit", "hits")
	if !w.Exact && w.Count > 0 {
		count = "at least " + count
	}
	out = append(out, piece{nil, ": " + count})
	if w.Sampled < w.Count {
		out = append(out, piece{p.dim, fmt.Sprintf(", %s looked at", Thousands(w.Sampled))})
	}
	return out
}

// count is how often the instruction was seen; where many hits were not looked at,
// its share of those that were. The count is read a moment after the rest.
func (w WatchedPoint) count(h Sighting) string {
	const moment = 10 // one in so many
	if missed := w.Count - min(w.Sampled, w.Count); w.Sampled > 0 && missed > 2+w.Count/moment {
		return fmt.Sprintf("~%.3g%%", 100*float64(h.Count)/float64(w.Sampled))
	}
	return Thousands(h.Count)
}

// row tells an instruction's name, count and place.
func (h Sighting) row(p *Page, point WatchedPoint) line {
	widest := 0
	for _, other := range point.Hits {
		widest = max(widest, len(point.count(other)))
	}
	out := line{{p.bold, fmt.Sprintf("%-5s", h.Name)}, {nil, fmt.Sprintf("  %*s  ", widest, point.count(h))}}
	switch {
	case h.Pending:
		return append(out, piece{p.dim, "before " + h.IP.String()})
	case len(h.Code) == 0:
		return append(out, piece{p.address, "before " + h.IP.String()})
	}
	return append(out, h.Code[0].place(p)...)
}

// place tells where an instruction is: address or module, function, source line.
func (c CodeCandidate) place(p *Page) line {
	at := c.Address.String()
	if c.Module != "" {
		at = Printable(c.Module)
	}
	out := line{{p.address, at}}
	if c.Function != "" {
		name := cut(Printable(c.Function), 40)
		if c.Within > 0 {
			name += fmt.Sprintf("+%#x", c.Within)
		}
		out = append(out, piece{nil, "  "}, piece{p.bold, name})
	}
	if c.Line > 0 {
		out = append(out, piece{p.dim, fmt.Sprintf("  %s:%d", Printable(path.Base(c.File)), c.Line)})
	}
	return out
}

// indent stands before the details of an instruction.
const indent = "       "

// instructions are the lines that tell what the instruction does.
func (h Sighting) instructions(p *Page) (lines []line) {
	switch {
	case h.Pending:
		return nil
	case len(h.Code) == 0:
		return []line{{{nil, indent + h.Note}}}
	case h.Ambiguous:
		lines = append(lines, line{{p.alarm, indent + "it cannot be told which of these it was:"}})
	}
	for _, c := range h.Code {
		text := line{{nil, indent + Printable(c.Text)}}
		if len(h.Code) > 1 {
			text = append(line{{nil, indent}, {p.address, c.Address.String()}, {nil, "  "}}, line{{nil, Printable(c.Text)}}...)
		}
		lines = append(lines, text)
	}
	if h.Note != "" {
		lines = append(lines, line{{p.dim, indent + h.Note}})
	}
	return lines
}

// hidden are the registers that only the JSON form shows.
var hidden = []string{"fs_base", "gs_base"}

// details are the lines below an instruction's.
func (h Sighting) details(p *Page) []line {
	lines := h.instructions(p)
	lines = append(lines, h.touches()...)
	if len(h.Code) > 0 && !h.Ambiguous && len(h.Touched) == 0 {
		if text := h.Code[0].computed(); text != "" {
			lines = append(lines, line{{nil, indent + text}})
		}
	}
	lines = append(lines, line{{nil, indent + h.threads()}})
	const columns = 3
	var cells []string
	for _, r := range h.Registers {
		if !slices.Contains(hidden, r.Name) {
			cells = append(cells, fmt.Sprintf("%-3s %-18s", r.Name, r.Value))
		}
	}
	for row := range slices.Chunk(cells, columns) {
		lines = append(lines, line{{p.dim, indent + strings.TrimRight(strings.Join(row, " "), " ")}})
	}
	return lines
}

// touches tells the addresses that an instruction used.
func (h Sighting) touches() (lines []line) {
	const most = 8
	for _, t := range h.Touched[:min(len(h.Touched), most)] {
		lines = append(lines, line{{nil, fmt.Sprintf("%sat %s  %s", indent, t.Address, Count(t.Count, "time", "times"))}})
	}
	others := h.Elsewhere
	for _, t := range h.Touched[min(len(h.Touched), most):] {
		others += t.Count
	}
	if others > 0 {
		lines = append(lines, line{{nil, fmt.Sprintf("%selsewhere  %s", indent, Count(others, "time", "times"))}})
	}
	return lines
}

// computed tells the address that an instruction used, and how it came to it.
func (c CodeCandidate) computed() string {
	if c.Computed == nil {
		return ""
	}
	text := "at " + c.Computed.String()
	if c.Object {
		text = fmt.Sprintf("%s: base %s = %s, offset %+#x", text, c.Base.Name, c.Base.Value, c.Offset)
	}
	return text
}

// threads tells who made the hits.
func (h Sighting) threads() string {
	const most = 3
	var all []string
	for _, t := range h.Threads[:min(len(h.Threads), most)] {
		name := fmt.Sprint(t.TID)
		if t.Name != "" {
			name = fmt.Sprintf("%s (%d)", Printable(t.Name), t.TID)
		}
		if len(h.Threads) > 1 {
			name += " " + Count(t.Count, "time", "times")
		}
		all = append(all, name)
	}
	if more := len(h.Threads) - most; more > 0 {
		all = append(all, Count(uint64(more), "more thread", "more threads"))
	}
	return "by " + strings.Join(all, ", ")
}
