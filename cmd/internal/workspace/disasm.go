package workspace

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"quarry/session"
	"quarry/session/disasm"
	"quarry/session/symbol"
)

// Listing is a piece of code.
type Listing struct {
	Arch     string
	Function *symbol.Symbol // where a whole function was asked for
	Code     bool           // the memory may be executed
	Cut      bool           // the function is longer than what was decoded
	Lines    []CodeLine
}

// CodeLine is an instruction and what is known about the addresses in it.
type CodeLine struct {
	disasm.Instruction
	Labels []string // names of this address
	Target string   // name of where it goes, may be empty
	Notes  []CodeNote
}

// CodeNote tells what an address that an instruction names stands for.
type CodeNote struct {
	Addr uint64
	Name string // a symbol, an entry, a module with an offset; may be empty
	Text string // what is there, if it is a text
}

const (
	defaultLines = 10
	mostLines    = 1 << 16
	mostCode     = 1 << 20 // bytes of one function
)

// Disassemble decodes n instructions at the place that a reference names. With n
// 0, it is the whole function if the reference is its name, and 10 instructions
// otherwise.
func (w *Workspace) Disassemble(ctx context.Context, reference string, n int, syntax disasm.Syntax) (Listing, error) {
	s, err := w.Session()
	if err != nil {
		return Listing{}, err
	}
	if n > mostLines {
		return Listing{}, &adviceError{fmt.Errorf("%w: %d instructions are more than %d", ErrReference, n, mostLines), "dump writes code to a file"}
	}
	decoder, err := disasm.New(s.Layout().Arch, syntax)
	if err != nil {
		return Listing{}, err
	}
	by := w.atlas()
	addr, _, err := w.place(ctx, by, reference)
	if err != nil {
		return Listing{}, err
	}
	names, err := w.codeNames(ctx, by)
	if err != nil {
		return Listing{}, err
	}
	out := Listing{Arch: s.Layout().Arch}
	if r, ok := session.FindRegion(names.regions, addr); ok {
		out.Code = r.Perms&session.PermExec != 0
	}
	const longest = 15
	size := uint64(n) * longest
	if n == 0 {
		n, size = defaultLines, defaultLines*longest
		if f, ok := w.function(reference, addr, names); ok {
			out.Function, out.Cut = &f, f.Size > mostCode
			n, size = mostCode, min(f.Size, mostCode)
		}
	}
	code := make([]byte, size)
	got, err := s.Read(code, addr)
	if got == 0 {
		return Listing{}, w.unreadable(err)
	}
	if out.Lines, err = names.lines(ctx, decoder.All(code[:got], addr), n); err != nil {
		return Listing{}, err
	}
	if f := out.Function; f != nil { // which may have several names
		first := &out.Lines[0]
		first.Labels = append([]string{f.Name()}, slices.DeleteFunc(first.Labels, func(l string) bool { return l == f.Name() })...)
	}
	return out, s.Alive()
}

// function returns the function that a reference is the name of.
func (w *Workspace) function(reference string, addr uint64, names *codeNames) (symbol.Symbol, bool) {
	s, offset, ok := names.at(addr)
	if !ok || offset != 0 || s.Kind != symbol.Func || s.Size == 0 || w.table.index(reference) >= 0 {
		return symbol.Symbol{}, false
	}
	if _, _, isRow := rows(reference); isRow {
		return symbol.Symbol{}, false
	}
	found, err := names.symbols.Find(strings.TrimPrefix(strings.TrimSpace(reference), "&"))
	return found, err == nil && found.Addr == addr && found.Size > 0
}

// lines returns the first most of some instructions with what is known about their
// addresses.
func (n *codeNames) lines(ctx context.Context, code iter.Seq2[int, disasm.Instruction], most int) ([]CodeLine, error) {
	var out []CodeLine
	for _, i := range code {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(out) == most {
			break
		}
		out = append(out, n.line(i))
	}
	return out, nil
}

// line adds to an instruction what is known about its addresses.
func (n *codeNames) line(i disasm.Instruction) CodeLine {
	line := CodeLine{Instruction: i}
	if s, offset, ok := n.at(i.Addr); ok && offset == 0 {
		line.Labels = append(line.Labels, s.Name())
	}
	if name, ok := n.entries[i.Addr]; ok && !slices.Contains(line.Labels, name) {
		line.Labels = append(line.Labels, name)
	}
	if i.HasTarget {
		line.Target = n.target(i.Target)
	}
	for _, o := range i.Memory {
		if !o.Fixed || o.Segment != "" {
			continue
		}
		note := CodeNote{Addr: o.Addr, Name: n.name(o.Addr)}
		if m, ok := n.module(o.Addr); ok {
			if name, ok := n.linkage(m).Slots[o.Addr]; ok {
				note.Name = name + "@got"
			}
		}
		if i.Flow == disasm.Jump || i.Flow == disasm.Call {
			line.Target = n.slot(o.Addr)
		}
		if o.AddressOnly {
			note.Text = n.text(o.Addr)
		}
		line.Notes = append(line.Notes, note)
	}
	return line
}
