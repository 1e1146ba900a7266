package session

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

func isUnreadable(err error) bool { return errors.Is(err, ErrUnreadable) }

// Write implements [Memory]. It writes through /proc/PID/mem, which also changes
// code and constants: the process gets a copy of its own of such a page, the
// file stays as it is. A shared writable mapping of a file is the file.
func (s *Session) Write(p []byte, addr uint64) (int, error) {
	if len(p) == 0 {
		return 0, s.Alive()
	}
	n := 0
	for n < len(p) {
		here := addr + uint64(n)
		if here >= addressLimit {
			return n, s.unwritable(here, nil)
		}
		m, err := s.pwrite(p[n:][:min(uint64(len(p)-n), addressLimit-here)], here)
		switch {
		case errors.Is(err, os.ErrClosed):
			return n, err
		case err != nil:
			return n, s.unwritable(here, err)
		case m == 0:
			return n, s.lost()
		}
		n += m
	}
	return n, nil
}

// pwrite writes to /proc/PID/mem. No byte and no error mean that the address
// space is gone.
func (s *Session) pwrite(p []byte, addr uint64) (n int, err error) {
	s.descriptors.RLock()
	defer s.descriptors.RUnlock()
	switch {
	case s.closed:
		return 0, errClosed
	case s.gone.Load():
		return 0, nil
	case s.readOnly:
		return 0, unix.EROFS
	}
	for {
		n, err = unix.Pwrite(s.mem, p, int64(addr))
		if err != unix.EINTR {
			break
		}
	}
	if s.explained() {
		s.record(Call{
			Name: "pwrite64", Path: s.memPath(), Addr: addr, Len: len(p), N: max(n, 0), Err: err,
			Note: s.useOf(addr, len(p)),
		})
	}
	return max(n, 0), err
}

// unwritable returns the error for a write that failed, with what the memory map
// tells about the reason.
func (s *Session) unwritable(addr uint64, cause error) error {
	if err := s.Alive(); err != nil {
		return err
	}
	e := &AccessError{State: ErrUnwritable, Addr: addr, Cause: cause}
	if errors.Is(cause, unix.EROFS) {
		e.Advice = "/proc is mounted read-only here; run quarry outside the container"
		return e
	}
	regions, err := s.Regions()
	if err != nil {
		return e
	}
	e.Advice = writeAdvice(regions, addr, s.fs.forceOverride())
	return e
}

// writeAdvice tells why a write at addr failed and what would work.
func writeAdvice(regions []Region, addr uint64, force string) string {
	r, ok := FindRegion(regions, addr)
	switch {
	case !ok:
		return "nothing is mapped there; quarry maps lists what is"
	case r.Kind == KindKernel:
		return "the page belongs to the kernel"
	case r.Perms&PermShared != 0 && !r.Writable():
		return "the page is shared with the file " + r.Path + ", which the process may only read; change the file itself"
	case !r.Writable() && force != "":
		return force
	}
	return ""
}

// forceOverride tells about the kernel's switch that forbids writing to pages
// the process itself may not write, or nothing where there is no such switch.
func (fs procfs) forceOverride() string {
	const key = "proc_mem.force_override="
	if line, err := os.ReadFile(string(fs) + "/cmdline"); err == nil {
		for _, word := range strings.Fields(string(line)) {
			if value, ok := strings.CutPrefix(word, key); ok && value != "always" {
				return "this kernel was started with " + key + value +
					", which forbids writing to pages without write permission; start it with " + key + "always"
			}
		}
	}
	var name unix.Utsname
	if unix.Uname(&name) != nil || !kernelAtLeast(name.Release[:], 6, 12) {
		return ""
	}
	return "the page has no write permission, and this kernel may have been built to forbid writing to such pages; " +
		"start it with " + key + "always"
}

// kernelAtLeast compares a kernel's release, such as 6.12.3-amd64.
func kernelAtLeast(release []byte, major, minor int) bool {
	release, _, _ = bytes.Cut(release, []byte{0})
	var haveMajor, haveMinor int
	if n, _ := fmt.Sscanf(string(release), "%d.%d", &haveMajor, &haveMinor); n != 2 {
		return false
	}
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}
