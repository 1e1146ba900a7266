package cheatengine

import (
	"fmt"
	"math"
	"strings"

	"quarry/patch/foreign"
	"quarry/search/value"
)

// Limits of a script.
const (
	maxDefines   = 256
	maxStatement = 64 << 10 // bytes of a line after defines
	maxExpanded  = 16 << 20 // bytes of all lines after defines
	maxBytes     = 64 << 10 // that one edit looks at
	maxNop       = 4 << 10  // that one nop writes
	maxSpot      = math.MaxInt64 - 1<<30
	maxRuns      = 512 // places that it writes to, or asserts
)

// The parts of a script.
const (
	preamble = iota
	enable
	disable
)

// signature is a place that a script finds by its bytes.
type signature struct {
	name    string
	in      string // the scope to search
	pattern value.Pattern
}

// spot is a place in memory, comparable with others of the same base.
type spot struct {
	key   string // names the base
	sig   *signature
	base  foreign.Place // without offset, where there is no signature
	delta int64
}

// run is bytes that a script writes, or expects, at a place.
type run struct {
	spot
	bytes value.Pattern
	row   int
}

// end returns the offset behind the run.
func (w run) end() int64 { return w.delta + int64(len(w.bytes.Bytes)) }

// script is what a script of byte patches does.
type script struct {
	part       int
	signatures map[string]*signature
	labels     map[string]bool // declared ones
	defines    []struct{ name, text string }
	expanded   int
	here       *spot // where the next bytes go; nil before the first label
	fresh      bool  // no bytes since here was set
	writes     [3][]run
	asserts    []run
	runs       int
}

// readScript reads a script, or tells why it is no byte patch.
func readScript(text string) (*script, *refusal) {
	statements, why := readStatements(text)
	if why != nil {
		return nil, why
	}
	parts, why := splitParts(statements)
	if why != nil {
		return nil, why
	}
	s := &script{signatures: make(map[string]*signature), labels: make(map[string]bool)}
	for s.part = preamble; s.part <= disable; s.part++ {
		s.here = nil
		for _, st := range parts[s.part] {
			if why := s.do(st); why != "" {
				return nil, &refusal{st.row, why}
			}
		}
	}
	switch {
	case len(s.writes[preamble]) > 0:
		return nil, &refusal{s.writes[preamble][0].row, "it writes before [ENABLE]"}
	case len(s.writes[enable]) == 0:
		return nil, &refusal{0, "it writes no bytes"}
	}
	return s, nil
}

// splitParts sorts the lines of a script into its parts.
func splitParts(statements []statement) (parts [3][]statement, why *refusal) {
	part, enabled := preamble, false
	for _, st := range statements {
		switch strings.ToLower(st.text) {
		case "[enable]":
			part, enabled = enable, true
		case "[disable]":
			part = disable
		default:
			parts[part] = append(parts[part], st)
		}
	}
	if !enabled {
		return parts, &refusal{0, "it has no [ENABLE] section"}
	}
	return parts, nil
}

// do takes over one line. It returns why it cannot.
func (s *script) do(st statement) string {
	text := s.expand(st.text)
	if s.expanded += len(text); len(text) > maxStatement || s.expanded > maxExpanded {
		return "its defines make it too long"
	}
	if name, arguments, ok := call(text); ok {
		return s.call(name, arguments, st.row)
	}
	if at := colon(text); at >= 0 {
		if why := s.label(strings.TrimSpace(text[:at])); why != "" {
			return why
		}
		if text = strings.TrimSpace(text[at+1:]); text == "" {
			return ""
		}
	}
	return s.data(text, st.row)
}

