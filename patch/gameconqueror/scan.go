package gameconqueror

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"quarry/patch/foreign"
)

// maxDepth bounds the nesting of what is skipped.
const maxDepth = 100

// scanner reads the tokens of a JSON document with their places.
type scanner struct {
	source *foreign.Source
	json   *json.Decoder
}

func newScanner(s *foreign.Source) *scanner {
	d := json.NewDecoder(bytes.NewReader(s.Data))
	d.UseNumber()
	return &scanner{s, d}
}

// next returns the next token and where it begins.
func (s *scanner) next() (token json.Token, at int, err error) {
	at = int(s.json.InputOffset())
	for at < len(s.source.Data) && bytes.IndexByte([]byte(" \t\r\n,:"), s.source.Data[at]) >= 0 {
		at++
	}
	token, err = s.json.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		where := max(at, int(syntax.Offset)-1)
		return nil, at, s.source.Fail(where, "not JSON: "+syntax.Error(), "")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, at, s.source.Fail(len(s.source.Data), "the file ends in the middle", "")
	case err != nil:
		return nil, at, s.source.Fail(at, "not JSON: "+err.Error(), "")
	}
	return token, at, nil
}

// open reads the token that begins an object or a list.
func (s *scanner) open(want json.Delim, what string) error {
	token, at, err := s.next()
	if err != nil {
		return err
	}
	if token != want {
		return s.source.Fail(at, fmt.Sprintf("%s is missing", what), `a cheat list is {"cheat_list": [ … ]}`)
	}
	return nil
}

// skip passes over a value.
func (s *scanner) skip() error {
	for depth := 0; ; {
		token, at, err := s.next()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return s.source.Fail(at, fmt.Sprintf("it nests deeper than %d", maxDepth), "")
		}
		if depth == 0 {
			return nil
		}
	}
}

// end checks that nothing follows.
func (s *scanner) end() error {
	at := int(s.json.InputOffset())
	if rest := bytes.TrimSpace(s.source.Data[at:]); len(rest) > 0 {
		return s.source.Fail(at+bytes.Index(s.source.Data[at:], rest[:1]), "something follows the cheat list", "")
	}
	return nil
}
