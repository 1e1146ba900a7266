package repl

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"quarry/cmd/internal/vt"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// terminal is a pseudo-terminal with the toy program on it, and what its screen shows.
type terminal struct {
	t        *testing.T
	ptmx, in *os.File // the test's end and the program's
	program  *exec.Cmd
	exited   chan struct{}
	before   unix.Termios

	mu      sync.Mutex
	screen  *vt.Screen
	raw     strings.Builder
	changed chan struct{} // closed when the screen changes
}

// startProgram runs the toy program in a window of the given size. The variables are added to its
// environment.
func startProgram(t *testing.T, window size, variables ...string) *terminal {
	t.Helper()
	ptmx, in, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	term := &terminal{t: t, ptmx: ptmx, in: in, exited: make(chan struct{}), changed: make(chan struct{})}
	term.setSize(window)
	shown := window
	if window.columns == 0 {
		shown = size{80, 24}
	}
	term.screen = vt.New(shown.columns, shown.rows)
	term.before = term.settings()
	term.program = exec.Command(os.Args[0])
	term.program.Env = append(os.Environ(), append(toyVariables(), variables...)...)
	term.program.Stdin, term.program.Stdout, term.program.Stderr = in, in, in
	term.program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := term.program.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(term.show)
	go func() {
		_ = term.program.Wait()
		close(term.exited)
	}()
	t.Cleanup(func() {
		_ = term.program.Process.Kill()
		<-term.exited
		_ = in.Close() // the last descriptor of the program's end: show ends
		reading.Wait()
		_ = ptmx.Close()
	})
	return term
}

// toyVariables make the test binary be the toy program, on a terminal that can do everything. The
// race detector is not to wait before it lets the program end.
func toyVariables() []string {
	return []string{childVariable + "=1", "TERM=xterm", "NO_COLOR=", "GORACE=atexit_sleep_ms=0"}
}

// show draws what the program sends, to the end.
func (term *terminal) show() {
	var chunk [4096]byte
	for {
		n, err := term.ptmx.Read(chunk[:])
		term.mu.Lock()
		_, _ = term.screen.Write(chunk[:n])
		term.raw.Write(chunk[:n])
		close(term.changed)
		term.changed = make(chan struct{})
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// waitFor waits until what the screen shows satisfies ok, which is called with mu held.
func (term *terminal) waitFor(what string, ok func(screen string) bool) {
	term.t.Helper()
	deadline := time.After(patience)
	for {
		term.mu.Lock()
		sent, changed := term.raw.String(), term.changed
		shown := term.screen.String()
		done := ok(shown)
		term.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			term.t.Fatalf("waited in vain for %s; the screen shows:\n%s\nsent: %q", what, shown, sent)
		}
	}
}

// waitForText waits until the screen shows text, but for blanks at its end.
func (term *terminal) waitForText(text string) {
	term.t.Helper()
	text = strings.TrimRight(text, " ")
	term.waitFor(text, func(screen string) bool { return strings.Contains(screen, text) })
}

// waitForScreen waits until the screen shows want and nothing else.
func (term *terminal) waitForScreen(want string) {
	term.t.Helper()
	term.waitFor("the screen\n"+want, func(screen string) bool { return screen == want })
}

// waitForExit waits until the program has ended and checks that the terminal is as it was before.
func (term *terminal) waitForExit() {
	term.t.Helper()
	select {
	case <-term.exited:
	case <-time.After(patience):
		term.t.Fatalf("the program does not end; it sent %q", term.sent())
	}
	if diff := cmp.Diff(term.before, term.settings()); diff != "" {
		term.t.Errorf("the terminal's settings (-before +after):\n%s", diff)
	}
	term.waitFor("the end of bracketed paste", func(string) bool {
		sent := term.raw.String()
		return strings.LastIndex(sent, bracketedPasteOff) >= strings.LastIndex(sent, bracketedPasteOn)
	})
	term.mu.Lock()
	defer term.mu.Unlock()
	if term.screen.Unknown != nil {
		term.t.Errorf("the program sent %q", term.screen.Unknown)
	}
	if strings.Contains(term.raw.String(), "DATA RACE") {
		term.t.Errorf("data race in the program: %q", term.raw.String())
	}
}

// sent is all that the program has sent so far.
func (term *terminal) sent() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.raw.String()
}

