package address

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/session/symbol"
)

// Option changes what the names of a [Process] mean.
type Option func(*Process)

// WithSymbols has symbols looked up in an index, which keeps what it has read
// from one Process to the next. Without it, a Process has an index of its own
// if the target is a [symbol.Source].
func WithSymbols(x *symbol.Index) Option {
	return func(p *Process) { p.symbols = x }
}

// Symbol implements [SymbolResolver]. The error is [ErrUnsupported] when the
// target has no symbols, as fakes have none.
func (p *Process) Symbol(ctx context.Context, name string) (uint64, bool, error) {
	if p.symbols == nil {
		source, ok := p.target.(symbol.Source)
		if !ok {
			return 0, false, fmt.Errorf("symbols are %w", ErrUnsupported)
		}
		p.symbols = symbol.NewIndex(source)
	}
	if err := ctx.Err(); err != nil {
		return 0, false, err
	}
	if err := p.readMap(); err != nil {
		return 0, false, err
	}
	s, err := p.symbols.View(p.regions, p.modules).Find(name)
	return s.Addr, err == nil, err
}

// resolveSymbol asks for a symbol by each reading of a word, unlike modules the
// shortest name first: hardly a symbol has a sign in its name, and to miss one
// means to look everywhere. When there is none, the error is that of the
// shortest name.
func (r *resolution) resolveSymbol(w word) (addr uint64, offsets []offset, err error) {
	symbols, ok := r.resolver.(SymbolResolver)
	if !ok {
		return 0, nil, fmt.Errorf("symbols are %w", ErrUnsupported)
	}
	var missing error
	for _, reading := range slices.Backward(w.readings()) {
		addr, ok, err := symbols.Symbol(r.ctx, reading.name)
		switch {
		case err == nil && ok:
			return addr, reading.offsets, nil
		case err == nil:
			err = &symbol.NotFoundError{Name: reading.name}
		case !errors.Is(err, symbol.ErrNotFound):
			return 0, nil, err
		}
		if missing == nil {
			missing = err
		}
	}
	return 0, nil, missing
}
