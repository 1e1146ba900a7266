package session

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// PermissionError tells why a process may not be attached to. It is
// [ErrPermission] and unwraps to the kernel's error number.
type PermissionError struct {
	PID    int
	Reason string // why not, a clause without a capital or a full stop
	Cause  error  // what the kernel said; nil when quarry itself refuses
	Advice string // what would work, may be empty
}

func (e *PermissionError) Error() string {
	return fmt.Sprintf("process %d: %v: %s", e.PID, ErrPermission, e.Reason)
}

// Is matches ErrPermission.
func (e *PermissionError) Is(target error) bool { return target == ErrPermission }

// Unwrap returns what the kernel said.
func (e *PermissionError) Unwrap() error { return e.Cause }

// Hint returns what would work, or the empty string.
func (e *PermissionError) Hint() string { return e.Advice }

// Refused returns the error for a system call that the kernel refused to make on
// the process: why, as far as it can be told, and what would help.
func (s *Session) Refused(cause error) *PermissionError {
	return permissionError(s.fs, s.id.PID, cause)
}

const (
	capDACOverride = 1 << 1
	capSysPtrace   = 1 << 19
)

// standing is what decides whether one process may trace another.
type standing struct {
	pid          int
	uid, gid     int    // of quarry
	capabilities uint64 // of quarry, effective
	target       procStatus
	owner        int // of /proc/PID/mem: root when the target is not dumpable
	yama         int // kernel.yama.ptrace_scope, or -1 without Yama
}

// permissionError finds out why the kernel refused and what would help.
func permissionError(root procfs, pid int, cause error) *PermissionError {
	e := &PermissionError{PID: pid, Cause: cause}
	st := standing{pid: pid, uid: os.Geteuid(), gid: os.Getegid(), owner: -1, yama: root.yama()}
	if self, err := root.status(os.Getpid()); err == nil {
		st.capabilities = self.CapEff
	}
	// The folder /proc/PID belongs to the user even when its files do not.
	if info, err := os.Stat(root.path(pid, "mem")); err == nil {
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			st.owner = int(sys.Uid)
		}
	}
	target, err := root.status(pid)
	if err != nil {
		e.Reason = "the kernel refuses"
		return e
	}
	st.target = target
	e.Reason, e.Advice = st.diagnose()
	return e
}

// yama returns the scope of tracing that Yama allows, or -1 where there is none.
func (fs procfs) yama() int {
	data, err := os.ReadFile(string(fs) + "/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return -1
	}
	return n
}

const (
	adviceSudo     = "run quarry with sudo"
	adviceAnyOwner = adviceSudo + ", or once: setcap cap_sys_ptrace,cap_dac_override=ep QUARRY"
	adviceYama     = "start the program with quarry run -- PROGRAM, or run quarry with sudo, or once: " +
		"setcap cap_sys_ptrace=ep QUARRY; sudo sysctl kernel.yama.ptrace_scope=0 lifts the rule until the next boot"
)

// diagnose returns the reason of a refusal and the advice. The kernel asks in
// this order: the owners, whether the program lets itself be read, Yama.
func (st standing) diagnose() (reason, advice string) {
	capable := st.capabilities&capSysPtrace != 0
	switch {
	case st.yama >= 3:
		return "Yama lets nobody read other processes (kernel.yama.ptrace_scope is 3)",
			"boot with another kernel.yama.ptrace_scope; 3 cannot be changed while the system runs"
	case !capable && !same(st.target.UIDs, st.uid):
		return fmt.Sprintf("it belongs to %s, and quarry runs as %s",
			userName(foreign(st.target.UIDs, st.uid)), userName(st.uid)), adviceAnyOwner
	case !capable && !same(st.target.GIDs, st.gid):
		return "it runs with another group than quarry (a setgid program, as many games are)", adviceAnyOwner
	case !capable && st.owner >= 0 && st.owner != st.uid:
		return "it does not let itself be read (not dumpable: it was started setuid, setgid or unreadable, or asked for that)",
			adviceAnyOwner
	case !capable && st.target.CapPrm&^st.capabilities != 0:
		return "it has capabilities that quarry has not (by its service, or by setcap)", adviceAnyOwner
	case capable && st.capabilities&capDACOverride == 0 && st.owner != st.uid:
		return "quarry has cap_sys_ptrace but may not open files of other users", adviceAnyOwner
	case !capable && st.yama == 2:
		return "Yama lets only administrators read other processes (kernel.yama.ptrace_scope is 2)",
			adviceSudo + ", or once: setcap cap_sys_ptrace=ep QUARRY; sudo sysctl kernel.yama.ptrace_scope=0 lifts the rule until the next boot"
	case !capable && st.yama == 1:
		return "Yama lets a process read only those it started (kernel.yama.ptrace_scope is 1)", adviceYama
	case !capable:
		return "quarry lacks the capability cap_sys_ptrace", adviceAnyOwner
	}
	return "a security module or a container forbids it", "run quarry outside the container, or look for its rule in the system log"
}

// same reports whether all of ids but the last, which tracing does not look at,
// are id.
func same(ids [4]int, id int) bool { return foreign(ids, id) == id }

// foreign returns the first of the IDs that tracing looks at which is not id, or
// else id.
func foreign(ids [4]int, id int) int {
	for _, other := range ids[:3] {
		if other != id {
			return other
		}
	}
	return id
}

// userName returns the name of a user, or the number where there is none.
func userName(uid int) string {
	text := strconv.Itoa(uid)
	if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return "user " + text
}
