package render

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

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
