package text

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"
)

// joiner joins the runs of chunks, which come in the order of their addresses,
// to texts.
type joiner struct {
	least, most int
	filter      []byte
	yield       func([]String) error

	open  [encodings]open
	ready []String
	kept  []byte // of texts that were open
}

// open is a text that reaches the end of the last chunk.
type open struct {
	addr, end uint64
	chars     int // 0: there is none
	text      []byte
	part      bool // it is the rest of a longer one
}

// add adds the runs of the next chunk and yields what is complete.
func (j *joiner) add(f *finding) error {
	for _, r := range f.runs {
		o := &j.open[r.encoding]
		text := f.text[r.from:r.to]
		goesOn := o.chars > 0 && o.end == r.addr
		if o.chars > 0 && !goesOn {
			j.close(r.encoding)
		}
		if !goesOn && r.end < f.chunk.End {
			j.cut(r.encoding, &open{addr: r.addr, chars: r.chars, text: text})
			continue
		}
		if !goesOn {
			*o = open{addr: r.addr, text: o.text[:0]}
		}
		o.text = append(o.text, text...)
		o.chars += r.chars
		o.end = r.end
		j.shorten(r.encoding)
	}
	for e := range j.open {
		if o := &j.open[e]; o.chars > 0 && o.end < f.chunk.End {
			j.close(Encoding(e))
		}
	}
	return j.flush()
}

// end yields what is left.
func (j *joiner) end() error {
	for e := range j.open {
		if j.open[e].chars > 0 {
			j.close(Encoding(e))
		}
	}
	return j.flush()
}

// close completes the open text of an encoding.
func (j *joiner) close(e Encoding) {
	o := &j.open[e]
	text := len(j.kept)
	j.kept = append(j.kept, o.text...)
	done := *o
	done.text = j.kept[text:]
	*o = open{text: o.text[:0]}
	j.cut(e, &done)
}

// shorten takes complete pieces off the open text of an encoding.
func (j *joiner) shorten(e Encoding) {
	o := &j.open[e]
	if o.chars <= j.most {
		return
	}
	at := len(j.kept)
	j.kept = append(j.kept, o.text...)
	whole := o.text
	o.text = j.kept[at:]
	for o.chars > j.most {
		j.take(e, o, j.most)
	}
	o.text = append(whole[:0], o.text...)
}

// cut completes a text, in pieces where it is too long.
func (j *joiner) cut(e Encoding, o *open) {
	if o.chars < j.least && !o.part {
		return
	}
	for o.chars > j.most {
		j.take(e, o, j.most)
	}
	j.take(e, o, o.chars)
}

// take completes the first chars characters of a text.
func (j *joiner) take(e Encoding, o *open, chars int) {
	size := len(o.text)
	if chars < o.chars {
		size = prefix(o.text, chars, o.chars)
	}
	s := String{Addr: o.addr, Encoding: e, Text: o.text[:size], Chars: chars, Size: size, Part: chars < o.chars}
	if e != UTF8 {
		s.Size = 2 * chars
	}
	o.addr += uint64(s.Size)
	o.text, o.chars, o.part = o.text[size:], o.chars-chars, true
	if len(j.filter) == 0 || bytes.Contains(s.Text, j.filter) {
		j.ready = append(j.ready, s)
	}
}

// prefix returns the length in bytes of the first chars characters of a text
// that has all of them.
func prefix(text []byte, chars, all int) int {
	if all == len(text) {
		return chars
	}
	size := 0
	for range chars {
		_, n := utf8.DecodeRune(text[size:])
		size += n
	}
	return size
}

// flush yields the complete texts that come before those that are open.
func (j *joiner) flush() error {
	slices.SortStableFunc(j.ready, func(a, b String) int { return cmp.Compare(a.Addr, b.Addr) })
	n := len(j.ready)
	for _, o := range j.open {
		if o.chars > 0 {
			before, _ := slices.BinarySearchFunc(j.ready, o.addr, func(s String, addr uint64) int { return cmp.Compare(s.Addr, addr) })
			n = min(n, before)
		}
	}
	if n > 0 {
		if err := j.yield(j.ready[:n]); err != nil {
			return err
		}
	}
	rest := slices.Clone(j.ready[n:])
	for i := range rest {
		rest[i].Text = bytes.Clone(rest[i].Text)
	}
	j.ready = append(j.ready[:0], rest...)
	j.kept = j.kept[:0]
	return nil
}
