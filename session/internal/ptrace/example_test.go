package ptrace_test

import (
	"fmt"
	"log"
	"os/exec"
	"runtime"

	"quarry/session"
	"quarry/session/internal/ptrace"
)

// A process is stopped, and let go.
func Example() {
	sleep := exec.Command("sleep", "1m")
	if err := sleep.Start(); err != nil {
		log.Fatal(err)
	}
	defer sleep.Wait()
	defer sleep.Process.Kill()
	s, err := session.Attach(sleep.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	runtime.LockOSThread() // the kernel knows the thread that traces
	defer runtime.UnlockOSThread()
	if err := ptrace.Seize(s, s.PID()); err != nil {
		log.Fatal(err)
	}
	if err := ptrace.Interrupt(s.PID()); err != nil {
		log.Fatal(err)
	}
	for round := 0; ; round++ {
		if code, _, err := ptrace.Peek(s.PID()); err != nil || code == ptrace.Trapped {
			fmt.Println("stopped:", err == nil)
			break
		}
		ptrace.Rest(round)
	}
	fmt.Println("let go:", ptrace.Detach(s.PID(), 0) == nil)
	// Output:
	// stopped: true
	// let go: true
}
