package session

import (
	"bytes"
	"fmt"
	"os"
	"slices"
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
	Tracer    string    // its name
	Started   time.Time // zero when it cannot be told
	BuildID   string    // of the program; empty when it has none or it cannot be told
	// ThreadList are the threads in the order they were started, but for those
	// that began or ended while they were read.
	ThreadList []Thread
	Memory     []KindSize // empty when the process may not be attached to
}

// KindSize is how many addresses the regions of a kind span. Most of a large
// anonymous region may never have been touched; Process.RSS is what is in use.
type KindSize struct {
	Kind     Kind
	Regions  int
	Size     uint64 // bytes
	Resident uint64 // bytes in the machine's memory
}

// Info returns what there is to know about the process now.
func (s *Session) Info() (Info, error) {
	regions, err := s.Regions()
	if err != nil {
		return Info{}, err
	}
	usage, err := s.Usage(regions)
	if err != nil {
		return Info{}, err
	}
	info, err := s.fs.info(s.id.PID)
	if err != nil {
		if vanished(err) {
			return Info{}, s.lost()
		}
		return Info{}, fmt.Errorf("%s (%d): %w", s.name, s.id.PID, err)
	}
	if s.explained() {
		s.recordInfo()
	}
	info.Path, info.Layout, info.Memory = s.exe, s.layout, sizes(regions, usage)
	if program, err := s.Program(); err == nil {
		info.BuildID, _ = s.BuildID(program)
	}
	return info, s.Alive()
}

// recordInfo tells the explainer which files tell about a process.
func (s *Session) recordInfo() {
	for _, file := range []struct{ call, name, note string }{
		{"read", "status", "its user, and who traces it"},
		{"read", "cmdline", "its command line"},
		{"readlinkat", "cwd", "its working directory"},
		{"getdents64", "task", "its threads"},
	} {
		s.recordOpen(file.call, s.fs.path(s.id.PID, file.name), nil, file.note)
	}
}

// Inspect returns what everybody may know about a process, also one that may not
// be attached to. The error is [ErrNoProcess] when there is none.
func Inspect(pid int) (Info, error) {
	info, err := realProcfs.info(pid)
	if vanished(err) {
		return Info{}, notThere(realProcfs, pid, err)
	}
	if err != nil {
		return Info{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return info, nil
}

// info reads what does not need to be attached to.
func (fs procfs) info(pid int) (Info, error) {
	p, err := fs.process(pid, make(map[int]string))
	if err != nil {
		return Info{}, err
	}
	status, err := fs.status(pid)
	if err != nil {
		return Info{}, err
	}
	info := Info{Process: p, TracerPID: fs.processOf(status.TracerPID), Started: fs.started(p.Start), ThreadList: fs.threads(pid)}
	info.Path, _ = fs.exe(pid)                     // empty when it cannot be told
	info.Dir, _ = os.Readlink(fs.path(pid, "cwd")) // likewise
	if st, err := fs.stat(info.TracerPID); err == nil {
		info.Tracer = st.Name
	}
	return info, nil
}

// threads returns the threads of a process by their IDs, without who traces them.
func (fs procfs) threads(pid int) []Thread {
	entries, _ := os.ReadDir(fs.path(pid, "task"))
	var out []Thread
	for _, entry := range entries {
		data, err := os.ReadFile(fs.path(pid, "task", entry.Name(), "stat"))
		if err != nil {
			continue
		}
		if st, err := parseStat(data); err == nil {
			out = append(out, Thread{TID: st.PID, Name: st.Name, State: st.State})
		}
	}
	slices.SortFunc(out, func(a, b Thread) int { return a.TID - b.TID })
	return out
}

// sizes sums the regions by kind, leaving out kinds that do not occur.
func sizes(regions []Region, usage []Usage) []KindSize {
	var sums [len(kindNames)]KindSize
	for i, r := range regions {
		sums[r.Kind].Regions++
		sums[r.Kind].Size += r.Size()
		sums[r.Kind].Resident += usage[i].Resident
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