func (term *terminal) send(keys string) {
	term.t.Helper()
	if _, err := term.ptmx.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) signal(s os.Signal) {
	term.t.Helper()
	if err := term.program.Process.Signal(s); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) settings() unix.Termios {
	term.t.Helper()
	settings, err := unix.IoctlGetTermios(int(term.in.Fd()), unix.TCGETS)
	if err != nil {
		term.t.Fatal(err)
	}
	return *settings
}

func (term *terminal) setSize(s size) {
	term.t.Helper()
	if err := pty.Setsize(term.ptmx, &pty.Winsize{Rows: uint16(s.rows), Cols: uint16(s.columns)}); err != nil {
		term.t.Fatal(err)
	}
}

// waitUntilDrawn waits until the drawing under way is whole: go-prompt shows the cursor at its end.
func (term *terminal) waitUntilDrawn() {
	term.t.Helper()
	term.waitFor("the end of a drawing", func(string) bool { return strings.HasSuffix(term.raw.String(), "\x1b[?25h") })
}

// resize gives the window another size, which the program is told by SIGWINCH.
func (term *terminal) resize(s size) {
	term.t.Helper()
	term.mu.Lock()
	term.screen.Resize(s.columns, s.rows)
	term.mu.Unlock()
	term.setSize(s)
}

var usual = size{60, 20}

// go-prompt overwrites the settings it saved and leaves the terminal raw; a signal ends it
// without any clean-up.
func TestTerminalIsRestoredOnEveryWayOut(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(*terminal)
		says  string
	}{
		{"exit", func(term *terminal) { term.send("exit\r") }, "bye: <nil>"},
		{"Ctrl-D on an empty line", func(term *terminal) { term.send("\x04") }, "bye: <nil>"},
		{"SIGTERM at the prompt", func(term *terminal) { term.signal(syscall.SIGTERM) }, "bye: context canceled"},
		{"SIGTERM in mid-line", func(term *terminal) {
			term.send("echo")
			term.waitForText("1> echo")
			term.signal(syscall.SIGTERM)
		}, "bye: context canceled"},
		{"SIGHUP in a command", func(term *terminal) {
			term.send("long\r")
			term.waitForText("long begins")
			term.signal(syscall.SIGHUP)
		}, "bye: context canceled"},
		{"panic in a command", func(term *terminal) { term.send("panic\r") }, "told to panic"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			term := startProgram(t, size{120, 60})
			term.waitForText("1> ")
			tt.leave(term)
			term.waitForText(tt.says)
			term.waitForExit()
		})
	}
}

// go-prompt tells the end of the input from an empty line by nothing.
func TestEmptyLinesDoNotLeave(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("\r\r\r")
	term.waitForScreen("1>\n2>\n3>\n4>")
	term.send("\x04")
	term.waitForScreen("1>\n2>\n3>\n4>\nbye: <nil>")
	term.waitForExit()
}

func TestCtrlDDeletesInALine(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("xecho 1\x01\x04\r")
	term.waitForScreen("1> echo 1\necho [\"1\"]\n2>")
	term.send("x\x02\x04\x04") // the second one finds the line empty
	term.waitForText("bye: <nil>")
	term.waitForExit()
}

// go-prompt is in raw mode while a command runs, so that Ctrl-C is no signal.
func TestCtrlCInACommandCancelsOnlyIt(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("long\r")
	term.waitForText("long begins")
	if diff := cmp.Diff(term.before, term.settings()); diff != "" {
		t.Errorf("the terminal's settings (-before +in a command):\n%s", diff)
	}
	term.send("\x03")
	term.waitForText("error: context canceled\n2>")
	term.send("echo on\r")
	term.waitForText(`echo ["on"]`)
	term.send("exit\r")
	term.waitForExit()
}

func TestCtrlCDropsWhatWasPastedBehindTheCommand(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("long\recho never\r")
	term.waitForText("long begins")
	term.send("\x03")
	term.waitForText("2> ")
	term.send("echo then\r")
	term.waitForText(`echo ["then"]`)
	if sent := term.sent(); strings.Contains(sent, "never") {
		t.Errorf("what was pasted behind a cancelled command ran: %q", sent)
	}
	term.send("exit\r")
	term.waitForExit()
}

