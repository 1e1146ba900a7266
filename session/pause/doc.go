// Package pause lets a whole process stand still for a moment, so that memory can
// be written which its threads would otherwise use half changed, code above all.
//
//	p, err := pause.Stop(ctx, s)
//	if err != nil { … }
//	defer p.Resume()
//	if len(p.In(code)) == 0 { s.Write(…) }
//
// # How
//
// All threads are seized and interrupted by ptrace(2), those too that begin
// meanwhile. One thread of the system does it all, and ends when the process is
// let go. Whatever ends that thread, also SIGKILL to this program, makes the kernel
// let the process run on. While it stands still, TracerPid is not 0.
//
// The memory of the process can be read and written through its session
// meanwhile, by any goroutine.
//
// # What the process can notice
//
// Time passes. Signals wait and are all delivered afterwards, once, in their
// order. A process that SIGSTOP had stopped is stopped afterwards, too, and
// SIGCONT works as ever. System calls that were interrupted start over, but for
// those that signal(7) lists as failing with EINTR after SIGCONT, epoll_wait(2)
// among them.
//
// Processes that share memory with the stopped one are not stopped.
//
// # Children of this program
//
// wait(2) in the program that traces a child tells also of the child's stops,
// whatever was asked for: [os/exec.Cmd.Wait] would take a stop for the end. So
// wait for the end of a child that may be stopped with [session.Session.Done]
// first, and call Wait after that.
package pause
