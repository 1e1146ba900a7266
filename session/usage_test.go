package session_test

import (
	"testing"

	"quarry/session"
)

// What a process is given and touches is resident, what it only reserves is not.
func TestUsage(t *testing.T) {
	const size = 1 << 20
	p := startTarget(t)
	s := attach(t, p.PID)
	reserved, touched := p.mapMemory(size, "rw", ""), p.mapMemory(size, "rw", "")
	p.do("fill %x %x 1", touched, size/2)
	regions, err := s.Regions()
	if err != nil {
		t.Fatal(err)
	}
	// The kernel joins neighbours, so these are parts of what it lists.
	for _, addr := range []uint64{reserved, touched} {
		r, ok := session.FindRegion(regions, addr)
		if !ok {
			t.Fatalf("nothing is mapped at %#x", addr)
		}
		r.Range = session.Range{Start: addr, End: addr + size}
		regions = append(regions, r)
	}
	usage, err := s.Usage(regions)
	if err != nil {
		t.Fatal(err)
	}
	n := len(usage)
	if usage[n-2].Resident != 0 || usage[n-1].Resident != size/2 {
		t.Errorf("reserved %+v, half touched %+v", usage[n-2], usage[n-1])
	}
	var all uint64
	for i, u := range usage[:n-2] {
		all += u.Resident
		if u.Resident > regions[i].Size() {
			t.Errorf("%v: %d of %d bytes are resident", regions[i].Range, u.Resident, regions[i].Size())
		}
	}
	info, err := s.Info()
	if err != nil {
		t.Fatal(err)
	}
	if low, high := info.RSS/2, info.RSS*2; all < low || all > high {
		t.Errorf("%d bytes are resident in the regions, %d in all", all, info.RSS)
	}
}

// Of a process that may not be attached to, what is public is told.
func TestInspect(t *testing.T) {
	p := startTarget(t)
	info, err := session.Inspect(p.PID)
	if err != nil || info.PID != p.PID || len(info.ThreadList) != 1 || info.Started.IsZero() || len(info.Memory) != 0 {
		t.Errorf("%+v, %v", info, err)
	}
	p.Kill()
	_, err = session.Inspect(p.PID)
	wantIs(t, err, session.ErrNoProcess)
}
