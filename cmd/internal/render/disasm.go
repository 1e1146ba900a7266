package render

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Listing is a piece of code.
type Listing struct {
	Arch         string        `json:"arch"`
	Syntax       string        `json:"syntax"`
	Function     string        `json:"function,omitempty"` // where it is a whole one
	Module       string        `json:"module,omitempty"`
	Size         uint64        `json:"function_size,omitempty"`
	Executable   bool          `json:"executable"`
	Truncated    bool          `json:"truncated,omitempty"`
	Instructions []Instruction `json:"instructions"`

	ASCII bool `json:"-"` // no characters but those
}

// Instruction is one line of it.
type Instruction struct {
	Address    Address     `json:"address"`
	Bytes      Code        `json:"bytes"`
	Text       string      `json:"text"`
	Bad        bool        `json:"bad,omitempty"` // the bytes are no instruction that is known
	Flow       string      `json:"flow"`
	Labels     []string    `json:"labels,omitempty"`
	Target     *Address    `json:"target,omitempty"`
	TargetName string      `json:"target_name,omitempty"`
	Refers     []Reference `json:"refers,omitempty"`
}

// Reference is an address that an instruction names beside where it goes.
type Reference struct {
	Address Address `json:"address"`
	Name    string  `json:"name,omitempty"`
	Text    string  `json:"text,omitempty"` // quoted
}

// Code are the bytes of an instruction; their JSON form is hexadecimal.
type Code []byte

// MarshalText writes two digits a byte.
func (c Code) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(c)), nil }

// String writes the bytes apart from each other.
func (c Code) String() string { return fmt.Sprintf("% x", []byte(c)) }

// Messages tells what a person should know before believing the listing.
func (l Listing) Messages() []string {
	var out []string
	if !l.Executable {
		out = append(out, "this memory cannot be executed; it may be no code")
	}
	if l.Truncated {
		out = append(out, "the function is longer; disasm ADDRESS N shows the rest")
	}
	return out
}

// Text writes a line for each instruction and one for each name, with arrows for
// the jumps within.
func (l Listing) Text(p *Page) {
	arrows := newArrows(l.Instructions, l.ASCII)
	widest := 0
	for _, i := range l.Instructions {
		widest = max(widest, len(i.Bytes.String()))
	}
	for n, i := range l.Instructions {
		for _, name := range i.Labels {
			text := p.bold.Sprint(Printable(name) + ":")
			if n == 0 && name == l.Function {
				text += p.dim.Sprintf("  %s in %s", Count(l.Size, "byte", "bytes"), Printable(l.Module))
			}
			p.Line("%s%s", arrows.passing(n), text)
		}
		text := Printable(i.Text)
		if i.Bad {
			text = p.alarm.Sprint(text)
		}
		line := fmt.Sprintf("%s%s  %s  %s", arrows.row(n), p.address.Sprint(i.Address), p.dim.Sprintf("%-*s", widest, i.Bytes), text)
		if i.TargetName != "" {
			line += " " + p.bold.Sprint("<"+cut(Printable(i.TargetName), 60)+">")
		}
		for _, r := range i.Refers {
			line += "  " + p.dim.Sprint("# "+r.String())
		}
		p.Line("%s", line)
	}
}

// String shows the address, and what is there if that is known.
func (r Reference) String() string {
	text := r.Address.String()
	if r.Name != "" {
		text += " " + cut(Printable(r.Name), 60)
	}
	if r.Text != "" {
		text += " " + Printable(r.Text)
	}
	return text
}

// arrows are drawn beside a listing, from each jump to where it goes within it.
type arrows struct {
	list  []arrow
	width int // columns, without those of the head
	ascii bool
}

// arrow goes from one row to another, in a lane of its own.
type arrow struct{ from, to, lane int }

func (a arrow) low() int  { return min(a.from, a.to) }
func (a arrow) high() int { return max(a.from, a.to) }

// newArrows gives the arrows lanes: short ones near the code, and none to those
// for which there is no room.
func newArrows(list []Instruction, ascii bool) arrows {
	const lanes = 6
	at := make(map[Address]int)
	for n, i := range list {
		at[i.Address] = n
	}
	out := arrows{ascii: ascii}
	for n, i := range list {
		if i.Target == nil || i.Flow != "jump" && i.Flow != "branch" {
			continue
		}
		if to, ok := at[*i.Target]; ok {
			out.list = append(out.list, arrow{from: n, to: to})
		}
	}
	slices.SortStableFunc(out.list, func(a, b arrow) int { return a.high() - a.low() - (b.high() - b.low()) })
	var placed []arrow
	for _, a := range out.list {
		for a.lane = 0; a.lane < lanes; a.lane++ {
			taken := slices.ContainsFunc(placed, func(b arrow) bool {
				return a.lane == b.lane && a.low() <= b.high() && b.low() <= a.high() && a.to != b.to
			})
			if !taken {
				placed = append(placed, a)
				out.width = max(out.width, a.lane+1)
				break
			}
		}
	}
	out.list = placed
	return out
}

// row draws what stands before an instruction.
func (s arrows) row(n int) string {
	if s.width == 0 {
		return "  "
	}
	cells := s.verticals(n, false)
	head, reach := ' ', -1 // the widest arrow that begins or ends here
	for _, a := range s.list {
		if a.from == n || a.to == n {
			reach = max(reach, a.lane)
			if head != '>' {
				head = '─'
			}
		}
		if a.to == n {
			head = '>'
		}
	}
	for _, a := range s.list {
		if (a.from == n || a.to == n) && a.low() != a.high() {
			corner := '╭'
			if a.high() == n {
				corner = '╰'
			}
			at := s.width - 1 - a.lane
			if cells[at] == '╭' && corner == '╰' || cells[at] == '╰' && corner == '╭' || cells[at] == '│' {
				corner = '├'
			}
			cells[at] = corner
		}
	}
	for lane := range reach {
		if at := s.width - 1 - lane; cells[at] == ' ' {
			cells[at] = '─'
		} else if cells[at] == '│' {
			cells[at] = '┼'
		}
	}
	return s.text(append(cells, head, ' '))
}

// passing draws the arrows that go past a label before an instruction.
func (s arrows) passing(n int) string {
	if s.width == 0 {
		return ""
	}
	return s.text(append(s.verticals(n, true), ' ', ' '))
}

// verticals draws the arrows that neither begin nor end in a row.
func (s arrows) verticals(n int, label bool) []rune {
	cells := []rune(strings.Repeat(" ", s.width))
	for _, a := range s.list {
		if a.low() < n && (n < a.high() || label && n == a.high()) {
			cells[s.width-1-a.lane] = '│'
		}
	}
	return cells
}

func (s arrows) text(cells []rune) string {
	if s.ascii {
		return strings.NewReplacer("─", "-", "│", "|", "╭", "+", "╰", "+", "├", "+", "┼", "+").Replace(string(cells))
	}
	return string(cells)
}
