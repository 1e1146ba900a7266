package session

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Info is what there is to know about an attached process beside its memory.
type Info struct {
	Process
	Path      string // the program, in the process's own mount namespace
	Dir       string // working directory
	Layout    Layout
	TracerPID int       // the process that traces it, 0 if none
	Started   time.Time // zero when it cannot be told
	Memory    []KindSize
}

// KindSize is how many addresses the regions of a kind span. Most of a large
// anonymous region may never have been touched; Process.RSS is what is in use.
type KindSize struct {
	Kind    Kind
	Regions int
	Size    uint64 // bytes
}

// Info returns what there is to know about the process now.
func (s *Session) Info() (Info, error) {
	regions, err := s.Regions()
	if err != nil {
		return Info{}, err
	}
	pid := s.id.PID
	p, err := s.fs.process(pid, make(map[int]string))
	if err != nil {
		if vanished(err) {
			return Info{}, s.lost()
		}
		return Info{}, fmt.Errorf("%s (%d): %w", s.name, pid, err)
	}
	status, err := s.fs.status(pid)
	if err != nil {
		return Info{}, s.lost()
	}
	dir, _ := os.Readlink(s.fs.path(pid, "cwd")) // empty when it cannot be told
	info := Info{
		Process: p, Path: s.exe, Dir: dir, Layout: s.layout, TracerPID: s.fs.processOf(status.TracerPID),
		Started: s.fs.started(s.id.Start), Memory: sizes(regions),
	}
	return info, s.Alive()
}

// sizes sums the regions by kind, leaving out kinds that do not occur.
func sizes(regions []Region) []KindSize {
	var sums [len(kindNames)]KindSize
	for _, r := range regions {
		sums[r.Kind].Regions++
		sums[r.Kind].Size += r.Size()
	}
	var out []KindSize
	for kind, sum := range sums {
		if sum.Regions > 0 {
			sum.Kind = Kind(kind)
			out = append(out, sum)
		}
	}
	return out
}

// started turns clock ticks after boot into a time of day, to a second. A tick
// is a hundredth of a second for programs, whatever the kernel counts in.
func (fs procfs) started(ticks uint64) time.Time {
	const ticksPerSecond = 100
	data, err := os.ReadFile(string(fs) + "/stat")
	if err != nil {
		return time.Time{}
	}
	for line := range bytes.Lines(data) {
		value, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("btime "))
		if !ok {
			continue
		}
		boot, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			break
		}
		return time.Unix(boot+int64(ticks/ticksPerSecond), 0)
	}
	return time.Time{}
}
