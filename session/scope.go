package session

import (
	"fmt"
	"strconv"
	"strings"
)

// Scope says which memory of a process is meant, as the flag --in does. The zero
// Scope is "writable". It goes by what regions are at the time of [Scope.Select].
type Scope struct {
	parts []part // none: writable
}

// part is one of the words that commas separate in a scope.
type part struct {
	word   string // one of scopeWords, or empty
	module string // NAME of module:NAME, or empty
	bounds Range  // START..END where word and module are empty
}

// The words of scopes.
const (
	scopeWritable = "writable"
	scopeHeap     = "heap"
	scopeAnon     = "anon"
	scopeStack    = "stack"
	scopeData     = "data"
	scopeExec     = "exec"
	scopeAll      = "all"
	modulePrefix  = "module:"
)

var scopeWords = []string{
	scopeWritable, scopeHeap, scopeAnon, scopeStack, scopeData, scopeExec, scopeAll,
}

// ScopeWords returns the words that a scope may be made of, for completion.
// Beside them there are module:NAME and START..END.
func ScopeWords() []string { return append([]string(nil), scopeWords...) }

// ScopeError is a scope that cannot be read, or that nothing in the process
// answers to. It is [ErrScope], and [ErrScopeEmpty] when it is Empty.
type ScopeError struct {
	Part   string // the part of the scope that is at fault
	Reason string // what is wrong with it, a clause
	Advice string // what would work, may be empty
	Empty  bool   // it can be read: the process has no such memory
}

func (e *ScopeError) Error() string { return fmt.Sprintf("scope %q: %s", e.Part, e.Reason) }

// Is matches ErrScope, and ErrScopeEmpty.
func (e *ScopeError) Is(target error) bool {
	return target == ErrScope || e.Empty && target == ErrScopeEmpty
}

// Hint returns what would work, or the empty string.
func (e *ScopeError) Hint() string { return e.Advice }

var adviceScope = "a scope is " + strings.Join(scopeWords, ", ") +
	", module:NAME or START..END, several joined by commas"

// ParseScope reads a scope: one or more of these, joined by commas.
//
//	writable     all that can be read and written, but no devices (the default)
//	heap         the brk heap
//	anon         private anonymous writable memory: malloc arenas, Go, the JVM
//	stack        the stack of the main thread
//	data         variables of the program and its libraries, bss included
//	exec         all that can be executed
//	all          all that can be read, but no devices
//	module:NAME  all of one program or library that can be read
//	START..END   addresses, hexadecimal with 0x or decimal, whatever is there
//
// The error is a [*ScopeError].
func ParseScope(text string) (Scope, error) {
	var s Scope
	for _, word := range strings.Split(text, ",") {
		p, err := parsePart(strings.TrimSpace(word))
		if err != nil {
			return Scope{}, err
		}
		s.parts = append(s.parts, p)
	}
	return s, nil
}

func parsePart(text string) (part, error) {
	for _, word := range scopeWords {
		if text == word {
			return part{word: word}, nil
		}
	}
	if name, ok := strings.CutPrefix(text, modulePrefix); ok {
		if name = strings.TrimSpace(name); name == "" {
			return part{}, &ScopeError{Part: text, Reason: "the name of the module is missing", Advice: "quarry maps lists the modules"}
		}
		return part{module: name}, nil
	}
	if start, end, ok := strings.Cut(text, ".."); ok {
		return parseBounds(text, start, end)
	}
	return part{}, unknownWord(text)
}

// unknownWord returns the error for what is no part of a scope at all.
func unknownWord(text string) error {
	e := &ScopeError{Part: text, Reason: "no such scope", Advice: adviceScope}
	switch words := near(text, scopeWords); {
	case text == "":
		e.Reason = "a scope is missing"
	case len(words) > 0:
		e.Reason += fmt.Sprintf("; did you mean %s?", words[0])
	}
	return e
}

func parseBounds(text, start, end string) (part, error) {
	var r Range
	var err error
	if r.Start, err = parseAddress(start); err != nil {
		return part{}, &ScopeError{Part: text, Reason: err.Error(), Advice: "write START..END as 0x1000..0x2000"}
	}
	if r.End, err = parseAddress(end); err != nil {
		return part{}, &ScopeError{Part: text, Reason: err.Error(), Advice: "write START..END as 0x1000..0x2000"}
	}
	if r.Start >= r.End {
		return part{}, &ScopeError{Part: text, Reason: "the end must be after the start", Advice: "END is the first address that does not belong to it"}
	}
	return part{bounds: r}, nil
}

// parseAddress reads a hexadecimal number with 0x or a decimal one without.
func parseAddress(text string) (uint64, error) {
	text = strings.TrimSpace(text)
	digits, base := text, 10
	if hex, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no address", text)
	}
	return n, nil
}

// String formats the scope so that [ParseScope] reads it again.
func (s Scope) String() string {
	if len(s.parts) == 0 {
		return scopeWritable
	}
	words := make([]string, len(s.parts))
	for i, p := range s.parts {
		words[i] = p.String()
	}
	return strings.Join(words, ",")
}

func (p part) String() string {
	switch {
	case p.word != "":
		return p.word
	case p.module != "":
		return modulePrefix + p.module
	}
	return p.bounds.String()
}
