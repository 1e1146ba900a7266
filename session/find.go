package session

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// NotFoundError names the process that is not there. It is [ErrNoProcess].
type NotFoundError struct {
	Name   string   // the PID or name that was asked for
	Near   []string // names of processes that it may have been meant for
	Advice string   // what would work, may be empty
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("%v: %s", ErrNoProcess, e.Name) }

// Is matches ErrNoProcess.
func (e *NotFoundError) Is(target error) bool { return target == ErrNoProcess }

// Hint returns what would work, or the empty string.
func (e *NotFoundError) Hint() string {
	switch {
	case e.Advice != "":
		return e.Advice
	case len(e.Near) > 0:
		return "did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return "quarry ps lists what runs"
}

// AmbiguousError lists the processes that share a name. It is [ErrAmbiguous].
type AmbiguousError struct {
	Name      string
	Processes []Process // sorted by PID
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d processes are named %s", len(e.Processes), e.Name)
}

// Is matches ErrAmbiguous.
func (e *AmbiguousError) Is(target error) bool { return target == ErrAmbiguous }

// Hint lists the PIDs and command lines to choose from.
func (e *AmbiguousError) Hint() string {
	var b strings.Builder
	b.WriteString("choose one by its PID:")
	for _, p := range e.Processes {
		fmt.Fprintf(&b, "\n%8d  %s", p.PID, p.Command())
	}
	return b.String()
}

// Find returns the process with that PID or name. A name is that of the process
// or the base name of its program, and must match whole. Of several, zombies do
// not count, and the calling process itself never does. The errors are
// [*NotFoundError] and [*AmbiguousError].
func Find(pidOrName string) (Process, error) {
	return realProcfs.find(pidOrName, os.Getpid())
}

func (fs procfs) find(pidOrName string, self int) (Process, error) {
	if pidOrName == "" {
		return Process{}, &NotFoundError{Name: `""`}
	}
	if strings.Trim(pidOrName, "0123456789") == "" {
		return fs.findPID(pidOrName)
	}
	processes, err := fs.list()
	if err != nil {
		return Process{}, err
	}
	processes = slices.DeleteFunc(processes, func(p Process) bool { return p.PID == self })
	return chooseByName(processes, pidOrName)
}

// findPID returns the process with a PID given in decimal.
func (fs procfs) findPID(digits string) (Process, error) {
	pid, err := strconv.Atoi(digits)
	if err != nil {
		return Process{}, &NotFoundError{Name: digits}
	}
	p, err := fs.process(pid, make(map[int]string))
	if vanished(err) {
		err = notThere(fs, pid, os.ErrNotExist)
	}
	return p, err
}

// chooseByName returns the only process that has the name.
func chooseByName(processes []Process, name string) (Process, error) {
	var matches []Process
	for _, p := range processes {
		if p.isNamed(name) {
			matches = append(matches, p)
		}
	}
	if len(matches) > 1 {
		matches = withoutZombies(matches)
	}
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		var names []string
		for _, p := range processes {
			names = append(names, p.Name, p.Exe)
		}
		return Process{}, &NotFoundError{Name: name, Near: near(name, names)}
	}
	return Process{}, &AmbiguousError{Name: name, Processes: matches}
}

// withoutZombies drops the zombies, unless there is nothing else.
func withoutZombies(processes []Process) []Process {
	living := slices.DeleteFunc(slices.Clone(processes), func(p Process) bool { return p.State == 'Z' })
	if len(living) == 0 {
		return processes
	}
	return living
}

// commLength is where the kernel cuts the name of a process.
const commLength = 15

// isNamed reports whether the name matches whole. One that the kernel has cut is
// looked up in the command line, where a script stands after its interpreter.
func (p Process) isNamed(name string) bool {
	if p.Name == name || p.Exe == name {
		return true
	}
	if len(name) <= commLength || p.Name != name[:commLength] {
		return false
	}
	if len(p.Cmdline) == 0 {
		return true
	}
	return slices.ContainsFunc(p.Cmdline[:min(2, len(p.Cmdline))], func(argument string) bool {
		return path.Base(argument) == name
	})
}

// hinter is what errors that carry advice have in common.
type hinter interface{ Hint() string }

// Hint returns the advice that an error carries, or the empty string.
func Hint(err error) string {
	var h hinter
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
