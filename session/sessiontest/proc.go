package sessiontest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long the helpers wait for a process before the test fails: long,
// because a busy machine is no fault.
const patience = 2 * time.Minute

// Proc is a process that a test has started. It is killed and reaped when the
// test ends.
type Proc struct {
	// PID is the process's ID.
	PID int

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr tail
	reaped sync.Once

	mu    sync.Mutex
	lines []string      // not yet asked for
	ended bool          // stdout is at its end
	more  chan struct{} // closed and replaced when lines or ended change
}

// Start runs the program at path with its stdin and stdout piped to the test.
func Start(t testing.TB, path string, args ...string) *Proc {
	t.Helper()
	return StartCmd(t, exec.Command(path, args...))
}

// StartCmd runs a prepared command; its streams must not be set.
func StartCmd(t testing.TB, cmd *exec.Cmd) *Proc {
	t.Helper()
	p := &Proc{cmd: cmd, more: make(chan struct{})}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	// A pipe of our own: exec closes its own when the process ends, before the
	// last lines may have been read.
	stdout, childEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = childEnd
	cmd.Stderr = &p.stderr
	// What the process leaves behind may hold its stderr open.
	cmd.WaitDelay = time.Second
	err = cmd.Start()
	childEnd.Close()
	if err != nil {
		stdout.Close()
		t.Fatal(err)
	}
	p.PID, p.stdin = cmd.Process.Pid, stdin
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.collect(stdout)
	}()
	t.Cleanup(func() {
		p.Kill()
		stdout.Close()
		<-read
	})
	return p
}

// collect keeps the lines of the process until they are asked for, so that it
// never waits for the test.
func (p *Proc) collect(stdout io.Reader) {
	scanner := bufio.NewScanner(stdout)
	for scanner.Scan() {
		p.change(func() { p.lines = append(p.lines, scanner.Text()) })
	}
	p.change(func() { p.ended = true })
}

// change applies f and wakes those who wait.
func (p *Proc) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.more)
	p.more = make(chan struct{})
}

// Line returns the next line of the process's output, without its newline. It
// fails the test when the output ends or nothing comes for half a minute.
func (p *Proc) Line(t testing.TB) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		if len(p.lines) > 0 {
			line := p.lines[0]
			p.lines = p.lines[1:]
			p.mu.Unlock()
			return line
		}
		ended, more := p.ended, p.more
		p.mu.Unlock()
		if ended {
			t.Fatalf("process %d: its output ended; stderr: %s", p.PID, p.stderr.text())
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("process %d: no line for %v; stderr: %s", p.PID, patience, p.stderr.text())
		}
	}
}

// WaitLine skips lines up to the first that contains part, and returns it.
func (p *Proc) WaitLine(t testing.TB, part string) string {
	t.Helper()
	return p.WaitLineFunc(t, func(line string) bool { return strings.Contains(line, part) })
}

// WaitLineFunc skips lines up to the first that is wanted, and returns it.
func (p *Proc) WaitLineFunc(t testing.TB, wanted func(line string) bool) string {
	t.Helper()
	for start := time.Now(); time.Since(start) < patience; {
		if line := p.Line(t); wanted(line) {
			return line
		}
	}
	t.Fatalf("process %d: the line did not come in %v", p.PID, patience)
	return ""
}

// Send writes a line to the process's stdin.
func (p *Proc) Send(t testing.TB, line string) {
	t.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		t.Fatalf("process %d: %v; stderr: %s", p.PID, err, p.stderr.text())
	}
}

// Ask sends a line and returns the next line of the output.
func (p *Proc) Ask(t testing.TB, line string) string {
	t.Helper()
	p.Send(t, line)
	return p.Line(t)
}

// Kill ends the process and reaps it. It may be called more than once.
func (p *Proc) Kill() {
	p.reaped.Do(func() {
		p.cmd.Process.Kill()
		p.stdin.Close()
		p.cmd.Wait()
		p.waitOutput()
	})
}

// Wait waits until the process has ended by itself, reaps it and returns its
// exit code.
func (p *Proc) Wait(t testing.TB) int {
	t.Helper()
	timer := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
	p.reaped.Do(func() {
		p.cmd.Wait()
		p.waitOutput()
	})
	if !timer.Stop() {
		t.Fatalf("process %d did not end in %v", p.PID, patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// waitOutput waits for the end of stdout, but no longer than a second: a child
// that outlives the process may hold it open.
func (p *Proc) waitOutput() {
	for deadline := time.After(time.Second); ; {
		p.mu.Lock()
		ended, more := p.ended, p.more
		p.mu.Unlock()
		if ended {
			return
		}
		select {
		case <-more:
		case <-deadline:
			return
		}
	}
}

// tail keeps the last bytes written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

func (b *tail) Write(p []byte) (int, error) {
	const limit = 8 << 10
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, p...)
	b.data = b.data[max(0, len(b.data)-limit):]
	return len(p), nil
}

func (b *tail) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.data)
}
