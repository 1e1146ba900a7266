// Package session is being attached to one running process: finding it, reading
// and writing its memory, and knowing what its memory is used for.
//
//	s, err := session.Attach(pid)
//	if err != nil { … }
//	defer s.Close()
//	n, err := s.Read(buffer, addr)
//
// Attaching needs the permission to trace a process but traces and stops
// nothing: a program runs on undisturbed, and another debugger may hold it.
//
// # What is held
//
// A [Session] is bound to an [Identity], a PID and its start time, and to the
// address space of the program that ran when it was attached. When the process
// ends, or replaces its program by execve(2), every method returns an error that
// is [ErrGone]; the memory of another program is never handed out for that of
// the first.
//
// A [Region] is one use of a span of addresses, a [Module] the regions of one
// program or library. They are read anew at each call, since the map of a
// running process changes all the time.
//
// # Floors above
//
// Searching and patching see only [Memory] and [Target], so that they can be
// tested against sessiontest.Fake. This package and the packages below it are
// the only ones that make system calls on other processes; [WithExplain] shows
// each of them.
package session
