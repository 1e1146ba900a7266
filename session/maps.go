package session

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	deletedMark = " (deleted)"
	// pathColumn is where maps begins a path, if the numbers are not longer.
	pathColumn = 73
	// longestLine is more than the kernel writes: a path of 4095 bytes, each
	// escaped.
	longestLine = 64 << 10
)

// parseMaps reads /proc/PID/maps. The regions have all that a line tells, and
// neither Kind nor Module. On an error there are no regions.
func parseMaps(r io.Reader) ([]Region, error) {
	var regions []Region
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, longestLine)
	scanner.Split(scanLines)
	for number := 1; scanner.Scan(); number++ {
		region, err := parseMapsLine(scanner.Text())
		if err != nil {
			return nil, fmt.Errorf("maps, line %d: %w", number, err)
		}
		regions = append(regions, region)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("maps: %w", err)
	}
	return regions, nil
}

// scanLines splits at newlines alone: unlike bufio.ScanLines it keeps a
// carriage return, which may be part of a path.
func scanLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	for i, c := range data {
		if c == '\n' {
			return i + 1, data[:i], nil
		}
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// parseMapsLine reads one line, such as
//
//	55d0c2a3f000-55d0c2a60000 rw-p 00000000 00:00 0          [heap]
func parseMapsLine(line string) (Region, error) {
	var r Region
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 5 {
		return Region{}, fmt.Errorf("%d fields, want 5 or more: %q", len(fields), line)
	}
	start, end, _ := strings.Cut(fields[0], "-")
	var errs [5]error
	r.Start, errs[0] = strconv.ParseUint(start, 16, 64)
	r.End, errs[1] = strconv.ParseUint(end, 16, 64)
	r.Perms, errs[2] = parsePerms(fields[1])
	r.Offset, errs[3] = strconv.ParseUint(fields[2], 16, 64)
	r.Inode, errs[4] = strconv.ParseUint(fields[4], 10, 64)
	if err := errors.Join(errs[:]...); err != nil {
		return Region{}, fmt.Errorf("%w: %q", err, line)
	}
	if r.Start >= r.End {
		return Region{}, fmt.Errorf("end not after start: %q", line)
	}
	if r.Device = fields[3]; !isDevice(r.Device) {
		return Region{}, fmt.Errorf("device %q: %q", r.Device, line)
	}
	if len(fields) == 6 {
		path := strings.TrimLeft(fields[5], " ")
		path = strings.ReplaceAll(path, `\012`, "\n")
		r.Path, r.Deleted = strings.CutSuffix(path, deletedMark)
	}
	return r, nil
}

func parsePerms(text string) (Perms, error) {
	for p := Perms(0); p <= PermRead|PermWrite|PermExec|PermShared; p++ {
		if p.String() == text {
			return p, nil
		}
	}
	return 0, fmt.Errorf("access rights %q", text)
}

// isDevice reports whether text is major:minor in hexadecimal.
func isDevice(text string) bool {
	major, minor, ok := strings.Cut(text, ":")
	_, errMajor := strconv.ParseUint(major, 16, 32)
	_, errMinor := strconv.ParseUint(minor, 16, 32)
	return ok && errMajor == nil && errMinor == nil
}

// MapsLine formats the region as the kernel writes its line of maps, without
// newline.
func (r Region) MapsLine() string {
	line := fmt.Sprintf("%08x-%08x %s %08x %s %d ", r.Start, r.End, r.Perms, r.Offset, r.Device, r.Inode)
	path := strings.ReplaceAll(r.Path, "\n", `\012`)
	if r.Deleted {
		path += deletedMark
	}
	if path == "" {
		return line
	}
	return line + strings.Repeat(" ", max(0, pathColumn-len(line))) + path
}

// untangle makes the regions sorted and free of overlaps. The kernel writes maps
// page by page; what changes between two pages may be told twice.
func untangle(regions []Region) []Region {
	kept := regions[:0]
	end := uint64(0)
	for _, r := range regions {
		if r = r.clip(Range{Start: end, End: ^uint64(0)}); r.Size() == 0 {
			continue
		}
		kept = append(kept, r)
		end = r.End
	}
	return kept
}
