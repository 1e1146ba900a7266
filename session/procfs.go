package session

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// procfs is where a proc file system is mounted: /proc, or a fixture tree.
type procfs string

const realProcfs procfs = "/proc"

// path returns the name of a process's file, or of its folder without elements.
func (fs procfs) path(pid int, elements ...string) string {
	return filepath.Join(append([]string{string(fs), strconv.Itoa(pid)}, elements...)...)
}

// Identity tells a process from every other that has or had its PID.
type Identity struct {
	PID int
	// Start is when the process began, in clock ticks after the system did:
	// field 22 of /proc/PID/stat.
	Start uint64
}

// String formats the identity as PID@START.
func (id Identity) String() string { return fmt.Sprintf("%d@%d", id.PID, id.Start) }

// procStat is what /proc/PID/stat tells, as far as it is needed.
type procStat struct {
	PID, PPID int
	Name      string
	State     byte
	Flags     uint64
	Threads   int
	Start     uint64 // clock ticks after boot
	RSS       uint64 // pages
}

const flagKernelThread = 0x00200000 // PF_KTHREAD in the kernel

func (st procStat) kernelThread() bool { return st.Flags&flagKernelThread != 0 }

// zombie reports whether the process has ended and waits to be reaped.
func (st procStat) zombie() bool { return st.State == 'Z' || st.State == 'X' }

func (fs procfs) stat(pid int) (procStat, error) {
	data, err := os.ReadFile(fs.path(pid, "stat"))
	if err != nil {
		return procStat{}, err
	}
	return parseStat(data)
}

// parseStat reads /proc/PID/stat. The name may hold spaces, newlines and
// parentheses; it ends at the last parenthesis.
func parseStat(data []byte) (procStat, error) {
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || end < open {
		return procStat{}, fmt.Errorf("stat: no name in %q", data)
	}
	fields := strings.Fields(string(data[end+1:]))
	if len(fields) < 22 {
		return procStat{}, fmt.Errorf("stat: %d fields after the name, want 22 or more", len(fields))
	}
	if state := fields[0]; len(state) != 1 || state[0] >= utf8.RuneSelf {
		return procStat{}, fmt.Errorf("stat: state %q, want one character", state)
	}
	var bad error
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil && bad == nil {
			bad = fmt.Errorf("stat: %w", err)
		}
		return n
	}
	st := procStat{
		PID:     int(number(strings.TrimSpace(string(data[:open])))),
		Name:    string(data[open+1 : end]),
		State:   fields[0][0],
		PPID:    int(number(fields[1])),
		Flags:   number(fields[6]),
		Threads: int(number(fields[17])),
		Start:   number(fields[19]),
		RSS:     number(fields[21]),
	}
	if bad != nil {
		return procStat{}, bad
	}
	return st, nil
}

// procStatus is what /proc/PID/status tells, as far as it is needed.
type procStatus struct {
	TGID      int
	TracerPID int
	UIDs      [4]int // real, effective, saved, file system
	GIDs      [4]int
	CapEff    uint64
	CapPrm    uint64
}

func (fs procfs) status(pid int) (procStatus, error) {
	data, err := os.ReadFile(fs.path(pid, "status"))
	if err != nil {
		return procStatus{}, err
	}
	return parseStatus(string(data))
}

// parseStatus reads /proc/PID/status. Lines that it does not need are skipped,
// and those that an older kernel does not have are left zero.
func parseStatus(text string) (procStatus, error) {
	var st procStatus
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "Tgid":
			st.TGID, err = strconv.Atoi(value)
		case "TracerPid":
			st.TracerPID, err = strconv.Atoi(value)
		case "Uid":
			st.UIDs, err = parseIDs(value)
		case "Gid":
			st.GIDs, err = parseIDs(value)
		case "CapEff":
			st.CapEff, err = strconv.ParseUint(value, 16, 64)
		case "CapPrm":
			st.CapPrm, err = strconv.ParseUint(value, 16, 64)
		}
		if err != nil {
			return procStatus{}, fmt.Errorf("status, line %s: %w", key, err)
		}
	}
	return st, nil
}

func parseIDs(value string) (ids [4]int, err error) {
	fields := strings.Fields(value)
	if len(fields) != len(ids) {
		return ids, fmt.Errorf("%d numbers, want %d", len(fields), len(ids))
	}
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			return [4]int{}, err
		}
		ids[i] = int(n)
	}
	return ids, nil
}

// exe returns the path of the program, in the process's own mount namespace,
// without the mark of a deleted file.
func (fs procfs) exe(pid int) (string, error) {
	path, err := os.Readlink(fs.path(pid, "exe"))
	return strings.TrimSuffix(path, deletedMark), err
}

// cmdline returns the arguments of the process, the program's name first; none
// for a kernel thread or a zombie.
func (fs procfs) cmdline(pid int) ([]string, error) {
	data, err := os.ReadFile(fs.path(pid, "cmdline"))
	if err != nil {
		return nil, err
	}
	return parseCmdline(data), nil
}

// parseCmdline reads /proc/PID/cmdline: each argument with a NUL behind it, unless
// the process wrote something else there.
func parseCmdline(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}
