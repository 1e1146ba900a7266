package core

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRegisters(t *testing.T) {
	for line, want := range map[string]map[int]uint64{
		"0 0x3 0x7f10 0x20 0x4 0x5 0x6 0x7ffc 0x7fd3\n": {15: 0, 14: 3, 13: 0x7f10, 12: 0x20, 7: 4, 9: 5, 8: 6, 19: 0x7ffc, 16: 0x7fd3},
		"-1 0x7ffc 0x7fd3\n":                            {15: ^uint64(0), 19: 0x7ffc, 16: 0x7fd3},
		"running\n":                                     {},
		"":                                              {},
	} {
		all := make([]uint64, 27)
		for i, v := range want {
			all[i] = v
		}
		if diff := cmp.Diff(all, machines["amd64"].parseRegisters(line)); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestParseStat(t *testing.T) {
	got := parseStat("4711 (a) b) S 1 2 3 0 -1 4194304 0 0 0 0 0 0 0 0 20 5 1 0 100 0 0")
	want := procStat{name: "a) b", state: 'S', ppid: 1, pgrp: 2, sid: 3, flags: 4194304, nice: 5}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(procStat{})); diff != "" {
		t.Error(diff)
	}
	if got := parseStat("nonsense"); got != (procStat{}) {
		t.Errorf("%+v", got)
	}
}
