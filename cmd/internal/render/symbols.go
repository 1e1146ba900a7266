package render

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"quarry/session/symbol"
)

// Symbols is a list of symbols. Its JSON form is one object, {"symbols":[…],
// "count":…,"stripped":[…]}, written row by row.
type Symbols struct {
	Rows     iter.Seq2[Symbol, error]
	Limit    int      // rows shown at most; 0: all
	Stripped []string // modules without symbol tables
	Wanting  string   // the one of them that symbols were expected of, or nothing
	Unread   []error  // why modules could not be looked into
}

// Symbol is one of them.
type Symbol struct {
	Address *Address `json:"address"` // nil for what each thread has its own of
	Size    uint64   `json:"size"`
	Kind    string   `json:"kind"`
	Binding string   `json:"binding"`
	Module  string   `json:"module"`
	Name    string   `json:"name"`             // as it stands in the source
	Linker  string   `json:"linker,omitempty"` // where that is another name
	Version string   `json:"version,omitempty"`
	File    string   `json:"file,omitempty"`
}

// NewSymbol returns the form of a symbol that is shown.
func NewSymbol(s symbol.Symbol) Symbol {
	out := Symbol{Size: s.Size, Kind: s.Kind.String(), Binding: s.Binding.String(), Module: s.Module, Name: s.Name(), Version: s.Version, File: s.File}
	if out.Name != s.Linker {
		out.Linker = s.Linker
	}
	if s.Kind != symbol.TLS {
		address := Address(s.Addr)
		out.Address = &address
	}
	return out
}

// Text writes a table of those within the limit, and counts the others.
func (l Symbols) Text(p *Page) {
	var rows [][]string
	count := 0
	for s, err := range l.Rows {
		if err != nil {
			p.err = err
			return
		}
		if count++; l.Limit > 0 && count > l.Limit {
			continue
		}
		address, size := "per thread", "-"
		if s.Address != nil {
			address = s.Address.String()
		}
		if s.Size > 0 {
			size = fmt.Sprint(s.Size)
		}
		name := p.bold.Sprint(Printable(s.Name))
		if s.Version != "" {
			name += p.dim.Sprint("@" + Printable(s.Version))
		}
		if s.File != "" {
			name += p.dim.Sprint("  static in " + Printable(s.File))
		}
		rows = append(rows, []string{address, size, s.Kind, Printable(s.Module), name})
	}
	p.table([]column{{title: "ADDRESS", style: p.address}, {title: "SIZE", right: true}, {title: "KIND"}, {title: "MODULE"}, {title: "NAME"}}, rows)
	if more := count - len(rows); more > 0 {
		p.Line("%s", p.dim.Sprintf("… %s more: --limit 0 lists all", Thousands(uint64(more))))
	}
}

// Messages tells why symbols that were expected may not be there.
func (l Symbols) Messages() []string {
	var out []string
	if l.Wanting != "" {
		out = append(out, l.Wanting+" is stripped: of it there are only the names that other modules use")
	}
	for _, err := range l.Unread {
		out = append(out, err.Error())
	}
	return out
}

// streamJSON writes the object.
func (l Symbols) streamJSON(w io.Writer) error {
	var text bytes.Buffer
	encoder := newEncoder(&text)
	text.WriteString(`{"symbols":[`)
	count := 0
	for s, err := range l.Rows {
		if err != nil {
			return err
		}
		if count++; l.Limit > 0 && count > l.Limit {
			continue
		}
		if count > 1 {
			text.WriteByte(',')
		}
		if err := encoder.Encode(s); err != nil {
			return err
		}
		text.Truncate(text.Len() - len("\n"))
		if _, err := w.Write(text.Bytes()); err != nil {
			return err
		}
		text.Reset()
	}
	stripped := l.Stripped
	if stripped == nil {
		stripped = []string{}
	}
	text.WriteString(fmt.Sprintf(`],"count":%d,"stripped":`, count))
	if err := encoder.Encode(stripped); err != nil {
		return err
	}
	text.Truncate(text.Len() - len("\n"))
	text.WriteString("}\n")
	_, err := w.Write(text.Bytes())
	return err
}
