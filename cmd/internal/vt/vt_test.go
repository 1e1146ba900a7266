package vt_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"quarry/cmd/internal/vt"
)

func TestScreenShows(t *testing.T) {
	for _, tt := range []struct{ name, sent, want string }{
		{"text", "a\r\nb", "a\nb"},
		{"a long line", "123456789", "12345678\n9"},
		{"a full line and a new one", "12345678\r\n9", "12345678\n9"},
		{"wide", "日本\x1b[2Dx", "日x"},
		{"wide at the edge", "1234567日", "1234567\n日"},
		{"an accent", "e\u0301x", "e\u0301x"},
		{"a family", "👨\u200d👩x", "👨\u200d👩x"},
		{"scrolled", "1\r\n2\r\n3\r\n4", "2\n3\n4"},
		{"scrolled back", "1\r\n2\x1b[H\x1bM0", "0\n1\n2"},
		{"erased", "12\r\n34\x1b[1;2H\x1b[J", "1"},
		{"erased in a row", "123\r\x1b[C\x1b[K", "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := vt.New(8, 3)
			for i := range len(tt.sent) { // nothing arrives whole
				_, _ = s.Write([]byte{tt.sent[i]})
			}
			if got := s.String(); got != tt.want || s.Unknown != nil {
				t.Errorf("the screen shows %q and knows not %q, want %q", got, s.Unknown, tt.want)
			}
		})
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	s := vt.New(20, 3)
	_, _ = io.WriteString(s, "\x1b[1;31m<a> & \"b\"\x1b[0m c\r\n\x1b[7mreversed\x1b[0m \x1b[36;44mcyan\x1b[m")
	s.Rewrite(func(row string) string { return strings.ReplaceAll(row, "c ", "d ") })
	var out bytes.Buffer
	if err := s.WriteSVG(&out, "<title>"); err != nil {
		t.Fatal(err)
	}
	var text []string
	for d := xml.NewDecoder(&out); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := token.(xml.CharData); ok && strings.TrimSpace(string(data)) != "" {
			text = append(text, strings.TrimSpace(string(data)))
		}
	}
	if got, want := strings.Join(text[2:], "|"), `<a> & "b"|d|reversed|cyan`; got != want || text[0] != "<title>" {
		t.Errorf("the picture shows %q under %q, want %q", got, text[0], want)
	}
}