// go-prompt calls history.Clear at Ctrl-C: that forgets where Up had come to, but no line.
func TestCtrlCAtThePromptClearsTheLine(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("echo 1\r")
	term.waitForText("2> ")
	term.send("ech")
	term.waitForText("echelon") // the drop-down
	term.send("\x03")
	term.waitForScreen("1> echo 1\necho [\"1\"]\n2> ech\n3>")
	term.send("\x1b[A")
	term.waitForText("3> echo 1")
	term.send("\x03")
	term.waitForText("4>")
	term.send("exit\r")
	term.waitForExit()
}

// A signal from outside does the same as the key.
func TestInterruptFromOutsideClearsTheLine(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("zzz")
	term.waitForText("1> zzz")
	term.signal(os.Interrupt)
	term.waitForScreen("1> zzz\n2>")
	term.send("exit\r")
	term.waitForExit()
}

// go-prompt takes several keys that come in one read for text.
func TestSeveralKeysInOneRead(t *testing.T) {
	for _, tt := range []struct{ name, keys, want string }{
		{"paste of three lines", "echo 1\recho 2\necho 3\r", "1> echo 1\necho [\"1\"]\n2> echo 2\necho [\"2\"]\n3> echo 3\necho [\"3\"]\n4>"},
		{"bracketed paste", "\x1b[200~echo 1\t\x032\recho 3\r\x1b[201~", "1> echo 1 2\necho [\"1\" \"2\"]\n2> echo 3\necho [\"3\"]\n3>"},
		{"fast arrows", "echo bc\x1b[D\x1b[D\x1bODa \x1b[F\x1b[C\x1b[Cd\r", "1> echoa  bcd\n2>"},
		{"unknown keys", "echo \x1b[15~\x1b[23;5~\x1bx\x1b[[A\x13\x1b[200;1R1\r", "1> echo 1\necho [\"1\"]\n2>"},
		{"other scripts", "echo é日\x1b[D\x7fx\r", "1> echo x日\necho [\"x日\"]\n2>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			term := startProgram(t, usual)
			term.waitForText("1> ")
			term.send(tt.keys)
			term.waitFor("the screen\n"+tt.want, func(screen string) bool {
				return screen == tt.want
			})
			term.send("\x04")
			term.waitForExit()
		})
	}
}

func TestEditingKeys(t *testing.T) {
	for _, tt := range []struct{ name, keys, want string }{
		{"Home and End", "1\x1b[Hecho \x1b[F2", "12"},
		{"Ctrl-A and Ctrl-E", "1\x01echo \x052", "12"},
		{"Backspace and Delete", "echo 123\x7f\x1b[D\x1b[3~", "1"},
		{"Ctrl-U", "zzz\x15echo 1", "1"},
		{"Ctrl-K", "echo 1 2\x1b[D\x1b[D\x0b", "1"},
		{"Ctrl-W", "echo 1 2\x17\x173", "3"},
		{"by words", "é日 1\x1b[1;5D\x1bb\x1b[1;5D\x1b[1;5Decho \x1b[1;5C\x1bf\x1b[1;5C2", "é日\" \"12"},
		{"delete words of other scripts", "echo 日本 é 1\x1bb\x1bb\x1b\x7f\x1bd", "1"},
		{"Ctrl-Delete", "echo 1 2\x1bb\x1bb\x1b[3;5~", "2"},
		{"Ctrl-F and Ctrl-B", "echo 3\x021\x062", "132"},
		{"Escape", "echo 1\x1b", "1"},
		{"a letter and its accent", "echo ae\u0301b\x1b[D\x1b[Dx\x1b[C\x7fy", "axyb"},
		{"delete a letter and its accent", "echo e\u0301e\u0302\x1b[D\x1b[D\x1b[3~1\x04", "1"},
		{"a family of emoji", "echo 1👨\u200d👩\u200d👧2\x1b[D\x1b[D3\x1b[C\x7f", "132"},
		{"a flag", "echo 🇫🇷1\x02\x022\x06\x08", "21"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			term := startProgram(t, usual)
			term.waitForText("1> ")
			term.send(tt.keys)
			if strings.HasSuffix(tt.keys, "\x1b") {
				term.waitForText("echo 1")
			}
			term.send("\r")
			term.waitForText("2>")
			term.waitFor(tt.want, func(screen string) bool {
				return strings.Contains(screen, `echo ["`+tt.want+`"]`)
			})
			term.send("\x04")
			term.waitForExit()
		})
	}
}

func TestClearScreen(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("echo 1\r")
	term.waitForText("2>")
	term.send("zz\x0c")
	term.waitForScreen("2> zz")
	term.send("\x15exit\r")
	term.waitForExit()
}

