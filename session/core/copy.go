package core

import (
	"context"
	"io"

	"quarry/session"
)

// Copied is what has been copied of a range.
type Copied struct {
	Bytes      uint64          // read and written
	Unreadable []session.Range // left out: what cannot be read, page by page
}

// add adds what was copied of another range.
func (c *Copied) add(other Copied) {
	c.Bytes += other.Bytes
	c.Unreadable = append(c.Unreadable, other.Unreadable...)
}

// chunkSize is how much is read at once.
const chunkSize = 1 << 20

// Copy writes the bytes of a region to w, the first of them at offset, in
// rising order. Pages that were never touched and those that cannot be read are
// not written: in a file they are holes, which read as zeros. progress, when not
// nil, is called with the number of bytes that are dealt with. The error is
// session.ErrGone, ctx.Err(), or that of w.
func Copy(ctx context.Context, w io.WriterAt, offset int64, t session.Target, r session.Region, progress func(uint64)) (Copied, error) {
	parts, err := t.Present(nil, r)
	if err != nil {
		return Copied{}, err
	}
	var c Copied
	buffer := make([]byte, min(chunkSize, r.Size()))
	dealt := r.Start
	deal := func(to uint64) {
		if progress != nil && to > dealt {
			progress(to - dealt)
		}
		dealt = to
	}
	for _, part := range parts {
		for at := part.Start; at < part.End; {
			if err := ctx.Err(); err != nil {
				return c, err
			}
			piece := session.Range{Start: at, End: at + min(chunkSize, part.End-at)}
			if err := c.copy(w, offset+int64(at-r.Start), t, piece, buffer); err != nil {
				return c, err
			}
			at = piece.End
			deal(at)
		}
	}
	deal(r.End)
	return c, nil
}

// copy copies one piece, for which buffer has room.
func (c *Copied) copy(w io.WriterAt, offset int64, t session.Target, piece session.Range, buffer []byte) error {
	buffer = buffer[:piece.Size()]
	spans, err := session.ReadSpans(t, buffer, piece.Start, nil)
	if err != nil {
		return err
	}
	at := piece.Start
	for _, span := range append(spans, session.Range{Start: piece.End, End: piece.End}) {
		if at < span.Start {
			c.miss(session.Range{Start: at, End: span.Start})
		}
		if span.Size() > 0 {
			if _, err := w.WriteAt(buffer[span.Start-piece.Start:span.End-piece.Start], offset+int64(span.Start-piece.Start)); err != nil {
				return err
			}
		}
		c.Bytes += span.Size()
		at = span.End
	}
	return nil
}

// miss notes a range that cannot be read.
func (c *Copied) miss(r session.Range) {
	if last := len(c.Unreadable) - 1; last >= 0 && c.Unreadable[last].End == r.Start {
		c.Unreadable[last].End = r.End
		return
	}
	c.Unreadable = append(c.Unreadable, r)
}
