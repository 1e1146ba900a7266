package cli

import (
	"errors"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/settings"
	"quarry/cmd/internal/workspace"
	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/condition"
	"quarry/search/group"
	"quarry/search/signature"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/bug"
)

// ExitCode is what quarry tells whoever started it.
type ExitCode int

// The exit codes, as documented in README.md.
const (
	ExitDone       ExitCode = 0 // all was done
	ExitFailed     ExitCode = 1 // something failed
	ExitUsage      ExitCode = 2 // what was typed, or a patch file, cannot be read
	ExitNotFound   ExitCode = 3 // nothing found, or not as many as asked
	ExitPermission ExitCode = 4 // not permitted
	ExitNoProcess  ExitCode = 5 // no such process, or it is gone
	ExitConflict   ExitCode = 6 // the bytes there are neither the expected nor the new ones
)

// ErrUsage is the state of a command line that cannot be run.
var ErrUsage = errors.New("wrong usage")

// ErrNotFound is the state of a verb that found nothing.
var ErrNotFound = errors.New("nothing found")

// usageError is a command line that cannot be run.
type usageError struct {
	problem string
	hint    string
}

func (e *usageError) Error() string { return e.problem }

// Is matches ErrUsage.
func (e *usageError) Is(target error) bool { return target == ErrUsage }

// Hint returns what would work.
func (e *usageError) Hint() string { return e.hint }

// codes are the exit codes of the states that errors stand for. The first that
// matches counts.
var codes = []struct {
	state error
	code  ExitCode
}{
	{session.ErrGone, ExitNoProcess},
	{session.ErrNoProcess, ExitNoProcess},
	{session.ErrPermission, ExitPermission},
	{patch.ErrConflict, ExitConflict},
	{ErrNotFound, ExitNotFound},
	{workspace.ErrNoEntries, ExitNotFound},
	{patch.ErrUnresolved, ExitNotFound},
	{patch.ErrAmbiguous, ExitNotFound},
	{signature.ErrNotUnique, ExitNotFound},
	{session.ErrScopeEmpty, ExitNotFound},
	{ErrUsage, ExitUsage},
	{session.ErrScope, ExitUsage},
	{session.ErrAmbiguous, ExitUsage},
	{value.ErrSyntax, ExitUsage},
	{value.ErrRange, ExitUsage},
	{value.ErrType, ExitUsage},
	{condition.ErrSyntax, ExitUsage},
	{group.ErrSyntax, ExitUsage},
	{search.ErrQuery, ExitUsage},
	{address.ErrSyntax, ExitUsage},
	{patch.ErrFile, ExitUsage},
	{patch.ErrLength, ExitUsage},
	{workspace.ErrNoSearch, ExitUsage},
	{render.ErrColor, ExitUsage},
	{workspace.ErrReference, ExitUsage},
	{workspace.ErrLength, ExitUsage},
	{freeze.ErrRule, ExitUsage},
	{freeze.ErrEntry, ExitUsage},
	{workspace.ErrNoProcess, ExitUsage},
	{settings.ErrFile, ExitUsage},
}

// exitCode returns the exit code for the error of a verb.
func exitCode(err error) ExitCode {
	if err == nil {
		return ExitDone
	}
	if bug.Is(err) { // whatever came of it
		return ExitFailed
	}
	for _, c := range codes {
		if errors.Is(err, c.state) {
			return c.code
		}
	}
	return ExitFailed
}
