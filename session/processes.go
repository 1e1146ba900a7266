package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Process is one process as a list shows it.
type Process struct {
	PID     int
	PPID    int
	Name    string   // comm, cut to 15 bytes by the kernel
	Exe     string   // base name of the program, empty when it cannot be told
	Cmdline []string // empty for kernel threads and zombies
	UID     int      // effective user
	User    string   // name of that user, or its number
	State   byte     // as ps shows it: R, S, D, T, t, Z, I
	Threads int
	RSS     uint64 // resident memory in bytes
	Start   uint64 // clock ticks after boot, as in [Identity]
}

// Command returns the command line in one line, or the name in brackets, as ps
// does, where there is none.
func (p Process) Command() string {
	if len(p.Cmdline) == 0 {
		return "[" + p.Name + "]"
	}
	return strings.Join(p.Cmdline, " ")
}

// List returns the processes that can be seen, sorted by PID. Those that end
// meanwhile are left out.
func List() ([]Process, error) { return realProcfs.list() }

func (fs procfs) list() ([]Process, error) {
	entries, err := os.ReadDir(string(fs))
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	users := make(map[int]string)
	var processes []Process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		p, err := fs.process(pid, users)
		switch {
		case vanished(err):
			continue
		case err != nil:
			return nil, fmt.Errorf("list processes: %w", err)
		}
		processes = append(processes, p)
	}
	slices.SortFunc(processes, func(a, b Process) int { return a.PID - b.PID })
	return processes, nil
}

// vanished reports whether a file of /proc could not be read because its
// process has ended.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}

// process reads what a list shows of one process. users keeps the names of
// users already looked up.
func (fs procfs) process(pid int, users map[int]string) (Process, error) {
	st, err := fs.stat(pid)
	if err != nil {
		return Process{}, err
	}
	status, err := fs.status(pid)
	if err != nil {
		return Process{}, err
	}
	cmdline, err := fs.cmdline(pid)
	if err != nil && !errors.Is(err, os.ErrPermission) {
		return Process{}, err
	}
	p := Process{
		PID: pid, PPID: st.PPID, Name: st.Name, Cmdline: cmdline, UID: status.UIDs[1], State: st.State,
		Threads: st.Threads, RSS: st.RSS * uint64(os.Getpagesize()), Start: st.Start,
	}
	// Other users' programs cannot be told, nor those of kernel threads.
	if exe, err := fs.exe(pid); err == nil && exe != "" {
		p.Exe = path.Base(exe)
	}
	if _, known := users[p.UID]; !known {
		users[p.UID] = strings.TrimPrefix(userName(p.UID), "user ")
	}
	p.User = users[p.UID]
	return p, nil
}
