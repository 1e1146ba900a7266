package session_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/sessiontest"
)

const page = 4096

// TestMain also is the process of another user in TestAttachAsOtherUser.
func TestMain(m *testing.M) {
	if pid := os.Getenv("QUARRY_TEST_ATTACH"); pid != "" {
		os.Exit(attachAndTell(pid))
	}
	os.Exit(sessiontest.Main(m))
}

// target is a process made of testdata/target.c.
type target struct {
	*sessiontest.Proc
	t testing.TB
}

func startTarget(t testing.TB, flags ...string) target {
	t.Helper()
	return startCommand(t, exec.Command(sessiontest.BuildC(t, "testdata/target.c", flags...)))
}

func startCommand(t testing.TB, cmd *exec.Cmd) target {
	t.Helper()
	p := target{sessiontest.StartCmd(t, cmd), t}
	p.WaitLine(t, "ready")
	return p
}

// ask sends a command and returns the number that it answers.
func (p target) ask(format string, args ...any) uint64 {
	p.t.Helper()
	command := fmt.Sprintf(format, args...)
	answer := p.Ask(p.t, command)
	n, err := strconv.ParseUint(answer, 16, 64)
	if err != nil {
		p.t.Fatalf("%s: %s", command, answer)
	}
	return n
}

// do sends a command whose answer is "ok".
func (p target) do(format string, args ...any) {
	p.t.Helper()
	command := fmt.Sprintf(format, args...)
	if answer := p.Ask(p.t, command); answer != "ok" {
		p.t.Fatalf("%s: %s", command, answer)
	}
}

// mapMemory maps memory in the target; rights are "rw", "r", "rws", … and path
// may be empty.
func (p target) mapMemory(size int, rights, path string) uint64 {
	p.t.Helper()
	addr := p.ask("map %x %s %s", size, rights, path)
	if addr == 0 {
		p.t.Fatalf("the target cannot map %s", path)
	}
	return addr
}

func (p target) addresses() (variable, constant, zeros, main uint64) {
	p.t.Helper()
	if _, err := fmt.Sscanf(p.Ask(p.t, "addresses"), "%x %x %x %x", &variable, &constant, &zeros, &main); err != nil {
		p.t.Fatal(err)
	}
	return
}

func attach(t testing.TB, pid int, opts ...session.Option) *session.Session {
	t.Helper()
	s, err := session.Attach(pid, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func wantIs(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want one that is %q", err, want)
	}
}

func statusField(t testing.TB, pid int, key string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		if value, ok := strings.CutPrefix(scanner.Text(), key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no %s in the status of %d", key, pid)
	return ""
}

func TestAttach(t *testing.T) {
	sessiontest.LeakCheck(t)
	p := startTarget(t)
	s := attach(t, p.PID)
	if s.PID() != p.PID || s.Identity().PID != p.PID || s.Identity().Start == 0 {
		t.Errorf("identity %v of process %d", s.Identity(), p.PID)
	}
	if base := filepath.Base(s.Exe()); base != s.Name() || !strings.HasPrefix(base, "target-") {
		t.Errorf("program %q, name %q", s.Exe(), s.Name())
	}
	l := s.Layout()
	if l.Arch != runtime.GOARCH || l.WordSize != 8 || l.PageSize != page {
		t.Errorf("layout %+v", l)
	}
	if err := s.Alive(); err != nil {
		t.Error(err)
	}
	if tracer := statusField(t, p.PID, "TracerPid"); tracer != "0" {
		t.Errorf("traced by %s", tracer)
	}
	if info, err := s.Info(); err != nil || info.PID != p.PID || info.TracerPID != 0 || len(info.Memory) == 0 ||
		time.Since(info.Started).Abs() > time.Hour || info.Path != s.Exe() || info.Threads != 1 {
		t.Errorf("info %+v, error %v", info, err)
	}
	if program, err := s.Program(); err != nil || program.Path != s.Exe() {
		t.Errorf("program %+v, error %v", program, err)
	}
}

func TestAttachRefuses(t *testing.T) {
	sessiontest.LeakCheck(t)
	reaped := startTarget(t)
	reaped.Kill()
	for _, test := range []struct {
		name string
		pid  int
		want error
	}{
		{"itself", os.Getpid(), session.ErrPermission},
		{"kernel thread", 2, session.ErrPermission},
		{"ended", reaped.PID, session.ErrNoProcess},
		{"zero", 0, session.ErrNoProcess},
		{"negative", -5, session.ErrNoProcess},
		{"beyond all", 1 << 30, session.ErrNoProcess},
		{"zombie", zombie(t), session.ErrGone},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "kernel thread" {
				if name, _ := os.ReadFile("/proc/2/comm"); string(name) != "kthreadd\n" {
					t.Skip("no kernel threads are to be seen in this container")
				}
			}
			sessiontest.Fault(t, "attaching to what cannot be: "+test.name)
			_, err := session.Attach(test.pid)
			wantIs(t, err, test.want)
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %q", err)
			}
			if test.name == "zombie" && !strings.Contains(err.Error(), "waits for its parent") {
				t.Errorf("error %q does not tell what a zombie is", err)
			}
		})
	}
}

