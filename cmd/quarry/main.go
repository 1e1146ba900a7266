// Quarry is a live memory editor: it searches the memory of a running process
// for a value, narrows the candidates as the value changes, and writes a new one
// in place. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"quarry/cmd/internal/cli"
)

func main() { os.Exit(run()) }

// run leaves by returning, so that everything deferred below it is done
// whatever ends quarry. Ctrl-C is left to the verbs: at the prompt it ends what
// runs there, and not quarry.
func run() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // see RATIONALE.md, Candidates are outside of Go's heap
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends what does not heed the first
	// A reader of our output that went away is an error of the write, and not
	// the sudden end of quarry with a child left behind. The signal is caught, not
	// ignored, because programs that quarry starts would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return int(cli.Main(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
