package patch

import (
	"fmt"
	"path"
	"strings"

	"quarry/session"
)

// Target is a process that patch files can be applied to. [*session.Session]
// is one.
type Target interface {
	session.Target

	// Identity returns the PID and start time of the process.
	Identity() session.Identity
	// Exe returns the path of its program, empty when it cannot be told.
	Exe() string
	// BuildID returns the build ID of a module, empty when it has none.
	BuildID(m session.Module) (string, error)
}

var _ Target = (*session.Session)(nil)

// TargetError is a process that a patch file, or a plan, is not for. It is
// [ErrTarget].
type TargetError struct {
	Key  string // exe, build-id, arch or process
	Want string // what the patch is for
	Have string // what the process is; may be empty
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("the patch is for %s %s, and this is %s", e.Key, e.Want, orElse(e.Have, "unknown"))
}

// Is matches ErrTarget.
func (e *TargetError) Is(target error) bool { return target == ErrTarget }

// Hint returns what would work.
func (e *TargetError) Hint() string {
	switch e.Key {
	case "process":
		return "a process that has ended took the changes with it; only the process itself can be reverted"
	case "build-id":
		return "this is another build of the program; its addresses and code may differ"
	}
	return "name the process that the [target] of the file describes"
}

// Check returns a [*TargetError] when the process is not the one that a file is
// for.
func (q Requirements) Check(t Target) error {
	if have := t.Identity(); q.PID != 0 && have != (session.Identity{PID: q.PID, Start: q.Start}) {
		return &TargetError{"process", session.Identity{PID: q.PID, Start: q.Start}.String(), have.String()}
	}
	if q.Exe != "" {
		have := t.Exe()
		if !strings.Contains(q.Exe, "/") && have != "" {
			have = path.Base(have)
		}
		if have != q.Exe {
			return &TargetError{"exe", q.Exe, have}
		}
	}
	if have := t.Layout().Arch; q.Arch != "" && have != q.Arch {
		return &TargetError{"arch", q.Arch, have}
	}
	if q.BuildID == "" {
		return nil
	}
	return q.checkBuildID(t)
}

func (q Requirements) checkBuildID(t Target) error {
	modules, err := t.Modules()
	if err != nil {
		return err
	}
	have := ""
	for _, m := range modules {
		if m.Path != t.Exe() {
			continue
		}
		if have, err = t.BuildID(m); err != nil {
			return fmt.Errorf("build ID of %s: %w", m.Name, err)
		}
		break
	}
	if !strings.HasPrefix(strings.ToLower(have), strings.ToLower(q.BuildID)) {
		return &TargetError{"build-id", q.BuildID, have}
	}
	return nil
}
