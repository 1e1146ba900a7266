package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"quarry/session/sessiontest"
)

// A shell that a person types at keeps what was typed, and strings finds it.
func TestStringsOfABash(t *testing.T) {
	sessiontest.NeedTool(t, "bash", "bash")
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ptmx.Close()
	shell := exec.Command("bash", "--norc", "--noprofile", "-i")
	shell.Env = []string{"PATH=" + os.Getenv("PATH"), "HISTFILE=/dev/null", "TERM=dumb", "HOME=" + t.TempDir()}
	shell.Stdin, shell.Stdout, shell.Stderr = tty, tty, tty
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	defer func() {
		_ = shell.Process.Kill()
		_ = shell.Wait()
	}()
	const command = "echo the owl $((6*7)) flies at night"
	if _, err := ptmx.WriteString(command + "\n"); err != nil {
		t.Fatal(err)
	}
	var shown []byte
	for chunk := make([]byte, 4096); !bytes.Contains(shown, []byte("the owl 42 flies")); {
		if err := ptmx.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Log(err) // then the test's own time limit holds
		}
		n, err := ptmx.Read(chunk)
		if err != nil {
			t.Fatalf("%v after %q", err, shown)
		}
		shown = append(shown, chunk[:n]...)
	}
	got := runQuarry(t, "-p", strconv.Itoa(shell.Process.Pid), "strings", "--in", "heap")
	if got.Code != 0 || !regexp.MustCompile(`(?m)^0x[0-9a-f]+  `+regexp.QuoteMeta(command)+"$").MatchString(got.Stdout) {
		t.Errorf("exit code %d, %s; the command is not in\n%s", got.Code, got.Stderr, got.Stdout)
	}
}

// gdb reads the same bytes in a core file as hex in the process.
func TestGDBReadsWhatHexShows(t *testing.T) {
	sessiontest.NeedTool(t, "gdb", "gdb")
	p := sessiontest.Start(t, sessiontest.BuildC(t, "../../examples/hello/loop.c"))
	p.WaitLine(t, "String 1")
	pid := strconv.Itoa(p.PID)
	core := filepath.Join(t.TempDir(), "core")
	if got := runQuarry(t, "-p", pid, "dump", "--core", "-o", core); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, place := range []string{"heap+0x2a0", "stack+0x1f000"} {
		var dump struct{ Address, Bytes string }
		got := runQuarry(t, "-p", pid, "hex", place, "16", "--json")
		if err := json.Unmarshal([]byte(got.Stdout), &dump); err != nil {
			t.Fatalf("%v in %+v", err, got)
		}
		gdb := exec.Command("gdb", "-batch", "-nx", "-ex", "x/16xb "+dump.Address, "-c", core)
		gdb.Env = append(os.Environ(), "DEBUGINFOD_URLS=")
		out, err := gdb.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var read strings.Builder
		for _, b := range regexp.MustCompile(`\t0x([0-9a-f]{2})\b`).FindAllSubmatch(out, -1) {
			read.Write(b[1])
		}
		if read.String() != dump.Bytes {
			t.Errorf("%s: gdb reads %s, hex shows %s\n%s", place, read.String(), dump.Bytes, out)
		}
	}
}

// A dump of a process that ends, or one that is broken off, leaves no file.
func TestDumpLeavesNoPart(t *testing.T) {
	for _, test := range []struct {
		name   string
		end    func(target *sessiontest.Proc, quarry *os.Process)
		code   int
		stderr string
	}{
		{"the process ends", func(target *sessiontest.Proc, _ *os.Process) { target.Kill() }, 5, " has ended"},
		{"Ctrl-C", func(_ *sessiontest.Proc, quarry *os.Process) { _ = quarry.Signal(os.Interrupt) }, 1, "interrupted"},
		{"SIGTERM", func(_ *sessiontest.Proc, quarry *os.Process) { _ = quarry.Signal(syscall.SIGTERM) }, 1, "interrupted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sessiontest.Fault(t, test.name+" while a core file is written")
			target := sessiontest.Start(t, sessiontest.BuildC(t, "../../search/testdata/memory.c", "-O2"), "256", "random")
			target.Line(t)
			dir := t.TempDir()
			quarry := quarryCommand(t, "-p", strconv.Itoa(target.PID), "dump", "--core", "-o", filepath.Join(dir, "core"))
			var stderr bytes.Buffer
			quarry.Stderr = &stderr
			if err := quarry.Start(); err != nil {
				t.Fatal(err)
			}
			for began := time.Now(); ; time.Sleep(time.Millisecond / 4) { // until it has begun to write
				parts, _ := filepath.Glob(filepath.Join(dir, ".quarry-*"))
				if len(parts) > 0 {
					break
				}
				if time.Since(began) > patience {
					t.Fatal("nothing is written")
				}
			}
			test.end(target, quarry.Process)
			code := waitForCode(t, quarry)
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if code == 0 && len(entries) == 1 {
				t.Skip("it was done before it could be stopped")
			}
			if code != test.code || len(entries) != 0 || !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("exit code %d, %q, files %v", code, stderr.String(), entries)
			}
		})
	}
}

