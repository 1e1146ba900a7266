package address

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"quarry/session/symbol"
)

// Resolver knows what the names of expressions stand for in one process.
// [Process] is the one for a session.Target.
type Resolver interface {
	// Name returns the address that a name stands for. ok is false when nothing
	// has that name; err tells that a name is there and has no address, or that
	// the process cannot be asked.
	Name(ctx context.Context, name string) (addr uint64, ok bool, err error)

	// Pointer returns the pointer stored at addr.
	Pointer(ctx context.Context, addr uint64) (uint64, error)
}

// SymbolResolver is a [Resolver] that also knows symbols.
type SymbolResolver interface {
	Resolver

	// Symbol returns the address of a symbol, written NAME or MODULE:NAME. The
	// results are those of Name; an error may also be symbol.ErrNotFound, when
	// it has more to say about that, or [ErrUnsupported].
	Symbol(ctx context.Context, name string) (addr uint64, ok bool, err error)
}

// Resolve returns the address of the expression in the process that r knows. It
// returns a [*ResolveError] when there is none, or ctx.Err() when ctx is done.
func (e Expr) Resolve(ctx context.Context, r Resolver) (uint64, error) {
	if e.root == nil {
		return 0, &ResolveError{Cause: errors.New("there is no expression")}
	}
	addr, err := e.root.resolve(&resolution{ctx: ctx, resolver: r, whole: e.root})
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return addr, err
}

// resolution is one Resolve under way.
type resolution struct {
	ctx      context.Context
	resolver Resolver
	whole    node
}

// fail returns the error for a part. A cause that knows what would work lends
// its hint.
func (r *resolution) fail(part fmt.Stringer, cause error, advice string) error {
	var hinted interface{ Hint() string }
	if advice == "" && errors.As(cause, &hinted) {
		advice = hinted.Hint()
	}
	return &ResolveError{Expr: r.whole.String(), Part: part.String(), Cause: cause, Advice: advice}
}

func (n number) resolve(*resolution) (uint64, error) { return uint64(n), nil }

func (n name) resolve(r *resolution) (uint64, error) {
	for _, reading := range n.readings() {
		addr, ok, err := r.resolver.Name(r.ctx, reading.name)
		if err != nil {
			return 0, r.fail(n, err, "")
		}
		if ok {
			return r.add(n, addr, reading.offsets)
		}
	}
	addr, offsets, err := r.resolveSymbol(n.word)
	switch {
	case err == nil:
		return r.add(n, addr, offsets)
	case errors.Is(err, ErrUnsupported):
		return 0, r.unknown(n, "no module, region or entry", nil)
	case errors.Is(err, symbol.ErrNotFound):
		return 0, r.unknown(n, "no module, region, entry or symbol", err)
	}
	return 0, r.fail(n, err, "")
}

// unknown returns the error for a word of which no reading is a known name. The
// error of looking for a symbol, if there was one, may know what was meant.
func (r *resolution) unknown(n name, what string, symbols error) error {
	readings := n.readings()
	shortest := readings[len(readings)-1].name
	advice := "quarry maps lists the modules"
	var missing *symbol.NotFoundError
	var module *symbol.ModuleError
	switch {
	case looksHex(shortest):
		advice = "write an address as 0x" + shortest
	case errors.As(symbols, &module):
		return r.fail(n, symbols, "")
	case errors.As(symbols, &missing) && len(missing.Near) > 0:
		advice = missing.Hint()
	}
	return r.fail(n, fmt.Errorf("%s is called %q", what, shortest), advice)
}

// looksHex reports whether a name is what maps and debuggers print as an address.
func looksHex(name string) bool {
	_, err := hex.DecodeString(strings.Repeat("0", len(name)%2) + name)
	return err == nil && len(name) >= 4
}

func (s symbolName) resolve(r *resolution) (uint64, error) {
	addr, offsets, err := r.resolveSymbol(s.word)
	if errors.Is(err, ErrUnsupported) {
		return 0, r.fail(s, err, "write MODULE+OFFSET")
	}
	if err != nil {
		return 0, r.fail(s, err, "")
	}
	return r.add(s, addr, offsets)
}

func (p pointer) resolve(r *resolution) (uint64, error) {
	at, err := p.at.resolve(r)
	if err != nil {
		return 0, err
	}
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	to, err := r.resolver.Pointer(r.ctx, at)
	if err != nil {
		switch inner := p.at.(type) {
		case pointer:
			return 0, r.fail(inner, &valueError{"holds", at, err}, "")
		case shifted:
			return 0, r.fail(inner, &valueError{"is", at, err}, "")
		}
		return 0, r.fail(p, err, "")
	}
	if to == 0 {
		return 0, r.fail(p, &valueError{"holds", 0, fmt.Errorf("the pointer at %#x is null", at)}, "")
	}
	return to, nil
}

func (s shifted) resolve(r *resolution) (uint64, error) {
	addr, err := s.base.resolve(r)
	if err != nil {
		return 0, err
	}
	return r.add(s, addr, s.offsets)
}

// add adds offsets to an address, never past either end of the address space.
func (r *resolution) add(part fmt.Stringer, addr uint64, offsets []offset) (uint64, error) {
	for _, o := range offsets {
		var over uint64
		base := addr
		if o.minus {
			addr, over = bits.Sub64(addr, o.by, 0)
		} else {
			addr, over = bits.Add64(addr, o.by, 0)
		}
		if over != 0 {
			return 0, r.fail(part, fmt.Errorf("%#x%s is no address", base, o), "")
		}
	}
	return addr, nil
}
