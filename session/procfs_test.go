package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseStat(t *testing.T) {
	const rest = " S 1 4711 4711 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 3 0 98765 1000 25 18446744073709551615 1 1 0 0\n"
	want := procStat{PID: 4711, PPID: 1, State: 'S', Flags: 4194560, Threads: 3, Start: 98765, RSS: 25}
	for _, name := range []string{"game", "my game", "a) S 1 (b", ")", "", "new\nline", "((("} {
		got, err := parseStat([]byte("4711 (" + name + ")" + rest))
		want.Name = name
		if err != nil {
			t.Errorf("%q: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
	for _, bad := range []string{"", "1", ")(", "1 (x) S 1", "1 (x)" + strings.Replace(rest, "98765", "-", 1)} {
		if got, err := parseStat([]byte(bad)); err == nil || got != (procStat{}) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
}

// What is read of a stat file, written as the kernel does, is read as the same.
func FuzzParseStat(f *testing.F) {
	data, _ := os.ReadFile("/proc/self/stat")
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := parseStat(data)
		if err != nil {
			if st != (procStat{}) {
				t.Errorf("%+v beside %v", st, err)
			}
			return
		}
		written := fmt.Sprintf("%d (%s) %c %d 0 0 0 0 %d%s %d 0 %d 0 %d\n", uint(st.PID), st.Name, st.State, uint(st.PPID), st.Flags,
			strings.Repeat(" 0", 10), uint(st.Threads), st.Start, st.RSS)
		if again, err := parseStat([]byte(written)); err != nil || again != st {
			t.Errorf("%+v, written and read again %+v, %v", st, again, err)
		}
	})
}

func TestParseStatus(t *testing.T) {
	got, err := parseStatus("Name:\tx\nTgid:\t7\nTracerPid:\t9\nUid:\t1\t2\t3\t65534\nGid:\t5\t6\t7\t8\nCapEff:\t0000000000080002\n")
	if err != nil {
		t.Fatal(err)
	}
	want := procStatus{TGID: 7, TracerPID: 9, UIDs: [4]int{1, 2, 3, 65534}, GIDs: [4]int{5, 6, 7, 8}, CapEff: capSysPtrace | capDACOverride}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"Uid:\t1\t2\n", "Tgid:\tx\n", "Gid:\t1\t2\t3\t-4\n", "CapEff:\tz\n"} {
		if got, err := parseStatus(bad); err == nil || got != (procStatus{}) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
}

// fixture makes a tree like /proc with processes of these names.
func fixture(t *testing.T, processes ...Process) procfs {
	t.Helper()
	root := t.TempDir()
	for _, p := range processes {
		pid := strconv.Itoa(p.PID)
		files := map[string]string{
			"stat":    pid + " (" + p.Name + ") " + string(p.State) + " 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 50 0 2 0\n",
			"status":  "Tgid:\t" + pid + "\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
			"cmdline": strings.Join(append(p.Cmdline, ""), "\x00"),
		}
		if err := os.Mkdir(filepath.Join(root, pid), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(root, pid, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if p.Exe != "" {
			if err := os.Symlink(p.Exe, filepath.Join(root, pid, "exe")); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Things that are no processes, and one that has just ended.
	for _, name := range []string{"sys", "999999"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return procfs(root)
}

func TestFind(t *testing.T) {
	root := fixture(t,
		Process{PID: 10, Name: "my (game) x", State: 'S', Exe: "/usr/games/game", Cmdline: []string{"game", "-fast"}},
		Process{PID: 11, Name: "server", State: 'S', Exe: "/usr/sbin/server (deleted)", Cmdline: []string{"server"}},
		Process{PID: 12, Name: "server", State: 'S', Cmdline: []string{"/usr/sbin/server", "--two"}},
		Process{PID: 13, Name: "crashed", State: 'Z'},
		Process{PID: 14, Name: "crashed", State: 'S', Cmdline: []string{"crashed"}},
		Process{PID: 15, Name: "a-very-long-nam", State: 'S', Exe: "/usr/bin/python3", Cmdline: []string{"python3", "/opt/a-very-long-name.py"}},
		Process{PID: 16, Name: "quarry", State: 'S', Exe: "/bin/quarry", Cmdline: []string{"quarry"}},
		Process{PID: 17, Name: "Chess", State: 'S', Cmdline: []string{"Chess"}},
	)
	for _, test := range []struct {
		text string
		pid  int
		err  error
		hint string
	}{
		{"10", 10, nil, ""},
		{"game", 10, nil, ""},
		{"my (game) x", 10, nil, ""},
		{"crashed", 14, nil, ""},
		{"13", 13, nil, ""},
		{"a-very-long-name.py", 15, nil, ""},
		{"a-very-long-nam", 15, nil, ""},
		{"python3", 15, nil, ""},
		{"server", 0, ErrAmbiguous, "choose one by its PID:\n      11  server\n      12  /usr/sbin/server --two"},
		{"a-very-long-name.pl", 0, ErrNoProcess, "did you mean a-very-long-nam?"},
		{"gam", 0, ErrNoProcess, "did you mean game, my (game) x?"},
		{"chess", 0, ErrNoProcess, "did you mean Chess?"},
		{"quarry", 0, ErrNoProcess, "quarry ps lists what runs"},
		{"4711", 0, ErrNoProcess, "quarry ps lists what runs"},
		{"999999", 0, ErrNoProcess, "quarry ps lists what runs"},
		{"99999999999999999999", 0, ErrNoProcess, "quarry ps lists what runs"},
		{"", 0, ErrNoProcess, "quarry ps lists what runs"},
	} {
		p, err := root.find(test.text, 16)
		if p.PID != test.pid || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) || Hint(err) != test.hint {
			t.Errorf("%q: process %d, error %v, hint %q", test.text, p.PID, err, Hint(err))
		}
	}
}

func TestList(t *testing.T) {
	processes, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		if p.PID == os.Getpid() {
			exe, _ := os.Executable()
			if p.Exe != filepath.Base(exe) || p.UID != os.Geteuid() || p.User == "" || p.RSS == 0 || p.Threads < 1 || p.PPID != os.Getppid() {
				t.Errorf("our own process: %+v", p)
			}
			return
		}
	}
	t.Error("our own process is not listed")
}

func TestDiagnose(t *testing.T) {
	own := procStatus{UIDs: [4]int{1000, 1000, 1000, 1000}, GIDs: [4]int{1000, 1000, 1000, 1000}}
	other, setgid := own, own
	other.UIDs = [4]int{0, 0, 0, 0}
	setgid.GIDs = [4]int{1000, 60, 60, 60}
	for _, test := range []struct {
		name           string
		change         func(*standing)
		reason, advice string
	}{
		{"other user", func(s *standing) { s.target, s.owner = other, 0 }, "it belongs to root", "sudo"},
		{"setgid", func(s *standing) { s.target, s.owner = setgid, 0 }, "setgid", "sudo"},
		{"not dumpable", func(s *standing) { s.owner = 0 }, "not dumpable", "sudo"},
		{"yama 1", func(s *standing) { s.yama = 1 }, "only those it started", "quarry run --"},
		{"yama 2", func(s *standing) { s.yama = 2 }, "only administrators", "sysctl"},
		{"yama 3", func(s *standing) { s.yama, s.capabilities = 3, ^uint64(0) }, "nobody", "boot"},
		{"yama 1, other user", func(s *standing) { s.yama, s.target = 1, other }, "it belongs to root", "setcap"},
		{"half capable", func(s *standing) { s.target, s.owner, s.capabilities = other, 0, capSysPtrace }, "files of other users", "cap_dac_override"},
		{"no reason known", func(s *standing) {}, "lacks the capability", "sudo"},
		{"container", func(s *standing) { s.capabilities = ^uint64(0) }, "container", "outside"},
	} {
		st := standing{pid: 4711, uid: 1000, gid: 1000, target: own, owner: 1000, yama: -1}
		test.change(&st)
		reason, advice := st.diagnose()
		if !strings.Contains(reason, test.reason) || !strings.Contains(advice, test.advice) {
			t.Errorf("%s: %q, %q", test.name, reason, advice)
		}
	}
}

func TestWriteAdvice(t *testing.T) {
	r := Region{Range: Range{0x1000, 0x2000}, Perms: PermRead, Kind: KindCode}
	shared, kernel, writable := r, r, r
	shared.Perms, shared.Path = PermRead|PermShared, "/tmp/f"
	kernel.Kind = KindKernel
	writable.Perms |= PermWrite
	for _, test := range []struct {
		name string
		r    Region
		addr uint64
		want string
	}{
		{"no page", r, 0x3000, "nothing is mapped there"},
		{"shared", shared, 0x1800, "shared with the file /tmp/f"},
		{"kernel", kernel, 0x1800, "belongs to the kernel"},
		{"forced", r, 0x1800, "the switch"},
		{"writable", writable, 0x1800, ""},
	} {
		got := writeAdvice([]Region{test.r}, test.addr, "the switch")
		if !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	for release, want := range map[string]bool{"6.12.0-x\x00\x00": true, "6.9": false, "7.0-rc1": true, "5.15.1": false, "": false} {
		if kernelAtLeast([]byte(release), 6, 12) != want {
			t.Errorf("kernel %q: not %v", release, want)
		}
	}
}

func TestRandomBytesAt(t *testing.T) {
	wide := Layout{WordSize: 8, Order: binary.LittleEndian}
	narrow := Layout{WordSize: 4, Order: binary.BigEndian}
	var auxv []byte
	for _, n := range []uint64{6, 4096, 25, 0x7ffe12345678, 0, 0} {
		auxv = binary.LittleEndian.AppendUint64(auxv, n)
	}
	if got := randomBytesAt(auxv, wide); got != 0x7ffe12345678 {
		t.Errorf("wide: %#x", got)
	}
	if got := randomBytesAt(auxv[:20], wide); got != 0 {
		t.Errorf("cut: %#x", got)
	}
	if got := randomBytesAt([]byte{0, 0, 0, 25, 0xff, 0, 0, 1}, narrow); got != 0xff000001 {
		t.Errorf("narrow: %#x", got)
	}
}

func TestCallString(t *testing.T) {
	for _, test := range []struct {
		call Call
		want string
	}{
		{Call{Name: "pread64", Path: "/proc/7/mem", Addr: 0x1000, Len: 132 << 10, N: 132 << 10, Note: "the heap"},
			"pread64 /proc/7/mem, 132 KiB at 0x1000 = 132 KiB (the heap)"},
		{Call{Name: "pwrite64", Path: "/proc/7/mem", Addr: 0x1000, Len: 1, N: 0}, "pwrite64 /proc/7/mem, 1 byte at 0x1000 = 0 bytes"},
		{Call{Name: "pidfd_open", Path: "process 7"}, "pidfd_open process 7 = done"},
	} {
		if got := test.call.String(); got != test.want {
			t.Errorf("got %q\nwant %q", got, test.want)
		}
	}
}
