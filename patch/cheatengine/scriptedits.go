package cheatengine

import (
	"fmt"
	"slices"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/search/value"
)

// edits makes edits of what a script writes, or tells why there can be none. A
// place is only written to when the signature, an assert or the [DISABLE] section
// says what was there before.
func (s *script) edits() ([]patch.Edit, *refusal) {
	groups, why := s.groups()
	if why != nil {
		return nil, why
	}
	var out []patch.Edit
	for _, g := range groups {
		var made []patch.Edit
		var reason string
		if g[0].sig != nil {
			made, reason = s.signed(g)
		} else {
			made, reason = s.placed(g)
		}
		if reason != "" {
			return nil, &refusal{g[0].row, reason}
		}
		out = append(out, made...)
	}
	return out, nil
}

// groups sorts the writes of [ENABLE] by their base, and each of these by offset.
func (s *script) groups() ([][]run, *refusal) {
	var keys []string
	byKey := make(map[string][]run)
	for _, w := range s.writes[enable] {
		if byKey[w.key] == nil {
			keys = append(keys, w.key)
		}
		byKey[w.key] = append(byKey[w.key], w)
	}
	var out [][]run
	for _, key := range keys {
		g := byKey[key]
		slices.SortStableFunc(g, func(a, b run) int {
			switch {
			case a.delta < b.delta:
				return -1
			case a.delta > b.delta:
				return 1
			}
			return 0
		})
		for i := 1; i < len(g); i++ {
			if g[i].delta < g[i-1].end() {
				return nil, &refusal{g[i].row, "it writes twice to the same byte"}
			}
		}
		out = append(out, g)
	}
	return out, nil
}

// memory is what a script tells about the bytes from an offset on.
type memory struct {
	from  int64
	known value.Pattern
}

// recall collects what asserts and [DISABLE] tell about the bytes from..to of a
// base. ok is false when they contradict each other.
func (s *script) recall(key string, m memory) (ok bool) {
	for _, list := range [][]run{s.asserts, s.writes[disable]} {
		for _, r := range list {
			if r.key == key && !m.lay(r) {
				return false
			}
		}
	}
	return true
}

// lay adds the bytes of a run, as far as they are in reach.
func (m memory) lay(r run) (ok bool) {
	for i, b := range r.bytes.Bytes {
		at := r.delta + int64(i) - m.from
		if at < 0 || at >= int64(len(m.known.Bytes)) {
			continue
		}
		mask := r.bytes.Mask[i]
		if (m.known.Bytes[at]^b)&m.known.Mask[at]&mask != 0 {
			return false
		}
		m.known.Bytes[at] |= b & mask
		m.known.Mask[at] |= mask
	}
	return true
}

const contradiction = "its signature, asserts and [DISABLE] section disagree about what was there"

// signed makes the edit of what is written around a signature. All of it is one
// edit, as the signature is gone once a part of it has been written.
func (s *script) signed(g []run) ([]patch.Edit, string) {
	sig := g[0].sig
	first, last := g[0].delta, g[len(g)-1].end()
	from, to := min(0, first), max(int64(len(sig.pattern.Bytes)), last)
	if from < -maxBytes || to > maxBytes {
		return nil, "it writes too far from its signature"
	}
	m := memory{from, value.Pattern{Bytes: make([]byte, to-from), Mask: make([]byte, to-from)}}
	if !m.lay(run{bytes: sig.pattern}) || !s.recall(g[0].key, m) {
		return nil, contradiction
	}
	set := slices.Clone(m.known.Bytes[first-from : last-from])
	gap := value.ExactPattern(slices.Clone(set))
	copy(gap.Mask, m.known.Mask[first-from:last-from])
	for _, w := range g {
		copy(set[w.delta-first:], w.bytes.Bytes)
		copy(gap.Mask[w.delta-first:], w.bytes.Mask)
	}
	if !gap.Exact() {
		return nil, "what stands between the bytes that it writes is not known"
	}
	return []patch.Edit{{
		Find: patch.Value{Text: m.known.String()}, In: sig.in, Matches: 1, Offset: int(first - from),
		Type: value.Bytes, Set: patch.Value{Text: hex(set)},
	}}, ""
}

// placed makes the edits of what is written at places that have an address. What
// is expected goes on behind the new bytes as far as an assert does.
func (s *script) placed(g []run) ([]patch.Edit, string) {
	var out []patch.Edit
	for i, w := range g {
		reach := w.end()
		for _, a := range s.asserts {
			if a.key == w.key && a.delta <= w.end() {
				reach = max(reach, a.end())
			}
		}
		if i+1 < len(g) {
			reach = min(reach, g[i+1].delta)
		}
		if reach-w.delta > maxBytes {
			return nil, "it writes too many bytes"
		}
		m := memory{w.delta, value.Pattern{Bytes: make([]byte, reach-w.delta), Mask: make([]byte, reach-w.delta)}}
		if !s.recall(w.key, m) {
			return nil, contradiction
		}
		if strings.Trim(string(m.known.Mask), "\x00") == "" {
			return nil, "neither assert nor [DISABLE] tells what was there before"
		}
		at := w.base
		if at.Offset = w.delta; at.Name == "" && at.Pointer == nil {
			at.Address, at.Offset = uint64(w.delta), 0
		}
		out = append(out, patch.Edit{
			At: at.String(), Type: value.Bytes, Set: patch.Value{Text: hex(w.bytes.Bytes)},
			Expect: patch.Expectation{Values: []patch.Value{{Text: m.known.String()}}},
		})
	}
	return out, ""
}

// hex writes bytes as a patch file does.
func hex(raw []byte) string { return fmt.Sprintf("% x", raw) }

// readScript takes over the script of an entry, and returns the edits, without
// names.
func (r *reader) readScript(n *node, label string) []patch.Edit {
	at := n.textAt
	if at == 0 {
		at = n.at
	}
	omit := func(why *refusal) []patch.Edit {
		row, column := r.source.Position(at)
		if why.row > 0 {
			row, column = row+why.row, 1
		}
		r.omissions = append(r.omissions, foreign.Omission{Row: row, Column: column, What: label, Why: why.why})
		return nil
	}
	s, why := readScript(n.text.String())
	if why != nil {
		return omit(why)
	}
	edits, why := s.edits()
	if why != nil {
		return omit(why)
	}
	return edits
}
