package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"quarry/session/sessiontest"
)

// restartProgram shows its state for each line of input.
const restartProgram = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct player { int health; float speed; struct player *next; };
int global = 1001;                // by module and offset
static short local = 1002;        // a static symbol
static long long zero;            // in .bss
struct player *first;             // by pointers
static char greeting[24] = "Guten Tag";
__attribute__((noinline)) int damage(int by) { return by * 3 + 7; }
int main(void) {
	int *block = malloc(64);
	block[5] = 1005;              // from the start of the heap
	first = malloc(sizeof *first);
	first->health = 1003;
	first->speed = 1.5f;
	first->next = calloc(1, sizeof *first);
	first->next->health = 1004;
	zero = 1006;
	char *text = malloc(32);      // by content
	memcpy(text, "Name:", 5);
	strcpy(text + 5, "Nobody");
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("block %p\n", (void *)&block[5]);
	for (int c; (c = getchar()) != EOF;)
		if (c == '\n')
			printf("g%d l%d z%lld h%d s%g n%d b%d t%s G%s d%d\n", global, local, zero, first->health, first->speed,
				first->next->health, block[5], text, greeting, damage(1));
}
`

// restartTable writes every kind of location: %[1]s is the program, %[2]v where
// global is in it, %[3]v where block is on the heap, and %[4]s the code of damage.
const restartTable = `quarry = 1
[target]
exe = "%[1]s"

[[edit]]
name = "module"
at = "%[1]s+%#[2]x"
type = "i32"
expect = 1001
set = 2001

[[edit]]
name = "symbol"
at = "&local"
type = "i16"
expect = 1002
set = 2002

[[edit]]
name = "plain"
at = "zero"
type = "i64"
expect = 1006
set = 2006

[[edit]]
name = "player"
at = "[first]"
type = "i32"
expect = 1003
set = 2003

[[edit]]
name = "speed"
at = "player+4"
type = "f32"
expect = 1.5
set = 2.5

[[edit]]
name = "next"
at = "[[&%[1]s:first]+0x8]"
type = "i32"
expect = 1004
set = 2004

[[edit]]
name = "block"
at = "heap+%#[3]x"
type = "i32"
expect = 1005
set = 2005

[[edit]]
name = "text"
find = "Name:Nobody"
in = "heap"
offset = 5
set = "Player"

[[edit]]
name = "greeting"
find = "Guten Tag"
in = "module:%[1]s"
set = "Hello"

[[edit]]
name = "code"
find = "%[4]s"
in = "module:%[1]s"
type = "bytes"
set = "b8 2a 00 00 00 c3"
`

const (
	restartBefore = "g1001 l1002 z1006 h1003 s1.5 n1004 b1005 tName:Nobody GGuten Tag d10"
	restartAfter  = "g2001 l2002 z2006 h2003 s2.5 n2004 b2005 tName:Player GHello d42"
)

// TestTableOutlivesTheProcess applies one table to 20 runs of a program, whose
// addresses differ in each. Every second one stands still while it is written to.
func TestTableOutlivesTheProcess(t *testing.T) {
	if setting, err := os.ReadFile("/proc/sys/kernel/randomize_va_space"); err != nil || strings.TrimSpace(string(setting)) != "2" {
		t.Fatalf("addresses are not random here: %s, %v", setting, err)
	}
	for _, kind := range []struct {
		name  string
		flags []string
	}{
		{"pie", []string{"-pie", "-fPIE"}},
		{"fixed", []string{"-no-pie", "-fno-pie"}},
		{"narrow", []string{"-m32"}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			built, table := filepath.Join(folder, "game"), filepath.Join(folder, "table.toml")
			if err := os.Link(sessiontest.BuildC(t, restartProgram, kind.flags...), built); err != nil {
				t.Fatal(err)
			}
			blocks := make(map[string]bool)
			for run := range 20 {
				p := sessiontest.Start(t, built)
				block := p.Line(t)
				blocks[block] = true
				if run == 0 {
					writeRestartTable(t, table, built, p)
				}
				for _, step := range []struct{ verb, want string }{
					{"plan", restartBefore}, {"apply", restartAfter}, {"check", restartAfter}, {"revert", restartBefore},
				} {
					args := []string{"-p", fmt.Sprint(p.PID), "patch", step.verb, table}
					if writes := step.verb == "apply" || step.verb == "revert"; writes && run%2 == 1 {
						args = append(args, "--pause")
					}
					out := runQuarry(t, args...)
					p.Send(t, "")
					if got := p.Line(t); out.Code != 0 || got != step.want {
						t.Fatalf("run %d, %s (%s): exit code %d\n%s%s\n got %s\nwant %s", run, step.verb, block, out.Code, out.Stdout, out.Stderr, got, step.want)
					}
				}
				p.Kill()
			}
			if len(blocks) < 2 {
				t.Errorf("the heap was at the same place in all runs: %v", blocks)
			}
		})
	}
}

// writeRestartTable makes the table in the first run, where a search tells the
// places in the module and on the heap.
func writeRestartTable(t *testing.T, table, built string, p *sessiontest.Proc) {
	t.Helper()
	name := filepath.Base(built)
	first := filepath.Join(t.TempDir(), "first.toml")
	out := runQuarry(t, "attach", fmt.Sprint(p.PID),
		"-e", "find 1001 --in module:"+name, "-e", "label 1 module",
		"-e", "find 1005 --in heap", "-e", "label 1 block", "-e", "save "+first)
	if out.Code != 0 {
		t.Fatalf("the first table: %+v", out)
	}
	saved, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	var module, block uint64
	for line := range strings.Lines(string(saved)) {
		at, ok := strings.CutPrefix(strings.TrimSpace(line), `at = "`)
		where, offset, _ := strings.Cut(strings.Trim(at, `"`), "+")
		switch to := map[bool]*uint64{true: &block, false: &module}[where == "heap"]; {
		case !ok:
		default:
			if _, err := fmt.Sscanf(offset, "%v", to); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	if module == 0 || block == 0 {
		t.Fatalf("the first table has other places:\n%s", saved)
	}
	text := fmt.Sprintf(restartTable, name, module, block, codeOf(t, built))
	if err := os.WriteFile(table, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// codeOf returns the code of the function damage in hexadecimal, by objdump.
func codeOf(t *testing.T, built string) string {
	t.Helper()
	listing, err := exec.Command("objdump", "-d", "--disassemble=damage", built).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(listing), "<damage>:\n")
	var code []string
	for line := range strings.Lines(body) {
		fields := strings.Split(line, "\t")
		if len(fields) < 2 {
			break
		}
		code = append(code, strings.Fields(fields[1])...)
	}
	if len(code) < 12 {
		t.Fatalf("the code of damage: %s", listing)
	}
	return strings.Join(code, " ")
}