func TestSuspendWithoutJobControl(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("echo 1")
	term.waitForText("1> echo 1")
	term.send("\x1a")
	term.waitForScreen("1> echo 1\n1> echo 1")
	term.send("2\r")
	term.waitForText(`echo ["12"]`)
	term.send("exit\r")
	term.waitForExit()
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForScreen("1>")
	term.send("ec")
	term.waitForScreen("1> ec\n      echo     print the words\n      echelon  do nothing")
	term.send("\t")
	term.waitForText("1> echo\n")
	term.send("\t")
	term.waitForText("1> echelon\n")
	term.send("\x1b[Z my")
	term.waitForText("1> echo my\n")
	term.waitForText(" 'my file'  a name with a blank")
	term.send("\t\r")
	term.waitForText("2>")
	term.waitForScreen("1> echo 'my file'\necho [\"my file\"]\n2>")
	term.send("\t") // on the empty line Tab shows what there is, once more chooses
	term.waitForText("print the words")
	term.send("\r")
	term.waitForScreen("1> echo 'my file'\necho [\"my file\"]\n2>\n3>")
	term.send("\t\t\t\t\r")
	term.waitForText("bye: <nil>")
	term.waitForExit()
}

// go-prompt would write the colours whatever NO_COLOR says.
func TestColors(t *testing.T) {
	for _, tt := range []struct{ name, variable, want string }{
		{"colours", "NO_COLOR=", "\x1b[0;30;47m"},
		{"no colours", "NO_COLOR=1", "\x1b[0;7m"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			term := startProgram(t, usual, tt.variable)
			term.waitForText("1> ")
			term.send("ec\t")
			term.waitForText("1> echo\n")
			term.send(" 1\r")
			term.waitForText("2>")
			sent := term.sent()
			if !strings.Contains(sent, tt.want) {
				t.Errorf("the program did not send %q", tt.want)
			}
			colors := regexp.MustCompile("\x1b\\[[0-9;]*[34][0-9]").FindString(sent)
			if (colors == "") != (tt.name == "no colours") {
				t.Errorf("the program sent the colours %q", colors)
			}
		})
	}
}

// go-prompt shows nothing in a window of 0×0 and only "too small" in a low one.
func TestSmallWindows(t *testing.T) {
	t.Run("0x0", func(t *testing.T) {
		t.Parallel()
		term := startProgram(t, size{0, 0})
		term.waitForText("1>")
		term.send("ec")
		term.waitForScreen("1> ec\n      echo     print the words\n      echelon  do nothing")
		term.send("ho 1\r")
		term.waitForText(`echo ["1"]`)
		term.send("exit\r")
		term.waitForExit()
	})
	t.Run("5 rows", func(t *testing.T) {
		t.Parallel()
		term := startProgram(t, size{40, 5})
		term.waitForText("1> ")
		term.send("\t")
		term.waitForScreen("1>\n    echo       print the words\n    echelon    do nothing\n    exit       leave")
		term.send("\t\t\t\t\t\t")
		term.waitForScreen("1> b\n    long       wait for Ctrl-C\n    a          1\n    b          2")
		term.send("\x15echo " + strings.Repeat("x", 60) + "\r")
		term.waitForText("x\"]\n2>")
		term.send("exit\r")
		term.waitForExit()
	})
	t.Run("1 row", func(t *testing.T) {
		t.Parallel()
		term := startProgram(t, size{40, 1})
		term.waitForText("1> ")
		term.send("ec\t\t")
		term.waitForText("1> ec")
		term.send("ho 1\r")
		term.waitForText("2>")
		term.send("exit\r")
		term.waitForExit()
	})
	t.Run("3 columns", func(t *testing.T) {
		t.Parallel()
		term := startProgram(t, size{3, 30})
		term.waitForText("1>")
		term.send("ec\t\t\t\x15exit\r")
		term.waitForExit()
	})
	t.Run("9 columns, scrolled", func(t *testing.T) { // a longer prompt leaves no room: panic
		t.Parallel()
		term := startProgram(t, size{10, 30})
		term.waitForText("1>")
		term.send("\t" + strings.Repeat("\t", 12) + "\x15exit\r")
		term.waitForExit()
	})
}

