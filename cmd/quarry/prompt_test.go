package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	runewidth "github.com/mattn/go-runewidth"
)

// attachSized runs quarry attach in a window of a size, with variables and
// arguments of its own.
func attachSized(t *testing.T, pid, columns, rows int, variables []string, args ...string) *window {
	t.Helper()
	cmd := quarryCommand(t, append([]string{"attach", strconv.Itoa(pid)}, args...)...)
	cmd.Env = append(cmd.Env, variables...)
	w := openSized(t, cmd, columns, rows)
	w.wait(fmt.Sprintf("[%d]", pid))
	w.waitMatch(regexp.MustCompile("> $"))
	return w
}

// seen is what the window shows.
func (w *window) seen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.screen.String()
}

// sent is all that the terminal was sent.
func (w *window) sent() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.shown)
}

// waitSeen waits until the window shows what matches.
func (w *window) waitSeen(want string) {
	w.t.Helper()
	re := regexp.MustCompile(want)
	w.until(func() bool { return re.MatchString(w.seen()) }, want)
}

// resize gives the window another size.
func (w *window) resize(columns, rows int) {
	w.t.Helper()
	w.mu.Lock()
	w.screen.Resize(columns, rows)
	w.mu.Unlock()
	if err := pty.Setsize(w.ptmx, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)}); err != nil {
		w.t.Fatal(err)
	}
}

// Each kind of position in a line has its completions, with a line on each.
func TestTerminalCompletesEveryPosition(t *testing.T) {
	t.Parallel()
	target := startHunt(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "lives.toml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := attachSized(t, target.PID, 120, 30, nil)
	w.line("find 100 --in module:hunter", "1 match")
	w.line("label 1 points", "points")
	for _, tt := range []struct{ position, typed, want string }{
		{"verb", "unf", `unfreeze +\S`},
		{"flag", "find --al", `--align +\S`},
		{"type", "find -t u1", `u16 +unsigned, 2 bytes`},
		{"scope", "find --in st", `stack +the main thread's stack`},
		{"second scope", "find --in heap,st", `heap,stack +the main`},
		{"module as a scope", "find --in module:hu", `module:hunter +all of /`},
		{"row", "set ", `1 +row: 0x[0-9a-f]+ held 100`},
		{"entry", "read po", `points +entry`},
		{"entry to freeze", "freeze po", `points +entry`},
		{"module", "hex hunt", `hunter\+ +from the base of /`},
		{"pointer", "read [hunt", `\[hunter\+ +from the base of /`},
		{"symbol", "disasm &mai", `&main +func, `},
		{"bare symbol", "symbols mai", `main +func of hunter`},
		{"file", "patch plan " + folder + "/", `\S*/lives\.toml`},
		{"process by name", "attach hunte", `hunter +\d+  /`},
		{"process by PID", "attach " + strconv.Itoa(target.PID), strconv.Itoa(target.PID) + ` +/`},
		{"verb of a verb", "patch a", `apply +\S`},
		{"topic of help", "help narr", `narrow +\S`},
		{"search", "matches m", `main +1 match`},
		{"name to delete", "label --delete po", `points +\S`},
		{"another to let go", "unfreeze ", `all +every frozen`},
		{"a length", "hex points ", `4KiB +a page`},
		{"an order", "read points --endian b", `big +the highest`},
		{"process to list", "ps hunte", `hunter +/`},
		{"kind", "symbols --type fu", `func +functions`},
		{"switch", "explain o", `on +tell`},
	} {
		shown := regexp.MustCompile(`> ` + regexp.QuoteMeta(strings.TrimRight(tt.typed, " ")) + `\n(?s:.*) ` + tt.want)
		began := time.Now()
		for found := false; !found; { // what takes long to look up comes with a later key
			if time.Since(began) > patience {
				t.Fatalf("%s: %q does not come; the window shows\n%s", tt.position, tt.want, w.seen())
			}
			w.press(ctrlU, tt.typed)
			for drawn := time.Now(); !found && time.Since(drawn) < time.Second; time.Sleep(5 * time.Millisecond) {
				found = shown.MatchString(w.seen())
			}
		}
	}
	w.press(ctrlU)
	w.leave()
}

// A list that is longer than the window is paged by Tab, and Tab comes around.
func TestTerminalLongList(t *testing.T) {
	t.Parallel()
	w := attachSized(t, startHunt(t).PID, 80, 24, nil)
	w.press(tab) // all verbs
	w.waitSeen(`(?m)^ +attach +\S`)
	if strings.Contains(w.seen(), "undo") {
		t.Error("the list is shown whole")
	}
	chosen := regexp.MustCompile(`> ([a-z]+)\n`)
	for last, tabs := "", 0; last != "undo" && tabs < 60; tabs++ {
		w.press(tab)
		w.until(func() bool {
			now := chosen.FindStringSubmatch(w.seen())
			if now == nil || now[1] == last {
				return false
			}
			last = now[1]
			return true
		}, "another verb")
	}
	w.waitSeen(`> undo\n(?s:.*)undo +Take back`)
	w.press(" ")
	w.press(ctrlU)
	w.leave()
}

func TestTerminalResizes(t *testing.T) {
	t.Parallel()
	target := startHunt(t)
	w := attachSized(t, target.PID, 80, 24, nil)
	w.press("find 100 --in ")
	w.waitSeen(`stack +the main`)
	w.resize(44, 12)
	w.press("st")
	w.waitSeen(`--in ?\n?st\n(?s:.*)stack`)
	w.resize(120, 30)
	w.press(tab)
	w.waitSeen(`> find 100 --in stack`)
	w.resize(60, 10)
	w.line("", "in stack (")
	w.leave()
}

// Ten lines that are pasted at once are run, each once and in their order.
func TestTerminalPaste(t *testing.T) {
	for _, tt := range []struct{ name, before, after string }{
		{"plain", "", ""}, {"bracketed", "\x1b[200~", "\x1b[201~"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := attachSized(t, startHunt(t).PID, 100, 60, nil)
			var lines strings.Builder
			for i := range 10 {
				fmt.Fprintf(&lines, "label data+%d pasted%d -t u8\r", i, i)
			}
			w.press(tt.before + lines.String() + tt.after)
			w.waitMatch(regexp.MustCompile(`(?s)label .*pasted9.*\n[^\n]*> $`))
			w.line("history", "pasted9")
			order := regexp.MustCompile(`label data\+\d pasted(\d)`).FindAllStringSubmatch(w.answer(), -1)
			for i, m := range order {
				if m[1] != strconv.Itoa(i) {
					t.Errorf("%v was run as number %d", m[0], i)
				}
			}
			if len(order) != 10 {
				t.Errorf("%d of 10 lines were run: %s", len(order), w.answer())
			}
			w.leave()
		})
	}
}

