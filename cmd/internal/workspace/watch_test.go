package workspace

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"quarry/search"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/disasm"
	"quarry/session/watch"
)

// What is watched is as long as the type of the place, unless asked otherwise.
func TestPointOfAPlace(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options WatchOptions
		place   search.Match
		want    watch.Point
	}{
		{"nothing is known", WatchOptions{}, search.Match{Addr: 8}, watch.Point{Addr: 8, Length: 4}},
		{"a number", WatchOptions{Kind: watch.Access}, search.Match{Addr: 8, Type: value.F64}, watch.Point{Addr: 8, Length: 8, Kind: watch.Access}},
		{"a text", WatchOptions{}, search.Match{Addr: 8, Type: value.String, Value: make([]byte, 6)}, watch.Point{Addr: 8, Length: 6}},
		{"a length", WatchOptions{Length: 2}, search.Match{Addr: 8, Type: value.F64}, watch.Point{Addr: 8, Length: 2}},
		{"code", WatchOptions{Kind: watch.Execute}, search.Match{Addr: 8, Type: value.Bytes, Value: make([]byte, 5)}, watch.Point{Addr: 8, Length: 1, Kind: watch.Execute}},
	} {
		if got := tt.options.point(tt.place); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Where the kernel refuses, the reason is told and tracing is offered; what cannot
// be watched in any way is a bad reference.
func TestWatchErrors(t *testing.T) {
	refused := &watch.PermissionError{PID: 7, Paranoid: 3, Cause: syscall.EACCES}
	for _, tt := range []struct {
		err       error
		engine    watch.Engine
		is        error
		hint      string
		reference bool
	}{
		{refused, watch.Perf, session.ErrPermission, "\n--trace watches by tracing", false},
		{&watch.UnsupportedError{Reason: "no"}, watch.Perf, watch.ErrUnsupported, "--trace watches by tracing", false},
		{&watch.DescriptorsError{}, watch.Perf, watch.ErrDescriptors, "\n--trace watches by tracing", false},
		{&watch.UnsupportedError{Reason: "no"}, watch.Trace, watch.ErrUnsupported, "", false},
		{&watch.TracedError{PID: 7}, watch.Trace, watch.ErrTraced, "let that one detach", false},
		{&watch.RegistersError{Need: 5, Have: 4}, watch.Perf, watch.ErrRegisters, "watch fewer bytes", true},
		{&watch.RegistersError{Need: 3, Have: 4, Cause: syscall.ENOSPC}, watch.Perf, watch.ErrRegisters, "what tracing keeps is free again when the thread ends\n--trace watches by tracing", false},
		{&watch.RegistersError{Need: 3, Have: 4, Cause: syscall.ENOSPC}, watch.Trace, watch.ErrRegisters, "end other watches", false},
		{&watch.UnsupportedError{Reason: "no such address", Cause: syscall.EINVAL}, watch.Perf, watch.ErrUnsupported, "", false},
		{&watch.PointError{Reason: "no"}, watch.Perf, watch.ErrPoint, "", true},
	} {
		got := watchError(tt.err, tt.engine)
		hint := session.Hint(got)
		if !errors.Is(got, tt.is) || errors.Is(got, ErrReference) != tt.reference || !strings.Contains(hint, tt.hint) || (tt.hint == "") != (hint == "") {
			t.Errorf("%v: %v, hint %q", tt.err, got, hint)
		}
	}
	if got := watchError(refused, watch.Perf); !strings.Contains(got.Error(), "perf_event_paranoid is 3") {
		t.Errorf("the reason is missing: %v", got)
	}
}

// An instruction that is not known for sure is not taken for the first that it may
// be.
func TestSightingCode(t *testing.T) {
	one := watch.Candidate{Instruction: disasm.Instruction{Addr: 0x10, Bytes: []byte{0x90}, Text: "nop"}}
	other := watch.Candidate{Instruction: disasm.Instruction{Addr: 0x11, Text: "ret"}}
	for name, cause := range map[string]*watch.Cause{
		"is one of several instructions: 0x10 (nop), 0x11 (ret)": {Candidates: []watch.Candidate{one, other}, Ambiguous: true},
		"its code cannot be read":                                {Note: "its code cannot be read"},
		"it is not known which":                                  nil,
	} {
		_, err := Sighting{Hit: watch.Hit{Cause: cause}, Number: 2}.Code()
		if !errors.Is(err, ErrReference) || !strings.Contains(err.Error(), "hit2") || !strings.Contains(err.Error(), name) || session.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := (Sighting{Hit: watch.Hit{Cause: &watch.Cause{Candidates: []watch.Candidate{one}}}}).Code(); err != nil || c.Instruction.Addr != 0x10 {
		t.Errorf("%v, %v", c, err)
	}
}

// What names an instruction of the last watch means something else later.
func TestPassingNames(t *testing.T) {
	passing := slices.DeleteFunc([]string{"hit1", "hit12+4", "[hit1]", "game+hit1"}, outlives)
	lasting := slices.DeleteFunc([]string{"game+0x10", "whit1", "hits", "hit1x", "&health"}, func(s string) bool { return !outlives(s) })
	if len(passing) != 4 || len(lasting) != 5 {
		t.Errorf("passing %q, lasting %q", passing, lasting)
	}
}
