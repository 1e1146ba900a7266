package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"quarry/session/sessiontest"
)

// The test binary is quarry when it is started by that name, so that scripts
// run the real program with a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"quarry": func() { os.Exit(run()) }, "cursedquarry": cursedquarry})
}

// leakChecked runs the tests and fails when they leave something behind.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int { return sessiontest.Main(l.m) }

func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	fight, err := filepath.Abs("testdata/fight.c")
	if err != nil {
		t.Fatal(err)
	}
	watched, err := filepath.Abs("testdata/watched.c")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("FIGHT", fight)
			env.Setenv("WATCHED", watched)
			env.Setenv("OWN", strconv.Itoa(os.Getpid())) // for names of processes
			env.Setenv("XDG_STATE_HOME", env.WorkDir)
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each run of quarry takes a second longer
			env.Values[targetKey{}] = &scriptTarget{t: env.T().(testing.TB)}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": startTarget, "send": sendTarget, "prints": targetPrints, "end": endTarget, "status": status,
		},
	})
}

// scriptTarget is the process a script works on.
type scriptTarget struct {
	t    testing.TB
	proc *sessiontest.Proc
}

type targetKey struct{}

func targetOf(ts *testscript.TestScript) *scriptTarget {
	return ts.Value(targetKey{}).(*scriptTarget)
}

// startTarget compiles a C file and starts it as the script's target: start
// FILE.c NAME [ARGUMENT]... sets $PID.
func startTarget(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start FILE.c NAME [ARGUMENT]...")
	}
	target := targetOf(ts)
	built := sessiontest.BuildC(target.t, ts.MkAbs(args[0]))
	program := ts.MkAbs(args[1])
	if err := os.Link(built, program); !errors.Is(err, fs.ErrExist) { // else it is started again
		ts.Check(err)
	}
	target.proc = sessiontest.Start(target.t, program, args[2:]...)
	ts.Setenv("PID", strconv.Itoa(target.proc.PID))
}

// sendTarget writes a line to the target's input.
func sendTarget(ts *testscript.TestScript, _ bool, args []string) {
	target := targetOf(ts)
	target.proc.Send(target.t, strings.Join(args, " "))
}

// targetPrints waits for a line of the target that holds a text.
func targetPrints(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: prints TEXT")
	}
	target := targetOf(ts)
	target.proc.WaitLine(target.t, args[0])
}

// endTarget ends the target.
func endTarget(ts *testscript.TestScript, _ bool, _ []string) { targetOf(ts).proc.Kill() }

// status runs quarry and checks its exit code: status CODE ARGUMENT....
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status CODE ARGUMENT...")
	}
	code := "0"
	if err := ts.Exec("quarry", args[1:]...); err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("quarry %s: exit code %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}
