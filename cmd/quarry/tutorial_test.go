package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pupil goes through lessons by a pipe: reads what quarry shows, and types.
type pupil struct {
	t     *testing.T
	cmd   *exec.Cmd
	keys  io.WriteCloser
	lines chan string
	seen  strings.Builder
}

// newPupil runs a prepared command, which is a tutorial.
func newPupil(t *testing.T, cmd *exec.Cmd) *pupil {
	t.Helper()
	p := &pupil{t: t, cmd: cmd, lines: make(chan string)}
	var err error
	if p.keys, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = write
	err = cmd.Start()
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		defer out.Close()
		for scan := bufio.NewScanner(out); scan.Scan(); {
			select {
			case p.lines <- scan.Text():
			case <-t.Context().Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return p
}

// line types a line and waits for one that matches, of which it returns the
// first group.
func (p *pupil) line(line, want string) string {
	p.t.Helper()
	p.seen.WriteString("> " + line + "\n")
	if _, err := io.WriteString(p.keys, line+"\n"); err != nil {
		p.t.Fatalf("%s: %v after\n%s", line, err, &p.seen)
	}
	return p.wait(want)
}

// wait waits for a line that matches and returns the first group.
func (p *pupil) wait(want string) string {
	p.t.Helper()
	pattern := regexp.MustCompile(want)
	late := time.After(patience)
	for {
		select {
		case line, more := <-p.lines:
			if !more {
				p.t.Fatalf("quarry has ended; wanted %q after\n%s", want, &p.seen)
			}
			p.seen.WriteString(line + "\n")
			if match := pattern.FindStringSubmatch(line); len(match) > 1 {
				return match[1]
			} else if match != nil {
				return match[0]
			}
		case <-late:
			p.t.Fatalf("waited in vain for %q after\n%s", want, &p.seen)
		}
	}
}

// end ends the input and returns the exit code.
func (p *pupil) end() int {
	p.t.Helper()
	_ = p.keys.Close()
	for line := range p.lines {
		p.seen.WriteString(line + "\n")
	}
	return waitForCode(p.t, p.cmd)
}

// hunt narrows to the number that a screen shows, until one match is left, and
// writes another. shown matches the line of the screen with the number, search
// are the flags of the first search.
func (p *pupil) hunt(shown, search, write string) {
	p.t.Helper()
	number := p.line("screen", shown)
	left := p.line("find "+number+" "+search, `^([\d,]+) match`)
	for range 12 {
		if left == "1" {
			p.line(write, shown)
			return
		}
		number = p.line("step", shown)
		left = p.line("narrow "+number, `^([\d,]+) match`)
	}
	p.t.Fatalf("%s matches are left\n%s", left, &p.seen)
}

// lessons are what a pupil does in each lesson, by its number less one.
var lessons = []func(*pupil){
	func(p *pupil) {
		where := p.line("screen", `8 bytes at (0x[0-9a-f]+): nobody`)
		p.line("set "+where+" 0x1000 -t u64", `0x1000, that is wrong$`)
		begin := p.line("maps --in heap", `^(0x[0-9a-f]+)-.*\[heap\]`)
		p.line("set "+where+" "+begin+" -t u64", `that is right$`)
	},
	func(p *pupil) {
		name := p.line("screen", `Good morning, (.*)!`)
		p.line("replace "+name+" Ada --in heap", `Good morning, Ada!`)
	},
	func(p *pupil) { p.hunt(`Score (\d+)`, "--in heap", "set 1 9999") },
	func(p *pupil) {
		length := func(line string) int { return strings.Count(p.line(line, `Energy \[(.*)\]`), "#") }
		before := length("screen")
		p.line("find unknown -t i32 --in heap --limit 1", `^[\d,]+ matches`)
		for range 12 {
			now, direction := length("step"), "down"
			if now > before {
				direction = "up"
			}
			before = now
			if p.line("narrow "+direction+" --limit 1", `^([\d,]+) match`) == "1" {
				break
			}
		}
		p.line("set 1 1000", `Energy \[#{20}\]`)
	},
	func(p *pupil) {
		p.hunt(`Speed ([\d.]+) m/s`, "-t f32 --in heap", "set 1 400")
		p.hunt(`Fuel +([\d.]+) l`, "-t f64 --in heap", "set 1 600")
	},
	func(p *pupil) {
		p.hunt(`You owe (-?\d+) coins`, "--stored -v --in heap", "set 1 0")
		p.hunt(`Your gold weighs (\d+) kg`, "--stored v*10 --in heap", "set 1 900")
	},
	func(p *pupil) {
		p.hunt(`Power +(\d+)`, "--in heap", "set 1 700")
		p.line("freeze 1 700", `frozen \(lock\)`)
		for began := time.Now(); time.Since(began) < patience; time.Sleep(200 * time.Millisecond) {
			if full := p.line("screen", `Charge \[(.*)\]`); full == strings.Repeat("#", 20) {
				return
			}
		}
	},
	func(p *pupil) {
		coins := p.line("screen", `holds (\d+) coins`)
		address := p.line("find "+coins+" --in heap", `^ *1 +(0x[0-9a-f]+) `)
		way := p.line("find "+address+" -t u"+strconv.Itoa(strconv.IntSize)+" --in data", `^ *1 .*(quarry\+0x[0-9a-f]+)`)
		p.line("label ["+way+"] gold -t i32", `^gold `)
		p.line("set gold 1000000", `holds 1000000 coins`)
		p.line("save gold.toml", `^save: 1 entry`)
		if again := p.line("restart", `Run 2: the vault holds (\d+) coins`); again != coins {
			p.t.Errorf("the restarted program has %s coins", again)
		}
		if p.line("find "+coins+" --in heap", `^ *1 +(0x[0-9a-f]+) `) == address {
			p.t.Error("the coins are where they were")
		}
		p.line("patch apply gold.toml", `holds 1000000 coins`)
	},
	func(p *pupil) {
		health := p.line("screen", `Run 1: health (\d+)`)
		left := p.line("find "+health+" --in heap", `^([\d,]+) match`)
		for left != "1" {
			health = p.line("step", `health (\d+)`)
			left = p.line("narrow "+health, `^([\d,]+) match`)
		}
		p.line("watch 1 --hits 1 --for 1m"+tracing(p.t), `^hit1 +\d+  \S+\+0x`)
		p.line("nop hit1", `^nop 0x`)
		p.line("step", `Run 1: health `+health+"$")
		p.line("save calm.toml", `^save: 1 entry`)
		p.line("restart", `Run 2: health 250`)
		p.line("step", `Run 2: health 239`)
		p.line("patch apply calm.toml", `^calm.toml: applied`)
		p.line("step", `health 239`)
	},
}

// tracing returns the flag that watch needs where the kernel refuses performance
// events, as containers often do.
func tracing(t *testing.T) string {
	t.Helper()
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_DUMMY, Bits: unix.PerfBitExcludeKernel}
	fd, err := unix.PerfEventOpen(&attr, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	level, _ := os.ReadFile("/proc/sys/kernel/perf_event_paranoid") // it may not be there
	if n, _ := strconv.Atoi(strings.TrimSpace(string(level))); err != nil || n > 2 {
		return " --trace"
	}
	_ = unix.Close(fd)
	return ""
}

// Every lesson can be done, one after the other, with what can be read on the
// way, as an ordinary user too and with no program to be found.
func TestTutorialLessons(t *testing.T) {
	for _, tt := range []struct {
		name string
		as   func(*testing.T, *exec.Cmd) *exec.Cmd
	}{
		{"as this user", func(_ *testing.T, cmd *exec.Cmd) *exec.Cmd { return cmd }},
		{"as nobody", asNobody},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "tutorial")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			cmd := tt.as(t, quarryCommand(t, "tutorial"))
			cmd.Env = []string{"PATH=", "GORACE=atexit_sleep_ms=0", "XDG_STATE_HOME=" + filepath.Join(dir, "state")}
			cmd.Dir = dir
			p := newPupil(t, cmd)
			for i, do := range lessons {
				p.wait(fmt.Sprintf("^Lesson %d of %d: ", i+1, len(lessons)))
				do(p)
				p.wait(fmt.Sprintf("^★ Lesson %d is done", i+1))
				if i+1 < len(lessons) {
					if _, err := io.WriteString(p.keys, "next\n"); err != nil {
						t.Fatal(err)
					}
				}
			}
			p.line("lessons", "✓ 9  The code that takes your health")
			if code := p.end(); code != 0 {
				t.Errorf("exit code %d\n%s", code, &p.seen)
			}
			file := filepath.Join(dir, "state", "quarry", "tutorial")
			data, err := os.ReadFile(file)
			if want := "maps\nstring\nexact\nunknown\nfloats\nstored\nfreeze\nlast\ncode\n"; err != nil || string(data) != want {
				t.Errorf("progress %q, %v, want %q", data, err, want)
			}
			for path, want := range map[string]fs.FileMode{file: 0o600, filepath.Dir(file): 0o700 | fs.ModeDir} {
				if info, err := os.Stat(path); err != nil || info.Mode() != want {
					t.Errorf("%s: %v, %v, want %v", path, info, err, want)
				}
			}
		})
	}
}

