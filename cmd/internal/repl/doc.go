// Package repl reads lines and runs them: with editing, completion and history on a terminal,
// plainly from a pipe, a file or a list.
//
// It knows no command. Whoever builds the command tree hands in what completes a line
// ([Options.Complete]) and what runs one ([Loop.Execute]).
//
// # Output rules
//
//   - The prompt, the echo of what is typed and the drop-down go to [Options.Out], and only when
//     both ends are terminals. A script that is piped in therefore leaves nothing but the results
//     of its commands on standard output.
//   - Notices go to [Loop.Messages] (standard error unless set) before a prompt, and to the terminal
//     above the line that is being typed, never into it. Errors are told by [Loop.Execute].
//   - This package never prints a result.
//
// # The terminal
//
// The terminal is raw only while ReadLine waits. While a command runs it is as it was found, so
// Ctrl-C is a signal and output has its ordinary line ends. It is put back on every way out:
// Enter, Ctrl-C, Ctrl-D, a cancelled context, a hang-up and a panic.
//
// On a terminal the editing is done by go-prompt 0.2.6, whose faults are kept from the user by
// the types between it and the terminal: keyboard (what it reads), screen (what it writes) and
// completer (what it suggests). Its Run method is never called.
package repl
