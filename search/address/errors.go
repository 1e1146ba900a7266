package address

import (
	"errors"
	"fmt"

	"quarry/session"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrSyntax: the text is no address expression.
	ErrSyntax = errors.New("not an address expression")
	// ErrUnresolved: the expression has no address in this process now.
	ErrUnresolved = errors.New("the address cannot be told")
	// ErrNames: more than [MaxNames] entries stand behind the address.
	ErrNames = fmt.Errorf("the address begins with an entry that begins with another, and so on for more than %d", MaxNames)
	// ErrUnsupported: the expression is right, but this resolver cannot answer.
	ErrUnsupported = errors.New("not supported yet")
)

// SyntaxError tells where a text stops being an address expression. It is
// [ErrSyntax].
type SyntaxError struct {
	Text   string
	Column int    // counted in bytes, from 1
	Reason string // what is wrong there
	Advice string // what would work, may be empty
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("address %q: column %d: %s", e.Text, e.Column, e.Reason)
}

// Is matches ErrSyntax.
func (e *SyntaxError) Is(target error) bool { return target == ErrSyntax }

// Hint returns what would work, or the empty string.
func (e *SyntaxError) Hint() string { return e.Advice }

// ResolveError tells which part of an expression has no address, and why. It is
// [ErrUnresolved] and unwraps to the cause.
type ResolveError struct {
	Expr   string // the whole expression
	Part   string // the part that failed
	Cause  error  // why
	Advice string // what would work, may be empty
}

func (e *ResolveError) Error() string {
	var value *valueError
	switch whole := e.Part == e.Expr; {
	case !whole && errors.As(e.Cause, &value):
		return fmt.Sprintf("address %s: %s %v", e.Expr, e.Part, value)
	case whole && errors.As(e.Cause, &value):
		return fmt.Sprintf("address %s: %v", e.Expr, value.cause)
	case whole:
		return fmt.Sprintf("address %s: %v", e.Expr, e.Cause)
	}
	return fmt.Sprintf("address %s: %s: %v", e.Expr, e.Part, e.Cause)
}

// valueError tells what a part of an expression came to, and why that will not do.
type valueError struct {
	verb  string // holds, or is
	value uint64
	cause error
}

func (e *valueError) Error() string { return fmt.Sprintf("%s %#x: %v", e.verb, e.value, e.cause) }

func (e *valueError) Unwrap() error { return e.cause }

// Is matches ErrUnresolved.
func (e *ResolveError) Is(target error) bool { return target == ErrUnresolved }

// Unwrap returns the cause.
func (e *ResolveError) Unwrap() error { return e.Cause }

// Hint returns what would work, or the empty string.
func (e *ResolveError) Hint() string { return e.Advice }

// noRegion is the name of a region that the process does not have. As with a scope,
// it was not misspelt: it is [session.ErrScopeEmpty].
type noRegion string

func (name noRegion) Error() string { return "the process has no [" + string(name) + "]" }

// Is matches session.ErrScopeEmpty.
func (noRegion) Is(target error) bool { return target == session.ErrScopeEmpty }