// On a terminal what is followed is drawn anew in its place, with as many bytes
// in a line as there is room for, until Ctrl-C, which is no failure.
func TestFollowOnATerminal(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, "../../search/testdata/memory.c", "-O2"), "1", "zeros")
	at := p.Line(t)
	quarry := quarryCommand(t, "-p", strconv.Itoa(p.PID), "hex", at, "24", "--follow", "--interval", "10ms")
	w := openWindow(t, quarry)
	w.waitMatch(regexp.MustCompile(regexp.QuoteMeta(at) + " 00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00 \\.{16}"))
	p.Ask(t, "change 1048576")
	w.wait(at + "*01 00 00")
	w.mu.Lock()
	redrawn := bytes.Contains(w.shown, []byte("\x1b[2A\x1b[J"))
	w.mu.Unlock()
	if !redrawn {
		t.Error("the lines are not drawn in place")
	}
	w.press(ctrlC)
	if code := waitForCode(t, quarry); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Every verb that looks answers with JSON, line by line.
func TestLookingAsJSON(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, "../../examples/hello/loop.c"))
	p.WaitLine(t, "String 1")
	for _, line := range []string{
		"read heap+0x2a0 -t string", "read heap -t bytes --count 3", "read stack -t any", "read stack --pointer --count 100", "read heap -t f64 --count 99",
		"hex heap 4KiB --pointers", "hex heap+0x20ff0 64", "strings --in all --utf16", "hex heap --follow --for 50ms --interval 10ms",
		"dump heap 64 -o " + filepath.Join(t.TempDir(), "x"), "dump --in stack -o " + filepath.Join(t.TempDir(), "x"),
	} {
		got := runQuarry(t, append(strings.Fields(line), "--json", "-p", fmt.Sprint(p.PID))...)
		lines := strings.Split(strings.TrimSuffix(got.Stdout, "\n"), "\n")
		for _, answer := range lines {
			if !json.Valid([]byte(answer)) || !strings.HasPrefix(answer, "{") {
				t.Errorf("%s: %q is no JSON", line, answer)
			}
		}
		if got.Code != 0 || got.Stderr != "" {
			t.Errorf("%s: exit code %d, %s", line, got.Code, got.Stderr)
		}
	}
}

// What --explain tells of a read can be repeated by hand with dd.
func TestNarratedReadsRepeatByHand(t *testing.T) {
	t.Parallel()
	target := startNamed(t, "byhand", "../../examples/hello/loop.c")
	target.WaitLine(t, "String 2")
	told := runQuarry(t, "-p", strconv.Itoa(target.PID), "hex", "heap+0x2a0", "16", "--explain")
	if told.Code != 0 {
		t.Fatal(told.Stderr)
	}
	read := regexp.MustCompile(`(?m)^  (?:pread64 /proc/(\d+)/mem|process_vm_readv.*?), (\d+) (bytes|KiB|MiB) at (0x[0-9a-f]+) = (\d+ \w+)`)
	calls := read.FindAllStringSubmatch(told.Stderr, -1)
	found := false
	for _, call := range calls {
		if call[1] != strconv.Itoa(target.PID) {
			t.Errorf("%s is not of the process", call[0])
		}
		count, _ := strconv.Atoi(call[2])
		count <<= map[string]int{"bytes": 0, "KiB": 10, "MiB": 20}[call[3]]
		// The command is that of help explain.
		line := fmt.Sprintf("dd if=/proc/%d/mem iflag=skip_bytes,count_bytes skip=$((%s)) count=%d status=none", target.PID, call[4], count)
		got, err := exec.Command("sh", "-c", line).Output()
		if err != nil || len(got) != count {
			t.Errorf("%s: %d bytes, %v", line, len(got), err)
		}
		found = found || count == 16 && bytes.HasPrefix(got, []byte("String 1\x00"))
	}
	if !found {
		t.Errorf("the read of the 16 bytes is not told: %s", told.Stderr)
	}
}

// variablesSource has variables of all sizes, and pointers.
const variablesSource = `
#include <stdio.h>
int lives = 3;
long long gold = 5000000000;
int many[4] = {11, 12, 13, 14};
int *points = &lives;
int *into = &many[1];
int main(void);
int (*code)(void) = main;
static signed char alone = -5;
short half = -300;
int main(void) {
	puts("ready");
	fflush(stdout);
	getchar();
	return alone;
}
`

