package workspace

import "io"

// stream writes to a stream what comes in rising order, and zeros for what is
// left out.
type stream struct {
	w    io.Writer
	done int64
}

// WriteAt implements io.WriterAt, for rising offsets.
func (s *stream) WriteAt(p []byte, offset int64) (int, error) {
	var zeros [64 << 10]byte
	for s.done < offset {
		n, err := s.w.Write(zeros[:min(int64(len(zeros)), offset-s.done)])
		s.done += int64(n)
		if err != nil {
			return 0, err
		}
	}
	n, err := s.w.Write(p)
	s.done += int64(n)
	return n, err
}
