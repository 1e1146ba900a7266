package cli

import (
	"context"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"quarry/session"
	"quarry/session/bug"
)

// typing is how long completion may keep a person waiting who types.
const typing = 40 * time.Millisecond

// envKey is the key of the env in the context of a command line.
type envKey struct{}

// withEnv returns a context that completions find the env in.
func (e *env) withEnv(ctx context.Context) context.Context {
	return context.WithValue(ctx, envKey{}, e)
}

// envOf returns the env of the command line that a command is run for.
func envOf(cmd *cobra.Command) *env {
	if ctx := cmd.Context(); ctx != nil {
		if e, ok := ctx.Value(envKey{}).(*env); ok {
			return e
		}
	}
	return newEnv(Streams{})
}

// target returns the session that completion is about, or nil: the one of the
// prompt, or of the process that -p names.
func (e *env) target() *session.Session {
	if e.prompt == nil && e.flags.process != "" && e.work.Attached() == nil {
		_ = e.work.Attach(clean(e.flags.process)) // a mistake in it is told when the line is run
	}
	if s := e.work.Attached(); s != nil && s.Alive() == nil {
		return s
	}
	return nil
}

// modules returns the modules of the process, if there is one.
func (e *env) modules() []session.Module {
	s := e.target()
	if s == nil {
		return nil
	}
	modules, err := s.Modules()
	if err != nil {
		return nil
	}
	seen := make(map[string]bool)
	var out []session.Module
	for _, m := range modules {
		if !seen[m.Name] && m.Name != "" {
			out = append(out, m)
		}
		seen[m.Name] = true
	}
	return out
}

// processes lists the processes. At the prompt, a list that is a second old
// will do, and one that takes long comes with the next key.
func (e *env) processes() ([]session.Process, error) {
	if e.prompt == nil {
		return session.List()
	}
	return e.prompt.processes.get()
}

// processList is the list of processes, made in the background.
type processList struct {
	mu      sync.Mutex
	made    time.Time
	list    []session.Process
	err     error
	pending chan struct{} // closed when the list that is being made is there
}

// get returns the list, or the former one when making a new one takes longer
// than a person who types should wait.
func (l *processList) get() ([]session.Process, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil && time.Since(l.made) > time.Second {
		pending := make(chan struct{})
		l.pending = pending
		go func() {
			var list []session.Process
			err := bug.Guard(func() (err error) { list, err = session.List(); return err })()
			l.mu.Lock()
			l.list, l.err, l.made, l.pending = list, err, time.Now(), nil
			l.mu.Unlock()
			close(pending)
		}()
	}
	if pending := l.pending; pending != nil {
		l.mu.Unlock()
		select {
		case <-pending:
		case <-time.After(typing):
		}
		l.mu.Lock()
	}
	return l.list, l.err
}
