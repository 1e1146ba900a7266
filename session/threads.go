package session

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Thread is the state of one thread of a process, from its stat and status files
// below /proc/PID/task; see proc_pid_stat(5).
type Thread struct {
	TID       int
	Name      string // comm, cut to 15 bytes by the kernel
	State     byte   // as ps shows it: R, S, D, T, t, Z, X
	TracerPID int    // the process that traces it, 0 if none
}

// Ended reports whether the thread has ended and will run no more. The first
// thread of a process stays in that state while others run on.
func (t Thread) Ended() bool { return t.State == 'Z' || t.State == 'X' }

// TIDs returns the IDs of the threads that the process has now; see
// proc_pid_task(5). Threads that begin and end meanwhile can make the kernel skip
// others: complete tells whether as many were listed as the process had right
// after. The error is [ErrGone] when the process has ended.
func (s *Session) TIDs() (tids []int, complete bool, err error) {
	dir, err := os.Open(s.fs.path(s.id.PID, "task"))
	if err != nil {
		return nil, false, s.threadError(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, false, s.threadError(err)
	}
	for _, name := range names {
		if tid, err := strconv.Atoi(name); err == nil {
			tids = append(tids, tid)
		}
	}
	st, err := s.fs.stat(s.id.PID)
	if err != nil {
		return nil, false, s.threadError(err)
	}
	return tids, st.Threads == len(tids), nil
}

// Thread returns the state of a thread. The error is [ErrNoProcess] when there
// is no such thread any more.
func (s *Session) Thread(tid int) (Thread, error) {
	data, err := os.ReadFile(s.fs.path(s.id.PID, "task", itoa(tid), "stat"))
	if err != nil {
		return Thread{}, s.noThread(tid, err)
	}
	st, err := parseStat(data)
	if err != nil {
		return Thread{}, fmt.Errorf("thread %d: %w", tid, err)
	}
	data, err = os.ReadFile(s.fs.path(s.id.PID, "task", itoa(tid), "status"))
	if err != nil {
		return Thread{}, s.noThread(tid, err)
	}
	status, err := parseStatus(string(data))
	if err != nil {
		return Thread{}, fmt.Errorf("thread %d: %w", tid, err)
	}
	return Thread{
		TID: tid, Name: st.Name, State: st.State, TracerPID: s.fs.processOf(status.TracerPID),
	}, nil
}

// ThreadName returns the name of a thread, or the empty string when it has ended.
func (s *Session) ThreadName(tid int) string {
	data, err := os.ReadFile(s.fs.path(s.id.PID, "task", itoa(tid), "comm"))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(data), "\n")
}

// threadError gives the failure to list the threads its meaning.
func (s *Session) threadError(err error) error {
	if vanished(err) {
		return s.lost()
	}
	return fmt.Errorf("threads of %s (%d): %w", s.name, s.id.PID, err)
}

func (s *Session) noThread(tid int, err error) error {
	if vanished(err) {
		err = ErrNoProcess
	}
	return fmt.Errorf("thread %d of process %d: %w", tid, s.id.PID, err)
}

// processOf returns the process that a thread belongs to. What traces a process
// is named by its thread, which is another one in programs that have many.
func (fs procfs) processOf(tid int) int {
	if tid == 0 {
		return 0
	}
	if status, err := fs.status(tid); err == nil && status.TGID != 0 {
		return status.TGID
	}
	return tid
}