// A variable that is named is read as wide as it is, and pointers tell to which
// variable or function they lead.
func TestSymbolsTellSizesAndTargets(t *testing.T) {
	t.Parallel()
	target := startNamed(t, "variables", variablesSource)
	target.WaitLine(t, "ready")
	pid := strconv.Itoa(target.PID)
	read := func(verb string, args ...string) string {
		t.Helper()
		got := runQuarry(t, append([]string{"-p", pid, verb}, args...)...)
		if got.Code != 0 {
			t.Fatalf("%v: %+v", args, got)
		}
		return got.Stdout
	}
	for _, test := range []struct{ ref, want string }{
		{"&alone", `i8 +-5\n`},
		{"half", `i16 +-300\n`},
		{"&variables:gold", `i64 +5000000000\n`},
		{"&lives", `i32 +3\n`},
		{"&many", `i32 +11\n`},
		{"&gold+0", `i32 +705032704\n`},
		{"[&points]", `i32 +3\n`},
	} {
		if got := read("read", test.ref); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("read %s is %q, want %s", test.ref, got, test.want)
		}
	}
	if got := read("read", "&gold", "-t", "u8"); !strings.HasSuffix(got, "u8  0\n") {
		t.Errorf("with a type: %q", got)
	}
	if got := read("monitor", "&gold,&alone", "--csv", "-", "--for", "1ms"); !strings.Contains(got, ",5000000000,-5\n") {
		t.Errorf("monitor records %q", got)
	}
	for ref, want := range map[string]string{"&points": "lives", "&into": "many+0x4", "&code": "main"} {
		if got := read("read", ref, "--pointer"); !strings.HasSuffix(got, " -> "+want+"\n") {
			t.Errorf("read %s --pointer is %q, want %s", ref, got, want)
		}
		if got := read("hex", ref, "8", "--pointers"); !strings.HasSuffix(got, "  -> "+want+"\n") {
			t.Errorf("hex %s --pointers is %q, want %s", ref, got, want)
		}
	}
	var answer struct{ Pointers []map[string]string }
	if err := json.Unmarshal([]byte(read("hex", "&points", "8", "--pointers", "--json")), &answer); err != nil {
		t.Fatal(err)
	}
	if p := answer.Pointers[0]; p["name"] != "lives" || !strings.HasPrefix(p["place"], "variables+0x") {
		t.Errorf("%v", p)
	}
}

// hex --follow ends with the process, and with the exit code that this has for
// all that look again and again.
func TestHexEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, source string
		end          func(*sessiontest.Proc)
		want         string
	}{
		{"it ends", pointerSource, func(p *sessiontest.Proc) { p.Kill() }, " has ended"},
		{"it execs", execSource, func(p *sessiontest.Proc) { p.Send(t, "") }, " runs another program now"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			target := startNamed(t, "followed", test.source)
			target.WaitLine(t, "ready")
			quarry := quarryCommand(t, "-p", strconv.Itoa(target.PID), "hex", "stack", "16", "--follow", "--interval", "5ms")
			var stderr bytes.Buffer
			quarry.Stderr = &stderr
			stdout, err := quarry.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := quarry.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := stdout.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			test.end(target)
			code := waitForCode(t, quarry)
			want := fmt.Sprintf("quarry: followed (%d)%s\n", target.PID, test.want)
			if code != 5 || stderr.String() != want {
				t.Errorf("exit code %d, %q, want 5 and %q", code, stderr.String(), want)
			}
		})
	}
}

// execSource becomes another program after a line of input.
const execSource = `
#include <stdio.h>
#include <unistd.h>
int main(void) {
	puts("ready");
	fflush(stdout);
	getchar();
	execlp("cat", "cat", (char *)0);
}
`

// pointerSource has a pointer that leads elsewhere after each line of input.
const pointerSource = `
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
int main(void) {
	char *memory = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	strcpy(memory + 0x100, "the first place");
	strcpy(memory + 0x200, "another place");
	*(char **)memory = memory + 0x100;
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF) {
		*(char **)memory = memory + 0x200;
		puts("moved");
		fflush(stdout);
	}
}
`

// What is followed through a pointer is found where the pointer leads now.
func TestHexFollowsAPointer(t *testing.T) {
	t.Parallel()
	target := startNamed(t, "pointer", pointerSource)
	target.WaitLine(t, "ready")
	w := attachWindow(t, target.PID)
	w.press("hex [0x10000000] 16 --follow --interval 10ms", enter)
	w.wait("0x10000100")
	target.Send(t, "")
	w.wait("0x10000200")
	w.wait("another place")
	w.press(ctrlC)
	w.waitPrompt("> ")
	w.leave()
}
