package watch_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"quarry/session"
	"quarry/session/watch"
)

// A refusal of performance events tells which rule it was, and what lifts it.
func TestPermissionError(t *testing.T) {
	for _, tt := range []struct {
		paranoid     int
		capable      bool
		reason, hint string
	}{
		{3, false, "perf_event_paranoid is 3, and quarry lacks the capability cap_perfmon", "setcap cap_perfmon,cap_sys_ptrace=ep"},
		{4, false, "perf_event_paranoid is 4, and quarry lacks the capability cap_perfmon", "perf_event_paranoid=2"},
		{2, false, "not open to quarry, which lacks the capability cap_perfmon", "setcap cap_perfmon"},
		{watch.Unknown, false, "a container or a security module forbids perf_event_open", "by tracing"},
		{3, true, "a container or a security module forbids perf_event_open", "outside of the container"},
	} {
		err := error(&watch.PermissionError{PID: 7, Paranoid: tt.paranoid, Capable: tt.capable, Cause: syscall.EACCES})
		if !errors.Is(err, session.ErrPermission) || !strings.Contains(err.Error(), tt.reason) || !strings.Contains(session.Hint(err), tt.hint) {
			t.Errorf("%+v: %v; %s", tt, err, session.Hint(err))
		}
	}
}