// A drop-down at the right edge scrolls the last row of the window away.
func TestDropDownInTheCorner(t *testing.T) {
	t.Parallel()
	term := startProgram(t, size{40, 4})
	term.waitForText("1> ")
	term.send("\r\r\r")
	term.waitForScreen("1>\n2>\n3>\n4>")
	term.send("echo 23456789 123456789 123 c")
	want := "4> echo 23456789 123456789 123 c\n" + strings.Repeat(" ", 33) + "c  3"
	term.waitForScreen("3>\n" + want) // of the three rows behind the prompt, one is left free
	term.send("\t")
	term.send("\x1b[D\x1b[C")
	term.send("\r")
	term.waitForText("5>")
	term.send("exit\r")
	term.waitForExit()
}

// Input takes note of the window's size only when it begins.
func TestResizeInMidLine(t *testing.T) {
	for _, tt := range []struct {
		name          string
		to            size
		want, shifted string // shifted when something is typed at the start of the line
	}{
		{"narrower", size{30, 20}, "1> echo 123456789 a 123456789\nb c", "1> xecho 123456789 a 123456789\n b c"},
		{"wider", size{100, 20}, "1> echo 123456789 a 123456789 b c", "1> xecho 123456789 a 123456789 b c"},
		{"lower", size{60, 3}, "1> echo 123456789 a 123456789 b c", "1> xecho 123456789 a 123456789 b c"},
		{"narrower and lower", size{30, 4}, "1> echo 123456789 a 123456789\nb c", "1> xecho 123456789 a 123456789\n b c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			term := startProgram(t, usual)
			term.waitForText("1> ")
			term.send("echo 123456789 c")
			term.waitForText("1> echo 123456789 c\n")
			term.waitForText("3")
			term.send("\x02")
			term.waitForText("print the words")
			term.waitUntilDrawn()
			term.resize(tt.to)
			term.send("a 123456789 b ")
			term.waitFor(tt.want, func(screen string) bool { return strings.HasPrefix(screen, tt.want) })
			if n := strings.Count(term.sent(), bracketedPasteOn); n != 1 {
				t.Errorf("the terminal was set up %d times for one line", n)
			}
			term.send("\x01")
			term.waitForScreen(tt.want)
			term.send("x")
			term.waitForScreen(tt.shifted)
			term.send("\x7f\x05\r")
			term.waitForText("2>")
			term.send("\x1b[A")
			term.waitForText("2> echo 1234")
			term.send("\x15exit\r")
			term.waitForExit()
		})
	}
}

// The terminal breaks the line anew, and the cursor is in its second row then.
func TestResizeThatBreaksTheLine(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("\recho 123456789 123456789 123456789 ")
	term.waitForText("2> echo 123456789 123456789 123456789")
	term.waitUntilDrawn()
	term.resize(size{25, 20})
	term.send("z")
	term.waitForScreen("1>\n2> echo 123456789 1234567\n89 123456789 z")
	term.send("\x15exit\r")
	term.waitForExit()
}

// Run deadlocks when a resize arrives within 12 milliseconds of Enter.
func TestResizesAroundEnter(t *testing.T) {
	t.Parallel()
	term := startProgram(t, size{60, 60})
	term.waitForText("1> ")
	for i := range 8 {
		term.send("echo on\r")
		term.resize(size{60 + i, 60})
		term.resize(size{61 + i, 60})
		term.waitForText(string(rune('2'+i)) + ">")
		if i == 7 {
			break
		}
	}
	term.send("exit\r")
	term.waitForText("bye: <nil>")
	term.waitForExit()
}

