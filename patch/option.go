package patch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quarry/session"
)

// Option changes how memory is written.
type Option func(*policy)

// policy is what the options say. The zero policy refuses to change files and
// stops nothing.
type policy struct {
	files bool
	pause Pause
	check func([]session.Range) error // may be nil

	known   bool             // regions is set
	regions []session.Region // read once for many writes
}

func newPolicy(options []Option) policy {
	var p policy
	for _, o := range options {
		o(&p)
	}
	return p
}

// WithFileWrites also writes where the memory is a file that others see: a
// shared mapping of a file on disk. Without it such a write is a
// [*FileWriteError].
func WithFileWrites() Option { return func(p *policy) { p.files = true } }

// WithCheck asks check before anything is written: an error of it is one of the
// write, of which nothing has been made then. The ranges are what would be written,
// sorted by address. Where edits are reverted it is asked for each.
func WithCheck(check func([]session.Range) error) Option { return func(p *policy) { p.check = check } }

// WithPause stops the process by pause while memory is written. Everything is
// verified once more while it stands still. Where a thread is about to execute
// what would be replaced, it is let go and stopped again, for a second at most,
// and then refused with a [*BusyError].
func WithPause(pause Pause) Option { return func(p *policy) { p.pause = pause } }

// Pause stops all threads of a process. ranges are what is going to be written,
// sorted by address. With an error the process runs as before.
type Pause func(ctx context.Context, ranges []session.Range) (Paused, error)

// Paused is a process that stands still.
type Paused struct {
	// Threads tell where execution will go on: all threads, or at least those
	// inside of the ranges.
	Threads []Thread
	// Resume lets the process run as before. It is called exactly once.
	Resume func() error
}

// Thread is a thread of a process that stands still.
type Thread struct {
	TID  int
	Name string
	PC   uint64 // the instruction it will execute next
}

// FileWriteError is a write that would change a file on disk, through a shared
// mapping. It is session.ErrPermission. Nothing has been written.
type FileWriteError struct {
	Path string // in the process's own mount namespace
	Addr uint64 // of the write
}

func (e *FileWriteError) Error() string {
	return fmt.Sprintf("%#x is a shared mapping of %s: writing there would change the file", e.Addr, e.Path)
}

// Is matches session.ErrPermission.
func (e *FileWriteError) Is(target error) bool { return target == session.ErrPermission }

// Hint returns what would work.
func (e *FileWriteError) Hint() string {
	return "--allow-file-writes does it all the same; others that use the file see the change, and it stays when the process ends"
}

// BusyError is a thread that would execute what is to be replaced, again and
// again. It is session.ErrPermission. Nothing has been written.
type BusyError struct {
	Thread
	Range session.Range // what was to be written there
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("thread %d (%s) is at %#x, within the bytes to be replaced at %s", e.TID, e.Name, e.PC, e.Range)
}

// Is matches session.ErrPermission.
func (e *BusyError) Is(target error) bool { return target == session.ErrPermission }

// Hint returns what would work.
func (e *BusyError) Hint() string {
	return "try again in a moment, when the program does something else"
}

// ResumeError is a process that could not be let go after it was stopped. When
// Earlier is nil everything was written.
type ResumeError struct {
	Cause   error // why it could not
	Earlier error // what had failed before, may be nil
}

func (e *ResumeError) Error() string {
	text := fmt.Sprintf("the process could not be continued: %v", e.Cause)
	if e.Earlier != nil {
		return fmt.Sprintf("%v; %s", e.Earlier, text)
	}
	return text
}

// Unwrap returns both reasons.
func (e *ResumeError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.Earlier, e.Cause}, func(err error) bool { return err == nil })
}

// done reports whether everything was written, whatever came after it.
func done(err error) bool {
	var resume *ResumeError
	return err == nil || errors.As(err, &resume) && resume.Earlier == nil
}

// apply is the function of that name for a process, by the policy.
func (p policy) apply(ctx context.Context, t session.Target, steps []step) error {
	if err := check(steps); err != nil {
		return err
	}
	if err := verifyAll(ctx, t, steps); err != nil {
		return err
	}
	places := ranges(group(steps))
	if err := p.refuse(t, places); err != nil {
		return err
	}
	if p.pause == nil || len(places) == 0 {
		return commitAll(ctx, t, steps)
	}
	return p.whilePaused(ctx, places, func() error {
		if err := verifyAll(ctx, t, steps); err != nil {
			return err
		}
		return commitAll(ctx, t, steps)
	})
}

