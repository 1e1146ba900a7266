package session

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Usage is how much of a region is in use, in bytes.
type Usage struct {
	Resident uint64 // in the machine's memory now
	Swapped  uint64 // moved out to swap space
}

// Usage returns how much of each region is in use now, in the order of the
// regions. Of what is not mapped any more, nothing is. A region that is only a
// part of a mapping has the pages that are present in that part; where these
// cannot be told, it has its share by length.
func (s *Session) Usage(regions []Region) ([]Usage, error) {
	mappings, err := s.readUsage()
	if err != nil {
		return nil, err
	}
	if err := s.SameProgram(); err != nil { // smaps goes by PID
		return nil, err
	}
	out := make([]Usage, len(regions))
	for i, r := range regions {
		at, _ := slices.BinarySearchFunc(mappings, r.Start, func(m mappingUsage, addr uint64) int { return cmp.Compare(m.End, addr+1) })
		for ; at < len(mappings) && mappings[at].Start < r.End; at++ {
			m := mappings[at]
			if m.Start >= r.Start && m.End <= r.End {
				out[i].Resident += m.Resident
				out[i].Swapped += m.Swapped
				continue
			}
			part, err := s.partUsage(r, m)
			if err != nil {
				return nil, err
			}
			out[i].Resident += part.Resident
			out[i].Swapped += part.Swapped
		}
	}
	return out, nil
}

// partUsage tells how much of a mapping is in use in the part that r covers.
func (s *Session) partUsage(r Region, m mappingUsage) (Usage, error) {
	if m.Resident+m.Swapped == 0 {
		return Usage{}, nil
	}
	r = r.clip(m.Range)
	if !r.anonymous() {
		share := float64(r.Size()) / float64(m.Size())
		return Usage{Resident: uint64(share * float64(m.Resident)), Swapped: uint64(share * float64(m.Swapped))}, nil
	}
	present, err := s.Present(nil, r)
	if err != nil {
		return Usage{}, err
	}
	var n uint64
	for _, p := range present {
		n += p.Size()
	}
	// Present counts what is swapped out too, and does not tell it apart.
	return Usage{Resident: min(n, m.Resident)}, nil
}

// mappingUsage is what smaps tells of one line of maps.
type mappingUsage struct {
	Range
	Usage
}

// readUsage reads /proc/PID/smaps; see proc_pid_smaps(5).
func (s *Session) readUsage() ([]mappingUsage, error) {
	if err := s.Alive(); err != nil {
		return nil, err
	}
	path := s.fs.path(s.id.PID, "smaps")
	mappings, err := func() ([]mappingUsage, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return parseUsage(f)
	}()
	s.recordOpen("read", path, err, "the memory map, with how much of it is in use")
	if err != nil {
		if gone := s.Alive(); gone != nil {
			return nil, gone
		}
		return nil, fmt.Errorf("memory in use by %s (%d): %w", s.name, s.id.PID, err)
	}
	return mappings, nil
}

// parseUsage reads smaps: a line as in maps, then lines of numbers with a name.
func parseUsage(r io.Reader) ([]mappingUsage, error) {
	var out []mappingUsage
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, longestLine)
	scanner.Split(scanLines)
	for scanner.Scan() {
		line := scanner.Text()
		key, value, ok := strings.Cut(line, ":")
		if ok && !strings.ContainsAny(key, " -") {
			if len(out) == 0 {
				return nil, fmt.Errorf("smaps: no mapping before %q", line)
			}
			if err := out[len(out)-1].set(key, value); err != nil {
				return nil, fmt.Errorf("smaps: %w", err)
			}
			continue
		}
		region, err := parseMapsLine(line)
		if err != nil {
			return nil, fmt.Errorf("smaps: %w", err)
		}
		out = append(out, mappingUsage{Range: region.Range})
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("smaps: %w", err)
	}
	// What changes while it is read may be told twice.
	slices.SortStableFunc(out, func(a, b mappingUsage) int { return cmp.Compare(a.Start, b.Start) })
	kept, end := out[:0], uint64(0)
	for _, m := range out {
		if m.Start >= end {
			kept, end = append(kept, m), m.End
		}
	}
	return kept, nil
}

// set takes in the line of a number, if it is one that is needed.
func (m *mappingUsage) set(key, value string) error {
	var to *uint64
	switch key {
	case "Rss":
		to = &m.Resident
	case "Swap":
		to = &m.Swapped
	default:
		return nil
	}
	digits, ok := strings.CutSuffix(strings.TrimSpace(value), " kB")
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 54)
	if !ok || err != nil {
		return errors.Join(fmt.Errorf("line %s: %q is no size", key, value), err)
	}
	*to = n << 10
	return nil
}