// From -e, the exit code tells whether the goal was reached.
func TestTutorialExitCode(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string // on standard error
	}{
		{"reached", []string{"2", "-e", "replace stranger Ada --in heap"}, 0, ""},
		{"reached and more", []string{"2", "-e", "replace stranger Ada --in heap", "-e", "undo", "-e", "step"}, 0, ""},
		{"not reached", []string{"2", "-e", "step", "-e", "hint"}, 3, "quarry: the goal of lesson 2 is not reached\n"},
		{"a line fails", []string{"2", "-e", "find nobody --in heap", "-e", "replace stranger Ada --in heap"}, 3, ""},
		{"longer than there is room", []string{"2", "-e", "replace stranger Bartholomew --in heap"}, 2, "only 8 fit\n"},
		{"the program ends", []string{"3", "-e", "detach", "-e", "find 100"}, 2, "no process is attached\n"},
		{"charged after the last line", []string{"7", "-e", "find 131 --in heap", "-e", "step", "-e", "narrow 148", "-e", "freeze 1 700 --interval 1ms"}, 0, ""},
		{"last lesson", []string{"9", "-e", "next"}, 2, "this is the last lesson\n"},
		{"another lesson", []string{"8", "-e", "tutorial 2", "-e", "replace stranger Ada --in heap"}, 0, ""},
		{"another that does not exist", []string{"8", "-e", "tutorial 0"}, 2, "quarry: no lesson is called \"0\"\n"},
		{"no such lesson", []string{"10"}, 2, "quarry: no lesson is called \"10\"\n"},
		{"a process", []string{"2", "-p", "1"}, 2, ""},
		{"list", []string{"--list"}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := runQuarry(t, append([]string{"tutorial"}, tt.args...)...)
			if got.Code != tt.code || !strings.Contains(got.Stderr, tt.says) {
				t.Errorf("exit code %d, want %d\n%s%s", got.Code, tt.code, got.Stdout, got.Stderr)
			}
		})
	}
	t.Run("no lines", func(t *testing.T) {
		t.Parallel()
		if got := runQuarry(t, "tutorial"); got.Code != 3 || !strings.Contains(got.Stdout, "Lesson 1 of 9") {
			t.Errorf("outcome %+v", got)
		}
	})
}