// ranges returns what the writes cover, sorted by address.
func ranges(writes []Write) []session.Range {
	var out []session.Range
	for _, w := range writes {
		out = append(out, session.Range{Start: w.Addr, End: w.end()})
	}
	slices.SortFunc(out, func(a, b session.Range) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// refuse returns why the ranges are not to be written, or nil.
func (p policy) refuse(t session.Target, ranges []session.Range) error {
	if p.check != nil && len(ranges) > 0 {
		if err := p.check(ranges); err != nil {
			return err
		}
	}
	return p.refuseFiles(t, ranges)
}

// refuseFiles returns a FileWriteError when one of the ranges is a file on disk.
func (p policy) refuseFiles(t session.Target, ranges []session.Range) error {
	if p.files || len(ranges) == 0 {
		return nil
	}
	regions, err := p.regions, error(nil)
	if !p.known {
		regions, err = t.Regions()
	}
	if err != nil {
		return err
	}
	for _, r := range ranges {
		if path, addr := fileIn(regions, r); path != "" {
			return &FileWriteError{Path: path, Addr: addr}
		}
	}
	return nil
}

// CheckFiles returns a [*FileWriteError] when writing to one of the ranges would
// change a file on disk.
func CheckFiles(t session.Target, ranges ...session.Range) error {
	return policy{}.refuseFiles(t, ranges)
}

// GuardFiles returns a function that is CheckFiles for one range, for those who
// ask often: it reads the map of the process anew when that is older than a tenth
// of a second, or does not hold the range. It is for one goroutine.
func GuardFiles(t session.Target) func(session.Range) error {
	const age = 100 * time.Millisecond
	known := policy{known: true}
	var until time.Time
	return func(r session.Range) error {
		g, held := session.FindRegion(known.regions, r.Start)
		if !held || g.End < r.End || time.Now().After(until) {
			regions, err := t.Regions()
			if err != nil {
				return err
			}
			known.regions, until = regions, time.Now().Add(age)
		}
		return known.refuseFiles(t, []session.Range{r})
	}
}

// fileIn returns the file on disk that a part of r is, and where that begins.
func fileIn(regions []session.Region, r session.Range) (path string, addr uint64) {
	i, _ := slices.BinarySearchFunc(regions, r.Start, func(g session.Region, addr uint64) int { return cmp.Compare(g.End, addr+1) })
	for ; i < len(regions) && regions[i].Start < r.End; i++ {
		if onDisk(regions[i]) {
			return regions[i].Path, max(r.Start, regions[i].Start)
		}
	}
	return "", 0
}

// onDisk reports whether what is written to a region goes to a file on disk. A
// shared mapping without write access cannot be written at all. Memory that
// only has the name of a file is none: memfd, shared anonymous memory
// (/dev/zero), System V segments, and what lies in /dev/shm. Devices are no
// files. A deleted file may have other names, and others may hold it open.
func onDisk(r session.Region) bool {
	if r.Perms&session.PermShared == 0 || !r.Writable() || r.Inode == 0 || !strings.HasPrefix(r.Path, "/") {
		return false
	}
	// Memory of the kernel's own is on a device that has no hardware.
	internal := strings.HasPrefix(r.Device, "00:")
	for _, prefix := range []string{"/memfd:", "/SYSV", "/[aio]", "/anon_hugepage"} {
		if internal && strings.HasPrefix(r.Path, prefix) {
			return false
		}
	}
	return !strings.HasPrefix(r.Path, "/dev/")
}

// whilePaused calls do while the process stands still, and lets it go whatever
// happens.
func (p policy) whilePaused(ctx context.Context, ranges []session.Range, do func() error) (err error) {
	if p.pause == nil {
		return do()
	}
	paused, err := p.stop(ctx, ranges)
	if err != nil {
		return err
	}
	defer func() {
		if failed := paused.Resume(); failed != nil {
			err = &ResumeError{Cause: failed, Earlier: err}
		}
	}()
	return do()
}

// stop stops the process where no thread is inside of the ranges.
func (p policy) stop(ctx context.Context, ranges []session.Range) (Paused, error) {
	const (
		tries = 10
		wait  = 100 * time.Millisecond
	)
	for try := 1; ; try++ {
		paused, err := p.pause(ctx, ranges)
		if err != nil {
			return Paused{}, err
		}
		busy := busyIn(paused.Threads, ranges)
		if busy == nil {
			return paused, nil
		}
		if err := paused.Resume(); err != nil {
			return Paused{}, &ResumeError{Cause: err, Earlier: busy}
		}
		if try == tries {
			return Paused{}, busy
		}
		select {
		case <-ctx.Done():
			return Paused{}, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// busyIn returns the first thread that is inside of one of the ranges as an
// error, or nil.
func busyIn(threads []Thread, ranges []session.Range) error {
	for _, t := range threads {
		i := slices.IndexFunc(ranges, func(r session.Range) bool { return r.Contains(t.PC) })
		if i >= 0 {
			return &BusyError{Thread: t, Range: ranges[i]}
		}
	}
	return nil
}
