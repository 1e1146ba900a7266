package workspace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"syscall"
	"time"

	"quarry/session"
)

// patience is how long a child may take to end before it is killed.
const patience = 2 * time.Second

// Child is a program that quarry started.
type Child struct {
	cmd      *exec.Cmd
	released chan struct{} // quarry has let go of it
	ended    chan struct{}
}

// Run starts a program and attaches to it. What it prints goes to output. It
// runs in a process group of its own, so that Ctrl-C at the prompt is not meant
// for it, and ends with the workspace unless it is detached.
func (w *Workspace) Run(output io.Writer, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = output, output
	return w.RunCommand(cmd, nil)
}

// reason returns why a program was not started, without its name.
func reason(err error) error {
	var lookup *exec.Error
	var path *fs.PathError
	switch {
	case errors.As(err, &lookup):
		return lookup.Err
	case errors.As(err, &path):
		return path.Err
	}
	return err
}

// RunCommand is Run for a program whose streams have been set. ready, when not
// nil, returns when the program has begun its work, or why it does not.
func (w *Workspace) RunCommand(cmd *exec.Cmd, ready func() error) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", cmd.Path, reason(err))
	}
	child := &Child{cmd: cmd, released: make(chan struct{}), ended: make(chan struct{})}
	var err error
	if ready != nil {
		err = ready()
	}
	if err == nil {
		err = w.attach(cmd.Process.Pid)
	}
	if err != nil {
		close(child.released)
		go child.wait(nil)
		child.stop()
		return err
	}
	go child.wait(w.session.Done())
	w.child = child
	if ready == nil {
		child.settle(w.session)
	}
	return nil
}

// wait waits for the end of the child once over tells of it, or quarry has let go
// of it: while quarry traces the child, wait(2) would take a stop for its end.
func (c *Child) wait(over <-chan struct{}) {
	select {
	case <-over:
	case <-c.released:
	}
	_ = c.cmd.Wait() // how it ended is the child's business
	close(c.ended)
}

// settling is how long a program may take to start before it is looked at.
const settling = 200 * time.Millisecond

// settle waits until the program has begun its work, which shows in its first
// sleep, or for a moment: before, only the dynamic loader runs in it, and the
// program has neither heap nor libraries.
func (c *Child) settle(s *session.Session) {
	for began := time.Now(); time.Since(began) < settling; time.Sleep(2 * time.Millisecond) {
		info, err := s.Info()
		if err != nil || info.State == 'S' {
			return
		}
	}
}

// stop asks the child to end, and makes it.
func (c *Child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-c.ended:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
}