// The last two lessons are about a patch file that was saved before: what is done
// by hand after restart does not count, nor what a file of this run does.
func TestTutorialNeedsPatchFile(t *testing.T) {
	t.Parallel()
	cmd := quarryCommand(t, "tutorial", "8")
	cmd.Dir = t.TempDir()
	var said strings.Builder
	cmd.Stderr = &said
	p := newPupil(t, cmd)
	coins := p.wait(`Run 1: the vault holds (\d+) coins`)
	p.line("restart", `Run 2: the vault holds `+coins+` coins`)
	p.line("find "+coins+" --in heap", `^1 match`)
	p.line("label 1 gold", "^gold ")
	p.line("set gold 1000000", `holds 1000000 coins`)
	p.line("save gold.toml", `^save: 1 entry`)
	p.line("undo", `holds `+coins+` coins`)
	p.line("patch apply gold.toml", `holds 1000000 coins`)
	if code := p.end(); code != 3 || strings.Contains(p.seen.String(), "★") {
		t.Errorf("exit code %d\n%s", code, &p.seen)
	}
	if n := strings.Count(said.String(), "not quite: "); n != 1 {
		t.Errorf("told %d times:\n%s", n, &said)
	}
}

// Three hints, each a line, the last again and again; and all of it as JSON.
func TestTutorialHintsAndJSON(t *testing.T) {
	t.Parallel()
	got := runQuarry(t, "tutorial", "2", "--json", "-e", "hint", "-e", "hint", "-e", "hint", "-e", "hint", "-e", "lessons", "-e", "replace stranger Ada --in heap")
	var hints []int
	for line := range strings.Lines(got.Stdout) {
		var fields struct{ Hint int }
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if fields.Hint > 0 {
			hints = append(hints, fields.Hint)
		}
	}
	if got.Code != 0 || fmt.Sprint(hints) != "[1 2 3 3]" || !strings.Contains(got.Stdout, `{"lesson":2,"reached":true,`) {
		t.Errorf("hints %v of %+v", hints, got)
	}
}

