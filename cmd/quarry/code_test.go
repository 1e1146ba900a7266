package main

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"quarry/session/sessiontest"
)

const codeProgram = `
#include <stdio.h>
#include <unistd.h>
int lives = 9;
__attribute__((noinline)) void hurt(int by) {
	for (int i = 0; i < by; i++)
		lives--;
	puts("ouch");
	fflush(stdout);
}
int main(void) {
	for (;;) {
		hurt(2);
		sleep(1);
	}
}
`

// listing is what disasm --json tells.
type listing struct {
	Arch         string
	Function     string
	Size         uint64 `json:"function_size"`
	Executable   bool
	Instructions []struct {
		Address, Bytes, Text, Flow string
		Bad                        bool
		Labels                     []string
		Target                     string
		TargetName                 string `json:"target_name"`
		Refers                     []struct{ Address, Name, Text string }
	}
}

// A function of a real program is decoded whole, its calls and variables are
// named, and its bytes are those that objdump shows.
func TestDisasm(t *testing.T) {
	for _, test := range []struct {
		name, arch string
		flags      []string
		direct     bool // variables are named without a register
	}{
		{"position-independent", "amd64", nil, true},
		{"fixed, optimised", "amd64", []string{"-O2", "-no-pie"}, true},
		{"no table of links", "amd64", []string{"-fno-plt", "-O1"}, true},
		{"static", "amd64", []string{"-static"}, true},
		{"32 bits", "386", []string{"-m32"}, false},
		{"32 bits, fixed", "386", []string{"-m32", "-no-pie", "-fno-pie"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			program := sessiontest.BuildC(t, codeProgram, test.flags...)
			p := sessiontest.Start(t, program)
			p.WaitLine(t, "ouch")
			got := runQuarry(t, "-p", strconv.Itoa(p.PID), "disasm", "hurt", "--json")
			if got.Code != 0 || got.Stderr != "" {
				t.Fatalf("%+v", got)
			}
			var l listing
			if err := json.Unmarshal([]byte(got.Stdout), &l); err != nil {
				t.Fatal(err)
			}
			var code strings.Builder
			var called, loops, named bool
			starts := make(map[string]bool)
			for _, i := range l.Instructions {
				code.WriteString(i.Bytes)
				starts[i.Address] = true
				called = called || (i.Flow == "call" || i.Flow == "jump") && strings.Contains(i.TargetName, "puts")
				for _, r := range i.Refers {
					named = named || r.Name == "lives"
				}
				if i.Bad {
					t.Errorf("%s %s is no instruction", i.Bytes, i.Text)
				}
			}
			for _, i := range l.Instructions {
				loops = loops || i.Flow == "branch" && starts[i.Target]
			}
			if l.Arch != test.arch || l.Function != "hurt" || !l.Executable || uint64(code.Len()) != 2*l.Size || l.Instructions[0].Labels[0] != "hurt" {
				t.Errorf("%+v", l)
			}
			if !called || !loops || named != test.direct {
				t.Errorf("call of puts %v, loop %v, lives %v: %s", called, loops, named, got.Stdout)
			}
			if want := objdumpBytes(t, program, "hurt"); code.String() != want {
				t.Errorf("bytes %s, objdump %s", code.String(), want)
			}
			text := runQuarry(t, "-p", strconv.Itoa(p.PID), "disasm", "hurt")
			if text.Code != 0 || !strings.Contains(text.Stdout, "hurt:  ") || !strings.Contains(text.Stdout, "╭") {
				t.Errorf("%+v", text)
			}
		})
	}
}

// A stripped program says so, and code in it is found by its place.
func TestStrippedProgram(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, codeProgram, "-s"))
	p.WaitLine(t, "ouch")
	pid := strconv.Itoa(p.PID)
	if got := runQuarry(t, "-p", pid, "symbols", "lives"); got.Code != 3 || !strings.Contains(got.Stderr, "has no symbol table (it is stripped)\nhint: install its debug symbols, or write prog-") {
		t.Errorf("%+v", got)
	}
	exporting := sessiontest.Start(t, sessiontest.BuildC(t, codeProgram, "-s", "-rdynamic"))
	exporting.WaitLine(t, "ouch")
	if got := runQuarry(t, "-p", strconv.Itoa(exporting.PID), "symbols", "lives"); got.Code != 0 || !strings.Contains(got.Stderr, "is stripped: of it there are only") {
		t.Errorf("%+v", got)
	}
	if got := runQuarry(t, "-p", pid, "disasm", "stack", "1"); got.Code != 0 || !strings.Contains(got.Stderr, "cannot be executed") {
		t.Errorf("%+v", got)
	}
}

// objdumpBytes returns the code of a function in a file, in hexadecimal.
func objdumpBytes(t *testing.T, program, function string) string {
	t.Helper()
	sessiontest.NeedTool(t, "objdump", "binutils")
	out, err := exec.Command("objdump", "-d", "-w", "--disassemble="+function, program).Output()
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for line := range strings.Lines(string(out)) {
		if fields := strings.Split(line, "\t"); len(fields) > 2 {
			code.WriteString(strings.ReplaceAll(fields[1], " ", ""))
		}
	}
	return code.String()
}