// zombie returns the PID of a process that has ended and was not waited for.
func zombie(t *testing.T) int {
	t.Helper()
	p := startTarget(t)
	p.Send(t, "exit")
	deadline := time.Now().Add(10 * time.Second)
	for !strings.HasPrefix(statusField(t, p.PID, "State"), "Z") {
		if time.Now().After(deadline) {
			t.Fatal("the process does not end")
		}
		runtime.Gosched()
	}
	return p.PID
}

func TestAttachThread(t *testing.T) {
	// Our own threads are at hand.
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		tid, _ := strconv.Atoi(entry.Name())
		if tid == os.Getpid() {
			continue
		}
		_, err := session.Attach(tid)
		wantIs(t, err, session.ErrNoProcess)
		if !strings.Contains(session.Hint(err), strconv.Itoa(os.Getpid())) {
			t.Errorf("the hint does not name the process: %q", session.Hint(err))
		}
		return
	}
	t.Skip("only one thread")
}

func TestDone(t *testing.T) {
	sessiontest.LeakCheck(t)
	p := startTarget(t)
	s := attach(t, p.PID)
	select {
	case <-s.Done():
		t.Fatal("done before the end")
	default:
	}
	p.Send(t, "exit")
	if code := p.Wait(t); code != 7 {
		t.Fatalf("exit code %d", code)
	}
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the end was not noticed")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	sessiontest.LeakCheck(t)
	p := startTarget(t)
	before := runtime.NumGoroutine()
	s := attach(t, p.PID)
	s.Done()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	s.Done()
	buffer := make([]byte, 2*session.Bulk)
	calls := map[string]func() error{
		"Alive":   s.Alive,
		"Read":    func() error { _, err := s.Read(buffer[:4], page); return err },
		"bulk":    func() error { _, err := s.Read(buffer, page); return err },
		"Gather":  func() error { _, err := s.Gather(buffer[:4], 4, []uint64{page}); return err },
		"Write":   func() error { _, err := s.Write(buffer[:4], page); return err },
		"Regions": func() error { _, err := s.Regions(); return err },
		"Modules": func() error { _, err := s.Modules(); return err },
		"Info":    func() error { _, err := s.Info(); return err },
		"Present": func() error { _, err := s.Present(nil, session.Region{}); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}

// gone checks that every method tells that the process is gone.
func gone(t *testing.T, s *session.Session, addr uint64) {
	t.Helper()
	buffer := make([]byte, 2*session.Bulk)
	calls := map[string]func() error{
		"Alive":       s.Alive,
		"Read":        func() error { _, err := s.Read(buffer[:4], addr); return err },
		"bulk":        func() error { _, err := s.Read(buffer, addr); return err },
		"nothing":     func() error { _, err := s.Read(nil, addr); return err },
		"vsyscall":    func() error { _, err := s.Read(buffer[:1], 0xffffffffff600000); return err },
		"ReadSpans":   func() error { _, err := session.ReadSpans(s, buffer, addr, nil); return err },
		"Gather":      func() error { _, err := s.Gather(buffer[:8], 4, []uint64{addr, addr + 8}); return err },
		"Gather none": func() error { _, err := s.Gather(nil, 4, nil); return err },
		"Write":       func() error { _, err := s.Write(buffer[:4], addr); return err },
		"Regions":     func() error { _, err := s.Regions(); return err },
		"Modules":     func() error { _, err := s.Modules(); return err },
		"Program":     func() error { _, err := s.Program(); return err },
		"Info":        func() error { _, err := s.Info(); return err },
		"Present": func() error {
			_, err := s.Present(nil, session.Region{Range: session.Range{Start: addr, End: addr + page}})
			return err
		},
		"BuildID": func() error {
			r := session.Region{Range: session.Range{Start: addr, End: addr + page}, Perms: session.PermRead}
			_, err := s.BuildID(session.Module{Regions: []session.Region{r}})
			return err
		},
		"Select": func() error { _, err := session.Scope{}.Select(s); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, session.ErrGone) {
			t.Errorf("%s: got %v, want ErrGone", name, err)
		}
	}
}

func TestExit(t *testing.T) {
	sessiontest.LeakCheck(t)
	sessiontest.Fault(t, "the target exits")
	p := startTarget(t)
	addr := p.mapMemory(1<<20, "rw", "")
	s := attach(t, p.PID)
	p.Send(t, "exit")
	p.Wait(t)
	gone(t, s, addr)
	if err := s.Alive(); !strings.Contains(err.Error(), "has ended") {
		t.Errorf("error %q", err)
	}
}

// The program runs at fixed addresses, so that after execve the same addresses
// are mapped and process_vm_readv succeeds: the bytes must not be believed.
func TestExec(t *testing.T) {
	sessiontest.LeakCheck(t)
	sessiontest.Fault(t, "the target runs another program")
	p := startTarget(t, "-static", "-no-pie")
	variable, _, _, _ := p.addresses()
	s := attach(t, p.PID)
	var b [4]byte
	if _, err := s.Read(b[:], variable); err != nil {
		t.Fatal(err)
	}
	p.Send(t, "exec")
	p.WaitLine(t, "ready")
	regions, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.PID))
	if err != nil || !strings.Contains(string(regions), s.Exe()) {
		t.Fatalf("the target does not run: %v", err)
	}
	gone(t, s, variable&^(page-1))
	if _, err := s.Gather(b[:], 4, []uint64{variable}); !errors.Is(err, session.ErrGone) {
		t.Errorf("the bytes of another program: %v", err)
	}
	if err := s.Alive(); !strings.Contains(err.Error(), "another program") {
		t.Errorf("error %q", err)
	}
	if p.ask("peek %x", variable) != 1234&0xff {
		t.Error("the new program was written to")
	}
	attach(t, p.PID) // the new program can be attached to
}