// call does what a command with arguments asks for.
func (s *script) call(name string, arguments []string, row int) string {
	wanted := map[string]int{"aobscan": 2, "aobscanmodule": 3, "aobscanregion": 4, "assert": 2}[name]
	if wanted > 0 && len(arguments) != wanted {
		return fmt.Sprintf("%s takes %d arguments", name, wanted)
	}
	switch name {
	case "registersymbol", "unregistersymbol", "fullaccess":
		return ""
	case "label":
		for _, a := range arguments {
			s.labels[strings.ToLower(a)] = true
		}
		return ""
	case "define":
		if len(arguments) < 2 || arguments[0] == "" || len(s.defines) == maxDefines {
			return "a define is not understood"
		}
		s.defines = append(s.defines, struct{ name, text string }{arguments[0], strings.Join(arguments[1:], ",")})
		return ""
	case "aobscan":
		return s.sign(arguments[0], "all", arguments[1])
	case "aobscanmodule":
		module := strings.Trim(arguments[1], `"`)
		if strings.ContainsAny(module, ",\"") || module == "" || strings.HasPrefix(module, "$") {
			return fmt.Sprintf("%q is no name of a module", module)
		}
		return s.sign(arguments[0], "module:"+module, arguments[2])
	case "aobscanregion":
		first, ok1 := readHex(arguments[1])
		last, ok2 := readHex(arguments[2])
		if !ok1 || !ok2 || first >= last {
			return "the region it searches is not given in numbers"
		}
		return s.sign(arguments[0], fmt.Sprintf("%#x..%#x", first, last), arguments[3])
	case "assert":
		return s.assert(arguments[0], arguments[1], row)
	}
	return fmt.Sprintf("%s is more than replacing bytes", name)
}

// sign remembers a signature.
func (s *script) sign(name, in, text string) string {
	p, err := value.ParsePattern(text)
	if err != nil || len(p.Bytes) > maxBytes {
		return fmt.Sprintf("%q is no signature", brief(text))
	}
	if _, number := readHex(name); number {
		return fmt.Sprintf("the signature %q is called as a hexadecimal number", name)
	}
	if _, twice := s.signatures[strings.ToLower(name)]; twice || name == "" {
		return fmt.Sprintf("the signature %q has no name of its own", name)
	}
	s.signatures[strings.ToLower(name)] = &signature{name, in, p}
	return ""
}

func (s *script) assert(at, text string, row int) string {
	place, why := s.spot(at)
	if why != "" {
		return why
	}
	p, err := value.ParsePattern(text)
	if err != nil || len(p.Bytes) > maxBytes {
		return fmt.Sprintf("%q are no bytes", brief(text))
	}
	if s.part != disable {
		s.asserts = append(s.asserts, run{place, p, row})
	}
	return s.count()
}

// label moves to the place that a label names. Labels that are declared, and no
// place of their own, only mark where the script is.
func (s *script) label(text string) string {
	lower := strings.ToLower(text)
	if s.labels[lower] && s.signatures[lower] == nil {
		return ""
	}
	at, why := s.spot(text)
	if why != "" {
		return why
	}
	s.here, s.fresh = &at, true
	return s.count()
}

// count bounds the places of a script.
func (s *script) count() string {
	if s.runs++; s.runs > maxRuns {
		return fmt.Sprintf("it has more than %d places", maxRuns)
	}
	return ""
}

// spot reads a place: a signature or an address, and an offset.
func (s *script) spot(text string) (at spot, why string) {
	p, why := parseAddress(text)
	if why != "" {
		return at, why
	}
	if p.Offset > maxSpot || p.Offset < -maxSpot {
		return at, "an offset is out of range"
	}
	if sig := s.signatures[strings.ToLower(p.Name)]; sig != nil && p.Pointer == nil {
		return spot{key: "signature " + strings.ToLower(sig.name), sig: sig, delta: p.Offset}, ""
	}
	at = spot{base: p, delta: p.Offset}
	at.base.Offset = 0
	if p.Pointer == nil && p.Name == "" {
		at.delta, at.base.Address = int64(p.Address), 0
	}
	if at.delta > maxSpot || at.delta < -maxSpot {
		return at, "an address is out of range"
	}
	at.key = "place " + strings.ToLower(at.base.String())
	return at, ""
}
