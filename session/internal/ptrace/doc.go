// Package ptrace makes the requests of ptrace(2) and waitid(2) that stopping and
// watching a process need, and nothing of its own beside.
//
// The kernel takes requests only from the thread of the system that seized a process:
// but for [Seize], which sees to that itself, all functions must be called on that
// one. Their errors are the system's, as [golang.org/x/sys/unix.Errno]. See ptrace(2).
package ptrace
