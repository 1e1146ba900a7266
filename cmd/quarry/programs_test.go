package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quarry/session/sessiontest"
)

// The programs hold a score and a name and tell both for each line they read;
// the line "hit" takes seven points before. The numbers are rare ones, so that
// writing every match of a fresh search is safe.
const (
	firstScore = 736548219
	aHit       = 7
	newScore   = 912345678
	firstName  = "Meriadoc"
	newName    = "Peregrin"
)

// How a hunter gets at the number of a program.
const (
	stays = iota // it keeps its place, which narrowing finds
	moves        // each change puts it elsewhere: the present value is searched afresh
)

// program is a script for a program that nobody here wrote.
type program struct {
	name         string
	tool, debian string
	script       string
	command      func(t *testing.T, tool, script string) []string // nil: the tool and the script
	typ          string                                           // of the number in memory
	how          int
	cached       bool // it tells what it told last until it changes the number itself
}

var programs = []program{{
	name: "python array", tool: "python3", debian: "python3", command: python, typ: "i32", how: stays,
	script: `
import array, sys
score = array.array("i", [736548219])
name = "Meriadoc"
for line in iter(sys.stdin.readline, ""):
    if line.strip() == "hit":
        score[0] -= 7
    print(f"score {score[0]} name {name}", flush=True)
`,
}, {
	// An int cannot change: it is a digit of 30 bits in an object, and each hit makes another.
	name: "python int", tool: "python3", debian: "python3", command: python, typ: "i32", how: moves,
	script: `
import sys
class Hero: pass
hero = Hero()
hero.score, hero.name = 736548219, bytearray(b"Meriadoc")
for line in iter(sys.stdin.readline, ""):
    if line.strip() == "hit":
        hero.score -= 7
    print("score", hero.score, "name", hero.name.decode(), flush=True)
`,
}, {
	name: "perl", tool: "perl", debian: "perl", typ: "i64", how: stays,
	script: `
$| = 1;
my %hero = (score => 736548219, name => "Meriadoc");
while (<STDIN>) {
	$hero{score} -= 7 if /hit/;
	printf "score %d name %s\n", $hero{score}, $hero{name};
}
`,
}, {
	name: "awk", tool: "awk", debian: "mawk", command: awk, typ: "f64", how: stays,
	script: `
BEGIN { score = 736548219; name = "Meriadoc" }
/hit/ { score -= 7 }
{ printf "score %d name %s\n", score, name; fflush() }
`,
}, {
	name: "bash", tool: "bash", debian: "bash", typ: "string", how: moves,
	script: `
score=736548219 name=Meriadoc
while read -r line; do
	[ "$line" = hit ] && score=$((score - 7))
	echo "score $score name $name"
done
`,
}, {
	name: "node", tool: "node", debian: "nodejs", typ: "f64", how: stays,
	script: `
const hero = { score: new Float64Array(100), name: "Meriadoc" };
hero.score[42] = 736548219;
require("readline").createInterface({ input: process.stdin }).on("line", line => {
	if (line === "hit") hero.score[42] -= 7;
	console.log("score " + hero.score[42] + " name " + hero.name);
});
`,
}, {
	name: "tclsh", tool: "tclsh", debian: "tcl", typ: "i64", how: stays, cached: true,
	script: `
set score 736548219
set name Meriadoc
while {[gets stdin line] >= 0} {
	if {$line eq "hit"} { incr score -7 }
	puts "score $score name $name"
	flush stdout
}
`,
}, {
	name: "go", tool: "go", debian: "golang", command: compileGo, typ: "i64", how: stays,
	script: `
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

type hero struct {
	name  string
	score int
}

func main() {
	h := &hero{strings.Join([]string{"Meria", "doc"}, ""), 736548219}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if in.Text() == "hit" {
			h.score -= 7
		}
		fmt.Println("score", h.score, "name", h.name)
	}
}
`,
}}

// python is the interpreter itself: python3 may be a script that looks for one.
func python(t *testing.T, tool, script string) []string {
	out, err := exec.Command(tool, "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	return []string{strings.TrimSpace(string(out)), script}
}

// awk reads lines as they come: mawk must be told to.
func awk(t *testing.T, tool, script string) []string {
	path, err := exec.LookPath(tool)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(path) == "mawk" {
		return []string{path, "-W", "interactive", "-f", script}
	}
	return []string{path, "-f", script}
}

func compileGo(t *testing.T, tool, script string) []string {
	source, built := script+".go", script+".built"
	if err := os.Rename(script, source); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(tool, "build", "-o", built, source).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return []string{built}
}

// start starts the program.
func (p program) start(t *testing.T) *sessiontest.Proc {
	t.Helper()
	sessiontest.NeedTool(t, p.tool, p.debian)
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(p.script), 0o600); err != nil {
		t.Fatal(err)
	}
	command := []string{p.tool, script}
	if p.command != nil {
		command = p.command(t, p.tool, script)
	}
	return sessiontest.Start(t, command[0], command[1:]...)
}

func tells(score int, name string) string { return fmt.Sprintf("score %d name %s", score, name) }

// ask sends a line to a program and checks what it tells then.
func ask(t *testing.T, p *sessiontest.Proc, line, want string) {
	t.Helper()
	if got := p.Ask(t, line); got != want {
		t.Fatalf("%s: the program tells %q, want %q", line, got, want)
	}
}

// hunter is quarry at work on a program: a script on the other side of a pipe.
type hunter struct {
	t *testing.T
	*sessiontest.Proc
}

func hunt(t *testing.T, target *sessiontest.Proc) hunter {
	t.Helper()
	return hunter{t, sessiontest.StartCmd(t, quarryCommand(t, "attach", strconv.Itoa(target.PID), "--json"))}
}

// count runs a line and returns the number of places it found or wrote.
func (h hunter) count(line string, args ...any) int {
	h.t.Helper()
	line = fmt.Sprintf(line, args...)
	var result struct{ Count int }
	answer := h.Ask(h.t, line)
	if err := json.Unmarshal([]byte(answer), &result); err != nil {
		h.t.Fatalf("%s: %v in %q", line, err, answer)
	}
	h.t.Logf("%s: %d", line, result.Count)
	if result.Count == 0 {
		h.t.Fatalf("%s: %s", line, answer)
	}
	return result.Count
}

// A number is found, narrowed by what the program makes of it, and set: the
// program tells the new one, and goes on from there.
func TestNumbersOfRealPrograms(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			target := p.start(t)
			score := firstScore - aHit
			ask(t, target, "hit", tells(score, firstName))
			h := hunt(t, target)
			h.count("find %d -t %s", score, p.typ)
			for range 2 {
				score -= aHit
				ask(t, target, "hit", tells(score, firstName))
				if p.how == stays {
					h.count("narrow %d", score)
				}
			}
			if p.how == moves {
				h.count("find %d -t %s", score, p.typ)
			}
			h.count("set all %d", newScore)
			if !p.cached {
				ask(t, target, "show", tells(newScore, firstName))
			}
			ask(t, target, "hit", tells(newScore-aHit, firstName))
		})
	}
}

// A text is replaced wherever it is, in buffers that are in use no more as
// well: the program tells the new one, and the former one when it is put back.
func TestTextsOfRealPrograms(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			target := p.start(t)
			ask(t, target, "show", tells(firstScore, firstName))
			h := hunt(t, target)
			h.count("replace %s %s", firstName, newName)
			ask(t, target, "hit", tells(firstScore-aHit, newName))
			h.count("replace %s %s", newName, firstName)
			ask(t, target, "hit", tells(firstScore-2*aHit, firstName))
		})
	}
}
