package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/creack/pty"
	"github.com/spf13/cobra"

	"quarry/cmd/internal/cli"
	"quarry/cmd/internal/manual"
	"quarry/session/sessiontest"
)

// exampleProgram is what the examples of all verbs have something to do in. It
// is called game.
const exampleProgram = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <uchar.h>
#include <unistd.h>

int lives = 100;
struct { int health, mana, armour; float speed; } player = {100, 50, 7, 1.75f};
int tagged = 201;
double ratio = 1.0;
int score = 12;
int stamina = 30;
const unsigned char check[] = {0x74, 0x12, 0x90};

// play writes all the time, and changes nothing.
__attribute__((noinline)) void play(void) { *(volatile int *)&stamina = 30; }

static char *in_heap(const char *text) { return strcpy(malloc(strlen(text) + 1), text); }

int main(void) {
	static char output[BUFSIZ];
	setvbuf(stdout, output, _IOLBF, sizeof output);
	in_heap("String 1");
	in_heap("http://example.org/");
	*(int *)malloc(64) = 100;
	mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page, u"A text in UTF-16", sizeof u"A text in UTF-16");
	printf("score at %p\n", (void *)&score);
	for (volatile int go = 1; go; usleep(1000))
		play();
	return *page;
}
`

// exampleFiles are the files that examples read.
var exampleFiles = map[string]string{
	"greeting.toml": "quarry = 1\n[[edit]]\nname = \"greeting\"\nfind = \"String 1\"\nin = \"heap\"\nset = \"Replaced\"\n",
	"lives.toml":    "quarry = 1\n[[edit]]\nname = \"lives\"\nat = \"&lives\"\ntype = \"i32\"\nexpect = 100\nset = 99\n",
	"score.toml":    "quarry = 1\n[[edit]]\nname = \"score\"\nat = \"game+0x4a30\"\ntype = \"i32\"\n",
	"game.CT": `<?xml version="1.0" encoding="utf-8"?>
<CheatTable><CheatEntries><CheatEntry><ID>0</ID><Description>"Lives"</Description>
<VariableType>4 Bytes</VariableType><Address>game+4a30</Address></CheatEntry></CheatEntries></CheatTable>
`,
}

// example is a fixture for one line: a process of its own, in a folder of its
// own.
type example struct {
	folder string
	proc   *sessiontest.Proc
	words  *strings.Replacer // of the line, for those that fit the process
}

func startExample(t *testing.T, program string) example {
	t.Helper()
	folder := t.TempDir()
	for name, text := range exampleFiles {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A name of its own, within the 15 bytes of names of processes.
	name := fmt.Sprintf("game%dx%d", os.Getpid(), exampleCount.Add(1))
	path := filepath.Join(folder, name)
	if err := os.Link(program, path); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(program, filepath.Join(folder, "loop")); err != nil {
		t.Fatal(err)
	}
	p := sessiontest.Start(t, path)
	score, err := strconv.ParseUint(strings.TrimPrefix(p.WaitLine(t, "score at "), "score at 0x"), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return example{folder, p, strings.NewReplacer(
		"4711", strconv.Itoa(p.PID), "-p game ", "-p "+name+" ", "module:game", "module:"+name,
		"game+0x4a30", fmt.Sprintf("%#x", score), "game+", name+"+", "ps game", "ps "+name,
	)}
}

var exampleCount atomic.Int64

// run runs an example in a shell.
func (x example) run(t *testing.T, line string) outcome {
	t.Helper()
	cmd := exec.Command("sh", "-c", x.words.Replace(line))
	cmd.Dir = x.folder
	cmd.Env = quarryEnviron(x.folder)
	if strings.Contains(line, " try ") { // asks, at a terminal
		person, screen, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer person.Close()
		defer screen.Close()
		if _, err := person.WriteString("y\n"); err != nil {
			t.Fatal(err)
		}
		cmd.Stdin, cmd.Stderr = screen, screen
	}
	return runToEnd(t, cmd)
}

// notFound are the examples of which it is honest that they find nothing, in a
// program that changes nothing by itself.
var notFound = regexp.MustCompile(`again 95'$|narrow (95|down|down by 5)'$|patch check |^quarry tutorial( 2)?$|-e 'step'`)

// silent are the examples that show no result: of those that only begin, and of
// following what does not change.
var silent = regexp.MustCompile(`^quarry attach 4711( -e exit)?$|^quarry run -- |maps --follow`)

// Every verb that help lists has examples, and each of them works when it is
// pasted into a shell. So do those of the topics.
func TestExamplesWork(t *testing.T) {
	program := sessiontest.BuildC(t, exampleProgram)
	seen := make(map[string]bool)
	try := func(t *testing.T, line string) {
		if seen[line] {
			return
		}
		seen[line] = true
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(line, "man -l") {
				sessiontest.NeedTool(t, "man", "man-db")
			}
			got := startExample(t, program).run(t, line)
			want := 0
			if notFound.MatchString(line) {
				want = 3
			}
			if got.Code != want || want == 0 && (got.Stdout == "") != silent.MatchString(line) {
				t.Errorf("exit code %d, want %d\n%s%s", got.Code, want, got.Stdout, got.Stderr)
			}
		})
	}
	eachVerb(cli.Tree(), func(verb *cobra.Command) {
		if verb.Example == "" {
			t.Errorf("%s has no example: give its command an Example", verb.CommandPath())
		}
		for _, line := range exampleLines(verb.Example) {
			try(t, line)
		}
	})
	for _, topic := range manual.Topics() {
		for _, line := range exampleLines(topic.Text) {
			if strings.HasPrefix(line, "quarry ") && line != "quarry = 1" {
				try(t, line)
			}
		}
	}
}

// eachVerb calls f for each verb that help lists.
func eachVerb(of *cobra.Command, f func(*cobra.Command)) {
	f(of)
	for _, verb := range of.Commands() {
		if verb.IsAvailableCommand() || verb.Name() == "help" {
			eachVerb(verb, f)
		}
	}
}

// exampleLines returns the lines of an example.
func exampleLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// What is typed at the prompt is what help shows there: an example of the shell
// without the beginning that names the process.
func TestExamplesWorkAtThePrompt(t *testing.T) {
	program := sessiontest.BuildC(t, exampleProgram)
	x := startExample(t, program)
	for _, verb := range []string{"find", "maps", "read", "disasm", "help", "config", "version", "ps", "info"} {
		cmd := quarryCommand(t, "attach", strconv.Itoa(x.proc.PID), "-e", "help "+verb)
		got := runToEnd(t, cmd)
		_, text, _ := strings.Cut(got.Stdout, "Examples:\n")
		text, _, _ = strings.Cut(text, "\n\n")
		lines := exampleLines(text)
		if len(lines) == 0 {
			t.Errorf("help %s shows no examples: %+v", verb, got)
		}
		for _, line := range lines {
			cmd := quarryCommand(t, "attach", strconv.Itoa(x.proc.PID), "-e", x.words.Replace(line))
			cmd.Dir = x.folder
			if got := runToEnd(t, cmd); got.Code != 0 || (got.Stdout == "") != silent.MatchString(line) {
				t.Errorf("%s: %+v", line, got)
			}
		}
	}
}

// No file that an example reads is without an example.
func TestExampleFilesAreRead(t *testing.T) {
	var all strings.Builder
	eachVerb(cli.Tree(), func(verb *cobra.Command) { all.WriteString(verb.Example + "\n") })
	for _, name := range slices.Sorted(maps.Keys(exampleFiles)) {
		if !strings.Contains(all.String(), name) {
			t.Errorf("%s: %v", name, fs.ErrNotExist)
		}
	}
}