// The old address space lives on in a child that shares it, and so
// /proc/PID/mem still answers. The addresses are those of the new program too.
func TestExecWithSharedMemory(t *testing.T) {
	sessiontest.Fault(t, "the target runs another program, and a child keeps its memory")
	p := startTarget(t, "-static", "-no-pie")
	variable, _, zeros, _ := p.addresses()
	s := attach(t, p.PID)
	if _, err := s.Write([]byte{0xab}, variable); err != nil {
		t.Fatal(err)
	}
	child := int(p.ask("share"))
	t.Cleanup(func() { syscall.Kill(child, syscall.SIGKILL) })
	p.Send(t, "exec")
	p.WaitLine(t, "ready")
	if p.ask("peek %x", variable) != 1234&0xff {
		t.Fatal("not the new program")
	}
	// The bytes must be the old ones, if there are any.
	var b [1]byte
	if _, err := s.Gather(b[:], 1, []uint64{variable}); err == nil && b[0] != 0xab {
		t.Errorf("Gather answers with the new program: %#x", b[0])
	}
	buffer := make([]byte, 2*session.Bulk)
	start := min(variable, zeros) &^ (page - 1)
	if n, err := s.Read(buffer, start); uint64(n) > variable-start && buffer[variable-start] != 0xab {
		t.Errorf("Read answers with the new program: %#x, %v", buffer[variable-start], err)
	}
	_, err := s.Regions()
	wantIs(t, err, session.ErrGone)
	gone(t, s, variable&^(page-1))
}

// Reading goes on in several goroutines while the target runs another program.
func TestExecWhileReading(t *testing.T) {
	sessiontest.Fault(t, "the target runs another program while it is read")
	p := startTarget(t, "-static", "-no-pie")
	addr := p.mapMemory(8<<20, "rw", "")
	p.do("fill %x %x 5a", addr, 8<<20)
	s := attach(t, p.PID)
	results := make(chan error)
	started := make(chan struct{}, 4)
	for range 4 {
		go func() {
			buffer := make([]byte, 1<<20)
			var spans []session.Range
			for first := true; ; first = false {
				var err error
				spans, err = session.ReadSpans(s, buffer, addr, spans[:0])
				if err != nil {
					results <- err
					return
				}
				for _, r := range spans {
					for i := r.Start; i < r.End; i += page {
						if buffer[i-addr] != 0x5a {
							results <- fmt.Errorf("wrong byte %#x at %#x", buffer[i-addr], i)
							return
						}
					}
				}
				if first {
					started <- struct{}{}
				}
			}
		}()
	}
	for range 4 {
		<-started
	}
	p.Send(t, "exec")
	for range 4 {
		if err := <-results; !errors.Is(err, session.ErrGone) {
			t.Error(err)
		}
	}
}

// attachAndTell is what the process of another user does.
func attachAndTell(text string) int {
	pid, _ := strconv.Atoi(text)
	s, err := session.Attach(pid)
	if err != nil {
		var denied *session.PermissionError
		fmt.Printf("denied=%v cause=%v\n%v\n%s\n", errors.As(err, &denied), errors.Is(err, syscall.EACCES), err, session.Hint(err))
		return 0
	}
	defer s.Close()
	_, err = s.Regions()
	fmt.Printf("attached %v\n", err)
	return 0
}

// nobody is the user with no rights.
var nobody = &syscall.Credential{Uid: 65534, Gid: 65534, Groups: []uint32{}}

func TestAttachAsOtherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	binary := sessiontest.BuildC(t, "testdata/target.c")
	start := func(credential *syscall.Credential, commands ...string) int {
		cmd := exec.Command(binary)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
		p := startCommand(t, cmd)
		for _, command := range commands {
			p.ask("%s", command)
		}
		return p.PID
	}
	yama, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	yamaOff := err != nil || string(yama) == "0\n"
	otherGroup := &syscall.Credential{Uid: 65534, Gid: 1, Groups: []uint32{}}
	for _, test := range []struct {
		name string
		pid  int
		caps []uintptr
		want []string
	}{
		{"same user", start(nobody), nil, []string{"attached <nil>"}},
		{"other user", start(nil), nil, []string{"denied=true cause=true", "belongs to root", "sudo"}},
		{"not dumpable", start(nobody, "dumpable 0"), nil, []string{"denied=true", "not dumpable", "sudo"}},
		{"other group", start(otherGroup), nil, []string{"denied=true", "group", "sudo"}},
		{"half the capabilities", start(nil), []uintptr{19}, []string{"denied=true", "files of other users", "cap_dac_override"}},
		{"the capabilities advised", start(nil), []uintptr{19, 1}, []string{"attached <nil>"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "same user" && !yamaOff {
				t.Skip("Yama forbids it")
			}
			sessiontest.Fault(t, "attaching without rights: "+test.name)
			// The link works whoever may enter the folder of the test binary.
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), fmt.Sprintf("QUARRY_TEST_ATTACH=%d", test.pid), "GORACE=atexit_sleep_ms=0")
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody, AmbientCaps: test.caps}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range test.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in:\n%s", want, out)
				}
			}
		})
	}
}

// The files that tell of a process are told of too, in the order they are asked.
func TestExplainTellsOfFiles(t *testing.T) {
	p := startTarget(t)
	var paths []string
	tell := func(c session.Call) {
		file := strings.TrimPrefix(c.Path, fmt.Sprintf("/proc/%d/", p.PID))
		if file != c.Path && file != "mem" && !slices.Contains(paths, file) {
			paths = append(paths, file)
		}
	}
	s := attach(t, p.PID, session.WithExplain(tell))
	if _, err := s.Info(); err != nil {
		t.Fatal(err)
	}
	want := []string{"stat", "pagemap", "exe", "auxv", "maps", "smaps", "status", "cmdline", "cwd", "task"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
}

func TestExplain(t *testing.T) {
	p := startTarget(t)
	var calls []session.Call
	s := attach(t, p.PID, session.WithExplain(func(c session.Call) { calls = append(calls, c) }))
	addr := p.mapMemory(2*session.Bulk, "rw", "")
	if _, err := s.Regions(); err != nil {
		t.Fatal(err)
	}
	calls = nil
	buffer := make([]byte, 2*session.Bulk)
	s.Read(buffer, addr)
	s.Write([]byte("hello"), addr)
	s.Read(buffer[:5], 8)
	s.Gather(buffer[:8], 4, []uint64{addr, addr + page})
	s.Gather(buffer[:4], 4, []uint64{addr + page})
	s.Present(nil, session.Region{Range: session.Range{Start: addr, End: addr + page}})
	var got []string
	for _, c := range calls {
		if c.Addr != 0 { // not the checks that the process is still there
			got = append(got, c.String())
		}
	}
	calls = nil
	s.Explain(nil)
	if s.Read(buffer, addr); len(calls) > 0 {
		t.Errorf("explained after it was turned off: %v", calls)
	}
	mem := fmt.Sprintf("/proc/%d/mem", p.PID)
	want := []string{
		fmt.Sprintf("process_vm_readv process %d, 64 KiB at %#x = 64 KiB (anonymous memory)", p.PID, addr),
		fmt.Sprintf("pwrite64 %s, 5 bytes at %#x = 5 bytes (anonymous memory)", mem, addr),
		fmt.Sprintf("pread64 %s, 5 bytes at 0x8 = EIO, input/output error (in no region of the map)", mem),
		fmt.Sprintf("process_vm_readv process %d, 8 bytes at %#x = 8 bytes (2 addresses at once, this the first)", p.PID, addr),
		fmt.Sprintf("process_vm_readv process %d, 4 bytes at %#x = 4 bytes (anonymous memory)", p.PID, addr+page),
		fmt.Sprintf("ioctl /proc/%d/pagemap at %#x = done (PAGEMAP_SCAN: which pages were ever used?)", p.PID, addr),
	}
	for i := range want {
		// The kernel may have joined the mapping to a neighbour, or not.
		if i >= len(got) || strings.Replace(got[i], ", in one piece", "", 1) != want[i] {
			t.Errorf("call %d:\n got %q\nwant %q", i, got, want[i])
			break
		}
	}
}
