package freeze

import (
	"context"
	"sync"
	"time"

	"quarry/search/address"
)

// How long what names stand for is believed.
const (
	leastAge = 100 * time.Millisecond
	mostAge  = time.Second
)

// Paths makes functions for [Entry.Locate] of address expressions. They read
// pointers anew each time. What names stand for, such as where modules begin, is
// looked up for all of them together, ten times a second, and less often, down to
// once a second, where that would take more than a hundredth of the time.
//
// All methods and the functions may be used by several goroutines at once.
type Paths struct {
	renew func() address.Resolver

	mu       sync.Mutex
	resolver address.Resolver
	until    time.Time // resolver is believed so long
}

// NewPaths returns the Paths of one process. renew returns a resolver that has
// not looked up anything yet, such as address.In(process, nil).
func NewPaths(renew func() address.Resolver) *Paths { return &Paths{renew: renew} }

// Locate returns the function that finds the place of an expression. Its errors
// are those of [address.Expr.Resolve].
func (p *Paths) Locate(e address.Expr) func(context.Context) (uint64, error) {
	return func(ctx context.Context) (uint64, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		begin := time.Now()
		if p.resolver == nil || begin.After(p.until) {
			p.resolver, p.until = p.renew(), begin.Add(leastAge)
		}
		addr, err := e.Resolve(ctx, p.resolver)
		end := time.Now()
		if until := end.Add(min(100*end.Sub(begin), mostAge)); until.After(p.until) {
			p.until = until
		}
		return addr, err
	}
}
