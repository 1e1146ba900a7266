package render

import "fmt"

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