// Output of background work would garble the line: it is shown above, and the line goes on.
func TestNoticeWhileTyping(t *testing.T) {
	t.Chdir(t.TempDir()) // names are short
	term := startProgram(t, size{30, 20})
	for i, typed := range []string{"echo 12", "echo 123456789 a 1234567890 12"} {
		term.waitForText(fmt.Sprintf("%d> ", 2*i+1))
		now := fmt.Sprint("now", i)
		term.send("later " + now + "\r")
		term.waitForText(fmt.Sprintf("%d>", 2*i+2))
		term.send(typed + "\x02") // the cursor is before the last character
		term.waitUntilDrawn()
		if err := os.WriteFile(now, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		term.waitForText("notice: " + now + "\n" + fmt.Sprintf("%d> echo 12", 2*i+2))
		term.send("x")
		before, last := typed[:len(typed)-1], typed[len(typed)-1:]
		shown := fmt.Sprintf("%d> %sx%s", 2*i+2, before, last)
		if len(shown) > 30 {
			shown = shown[:30] + "\n" + shown[30:]
		}
		term.waitForText("later " + now + "\nnotice: " + now + "\n" + shown)
		term.send("\r")
		term.waitForText(shown + "\necho [\"")
	}
	term.waitForText("5>")
	if n := strings.Count(term.sent(), bracketedPasteOn); n != 5 {
		t.Errorf("the terminal was set up %d times for four lines, and the one to come", n)
	}
	term.send("exit\r")
	term.waitForExit()
}

// go-prompt forgets which suggestion is selected when it is left: what is to be shown waits.
func TestNoticeWaitsForASelection(t *testing.T) {
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer typed.Close()
	k, err := newKeyboard(in, in)
	if err != nil {
		t.Fatal(err)
	}
	defer k.in.close()
	k.window = windowSize(in)
	for _, key := range []string{"\t", "x"} {
		if _, err := typed.WriteString(key); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Read(); string(got) != key || err != nil {
			t.Errorf("the key is %q, %v; want %q", got, err, key)
		}
		k.request(noticed)
	}
	if got, err := k.Read(); string(got) != keyLeave || k.how != noticed || err != nil {
		t.Errorf("when no suggestion is selected: %q, %v, %v", got, k.how, err)
	}
}

// go-prompt keeps no history and has no Ctrl-R.
func TestHistoryOnATerminal(t *testing.T) {
	t.Parallel()
	history := "TOY_HISTORY=" + filepath.Join(t.TempDir(), "quarry", "history")
	term := startProgram(t, usual, history)
	term.waitForText("1> ")
	term.send("echo 1\rfail\r")
	term.waitForText("error: told to fail\n3>")
	term.send(" echo secret\rfail\r")
	term.waitForText("5>")
	term.send("\x1b[A\x1b[A")
	term.waitForText("5> echo 1")
	term.send("\x15\x1b[B\x1b[B\x15exit\r")
	term.waitForExit()

	term = startProgram(t, usual, history)
	term.waitForText("1> ")
	term.send("ec\x12")
	term.waitForText("1> echo 1")
	term.send("\r")
	term.waitForText(`echo ["1"]`)
	term.send("\x10\x10\r")
	term.waitForText("bye: <nil>")
	term.waitForExit()
}

// A fault in the completion, or one in go-prompt that is not known yet, costs no more than the
// line.
func TestFaultsWhileEditing(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("kaboom\r")
	term.waitForText("completion is off: it failed on \"kaboom\": boom\n2>")
	term.send("break\r")
	term.waitForText("3>")
	term.send("abc\x01")
	term.waitForText("line editing is off: it failed: broken\n4>")
	term.send("echo 1\r")
	term.waitForText("4> echo 1\necho [\"1\"]\n5>")
	term.send("\x03")
	term.waitForText("6>")
	term.send("\x04")
	term.waitForText("bye: <nil>")
	term.waitForExit()
}

// New leaves a descriptor of /dev/tty open that child processes would inherit.
func TestNoDescriptorIsHandedDown(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual)
	term.waitForText("1> ")
	term.send("ttys\r")
	term.waitForText("0 descriptors of /dev/tty are handed down")
	term.send("exit\r")
	term.waitForExit()
}

func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	term := startProgram(t, usual, "TERM=dumb")
	term.waitForText("1> ")
	term.send("echo 1\r")
	term.waitForScreen("1> echo 1\necho [\"1\"]\n2>")
	term.send("zzz\x03")
	term.waitForText("3>")
	term.send("\x04")
	term.waitForText("3>\nbye: <nil>")
	if sent := term.sent(); strings.Contains(sent, "\x1b") {
		t.Errorf("escape sequences were sent to a dumb terminal: %q", sent)
	}
	term.waitForExit()
}

// A terminal that goes away ends the program.
func TestHangUp(t *testing.T) {
	t.Parallel()
	ptmx, in, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	defer in.Close()
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), toyVariables()...)
	program.Stdin, program.Stdout, program.Stderr = in, in, in
	program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	prompt := make([]byte, 1)
	if _, err := ptmx.Read(prompt); err != nil {
		t.Error(err)
	}
	_ = ptmx.Close()
	timer := time.AfterFunc(patience, func() { _ = program.Process.Kill() })
	defer timer.Stop()
	if err := program.Wait(); err != nil && !strings.Contains(err.Error(), "hangup") {
		t.Errorf("the program ended with %v", err)
	}
}