// Characters that are wide, or several that are seen as one, are found as they
// were typed and edited, and the cursor is where it should be.
func TestTerminalCharacters(t *testing.T) {
	t.Parallel()
	w := attachSized(t, startHunt(t).PID, 80, 24, nil)
	for _, tt := range []struct{ name, keys, line string }{
		{"wide", "日本語\x1b[D\x7f", "日語"},
		{"combining", "cafe\u0301s\x1b[D\x7f\x05", "cafs"},
		{"emoji", "a😀b\x1b[D\x1b[D\x1b[3~", "ab"},
		{"family", "c👨\u200d👩\u200d👧d\x1b[D\x7f", "cd"},
	} {
		w.press("find '" + tt.keys)
		w.waitSeen(`> find '` + tt.line)
		w.press("\x05'")
		w.waitSeen(`> find '` + tt.line + `'`)
		w.mu.Lock()
		x, y := w.screen.Cursor()
		row := strings.Split(w.screen.String(), "\n")[y]
		w.mu.Unlock()
		if want := runewidth.StringWidth(row); x != want {
			t.Errorf("%s: the cursor is in column %d of %q, want %d", tt.name, x, row, want)
		}
		w.line("", "matches of = "+tt.line)
	}
	w.leave()
}

func TestTerminalWindows(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			w := attachSized(t, startHunt(t).PID, size[0], size[1], nil)
			w.press("maps --in st")
			w.waitSeen(`stack`)
			w.line(tab, "[stack]")
			w.line("maps --picture --in stack,heap", "stack")
			for _, line := range strings.Split(w.seen(), "\n") {
				if runewidth.StringWidth(line) > size[0] {
					t.Errorf("a row of %d columns: %q", runewidth.StringWidth(line), line)
				}
			}
			w.line("find 100 --in module:hunter", "1 match")
			w.line("history --lines", "find 100")
			w.leave()
		})
	}
}