// Each call is told once for a line, unless the person wants none.
func TestTutorialNarration(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--explain=false"}} {
		got := runQuarry(t, append([]string{"tutorial", "2", "-e", "replace stranger Ada --in heap"}, args...)...)
		writes := strings.Count(got.Stderr, "  pwrite64 /proc/")
		checks := strings.Count(got.Stderr, "is it still there?")
		if want := 1 - len(args); got.Code != 0 || writes != want || checks != want {
			t.Errorf("%v: %d writes and %d checks told, want %d:\n%s", args, writes, checks, want, got.Stderr)
		}
	}
}

// pidfdOf returns a descriptor of a process, and kills it when the test ends.
func pidfdOf(t *testing.T, pid string) child {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) // it may have ended
		_ = unix.Close(fd)
	})
	return child{t, n, fd}
}

// Whatever ends quarry, the program of the lesson ends too.
func TestTutorialLeavesNothingBehind(t *testing.T) {
	signal := func(s syscall.Signal) func(*pupil) { return func(p *pupil) { _ = p.cmd.Process.Signal(s) } }
	for name, leave := range map[string]func(*pupil){
		"end of the input": func(p *pupil) { p.end() },
		"an error":         func(p *pupil) { _, _ = io.WriteString(p.keys, "nonsense\n") },
		"detached":         func(p *pupil) { p.line("detach", "detach: greeter"); p.end() },
		"next":             func(p *pupil) { p.line("skip", "Lesson 3 of 9") },
		"restarted":        func(p *pupil) { p.line("restart", "Good morning") },
		"interrupt":        signal(syscall.SIGINT),
		"termination":      signal(syscall.SIGTERM),
		"hang-up":          signal(syscall.SIGHUP),
		"kill":             signal(syscall.SIGKILL),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPupil(t, quarryCommand(t, "tutorial", "2"))
			p.wait("Good morning")
			target := pidfdOf(t, p.line("info", `^process +(\d+) greeter`))
			leave(p)
			if !target.ended(int(patience.Milliseconds())) {
				t.Error("the program of the lesson goes on")
			}
		})
	}
}

// A program that a person broke is started again.
func TestTutorialProgramEnds(t *testing.T) {
	t.Parallel()
	p := newPupil(t, quarryCommand(t, "tutorial", "3"))
	p.wait("Score 100")
	target := pidfdOf(t, p.line("info", `^process +(\d+) score`))
	if err := unix.PidfdSendSignal(target.fd, unix.SIGKILL, nil, 0); err != nil {
		t.Fatal(err)
	}
	target.ended(int(patience.Milliseconds()))
	p.line("restart", "Score 100")
	p.hunt(`Score (\d+)`, "--in heap", "set 1 5000")
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, &p.seen)
	}
}

// A lesson on a terminal, where the screen of the program never comes in the
// middle of what is typed.
func TestTerminalTutorial(t *testing.T) {
	t.Parallel()
	w := openWindow(t, quarryCommand(t, "tutorial", "3"))
	match := w.waitMatch(regexp.MustCompile(`(?s)Goal: a score of 5000 or more\n.*│ Score 100\n.*score\[(\d+)\]> $`))
	target := pidfdOf(t, match[1])
	w.press("hi")
	w.waitMatch(regexp.MustCompile(`hint +Help with this lesson`))
	w.press(ctrlU)
	w.line("hint", "hint 1 of 3: ")
	w.line("100 --in heap", "matches of = 100")
	if answer := w.answer(); !strings.Contains(answer, "(the heap)") {
		t.Errorf("the calls are not told: %q", answer)
	}
	w.line("step", "│ Score 93")
	w.line("93", "1 match of = 93")
	w.waitPrompt(fmt.Sprintf("score[%d] 1> ", target.pid))
	w.line("set 1 6000", "│ Score 6000\n★ Lesson 3 is done.")
	w.line("next", "Lesson 4 of 9")
	w.waitMatch(regexp.MustCompile(`bar\[\d+\]> $`))
	if !target.ended(int(patience.Milliseconds())) {
		t.Error("the program of lesson 3 goes on")
	}
	match = w.waitMatch(regexp.MustCompile(`bar\[(\d+)\]> $`))
	target = pidfdOf(t, match[1])
	if err := unix.PidfdSendSignal(target.fd, unix.SIGKILL, nil, 0); err != nil {
		t.Fatal(err)
	}
	target.ended(int(patience.Milliseconds()))
	w.line("step", "quarry: the program has ended\nhint: restart starts it again")
	if n := strings.Count(w.answer(), "has ended"); n != 1 {
		t.Errorf("the end is told %d times: %q", n, w.answer())
	}
	w.leave() // a lesson that is left is no failure
}