// A dumb terminal gets text and nothing else.
func TestTerminalDumb(t *testing.T) {
	t.Parallel()
	target := startBig(t)
	w := attachSized(t, target.PID, 80, 24, []string{"TERM=dumb", "NO_COLOR="})
	for _, line := range []string{"find 1 --in stack", "maps", "maps --picture", "hex stack+0", "no such verb", "!!"} {
		w.line(line, "\n")
	}
	w.interrupt(longSearch)
	w.press("zzz", ctrlC)
	w.waitMatch(regexp.MustCompile(`\n[^\n]*> $`))
	w.press(ctrlD)
	w.waitEnd()
	if _, after, ok := strings.Cut(w.sent(), "\x1b"); ok {
		t.Errorf("a dumb terminal was sent an escape before %.40q", after)
	}
}

var colorCode = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// Colours follow NO_COLOR and --color, and can be read on any background: where
// it is the terminal's own, there is no white, no yellow, and no
// black.
func TestTerminalColors(t *testing.T) {
	for _, tt := range []struct {
		name     string
		variable string
		args     []string
		colored  bool
	}{
		{"as usual", "NO_COLOR=", nil, true},
		{"NO_COLOR", "NO_COLOR=1", nil, false},
		{"never", "NO_COLOR=", []string{"--color", "never"}, false},
		{"always", "NO_COLOR=1", []string{"--color", "always"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := attachSized(t, startHunt(t).PID, 100, 40, []string{tt.variable}, tt.args...)
			for _, line := range []string{"maps", "maps --picture", "hex data", "find 100 --in data", "narrow 95", "disasm &main", "nonsense"} {
				w.press(line, enter)
				w.waitMatch(regexp.MustCompile(`(?s)\n.*\n[^\n]*> $`))
			}
			w.leave()
			w.mu.Lock()
			defer w.mu.Unlock()
			results := 0
			for _, code := range colorCode.FindAllString(string(w.shown), -1) {
				foreground := regexp.MustCompile(`[\[;](3[0-7]|9[0-7])[;m]`).FindStringSubmatch(code)
				background := regexp.MustCompile(`[\[;](4[0-7]|10[0-7])[;m]`).MatchString(code)
				if foreground == nil {
					continue
				}
				results++
				if bad := foreground[1]; !background && strings.Contains("30 33 37 90 93 96 97", bad) {
					t.Errorf("%q cannot be read on every background", code)
				}
			}
			if (results > 0) != tt.colored {
				t.Errorf("%d colours", results)
			}
			if w.screen.Unknown != nil {
				t.Errorf("unknown sequences %q", w.screen.Unknown)
			}
		})
	}
}

// Lines typed before come back by number, by what they begin with, and by an
// empty line, if they narrow.
func TestTerminalRecalls(t *testing.T) {
	t.Parallel()
	target := startHunt(t)
	w := attachSized(t, target.PID, 100, 40, nil)
	w.line("find 100 --in data", " of = 100")
	target.Ask(t, "")
	w.line("narrow changed", " of changed")
	w.line("", "again: narrow changed")
	w.line("history --lines", "2  narrow changed")
	w.line("!1", "find 100 --in data")
	w.line("!!", "find 100 --in data")
	w.line("!maps", "history --lines lists them")
	w.press(enter) // nothing was narrowed last
	w.waitMatch(regexp.MustCompile(`\n[^\n]*> $`))
	w.line("fidn 3", "did you mean find?")
	w.line("find 3 --limt 2", "did you mean --limit?")
	w.line("find 3 -t i23", "did you mean i32")
	w.line("label 1 points", "points")
	w.line("read pionts", "did you mean points?")
	w.line("patch aply x", "did you mean apply?")
	w.line("find 3 --in hepa", "heap")
	w.line("write 1 5", "did you mean set?")
	w.line("?", "did you mean help?")
	w.line("find", "usage: find CONDITION")
	w.leave()
}

// A newcomer is told three times what may be done next, and then no more.
func TestTerminalTellsNewcomers(t *testing.T) {
	t.Parallel()
	w := attachSized(t, startHunt(t).PID, 100, 60, []string{"XDG_STATE_HOME=" + t.TempDir()})
	for range 3 {
		w.line("find a --in stack --limit 2", "replace OLD NEW")
		w.press("reset", enter)
	}
	w.line("find a --in stack --limit 2", "more: matches --from 3")
	w.line("version", "quarry")
	if n := strings.Count(w.seen(), "replace OLD NEW"); n != 3 {
		t.Errorf("told %d times:\n%s", n, w.seen())
	}
	w.leave()
}
