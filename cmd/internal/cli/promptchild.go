package cli

import (
	"bufio"
	"io"
	"os"
	"strings"

	"github.com/creack/pty"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/repl"
	"quarry/session/bug"
)

// start starts a program. What it prints goes to standard error, or where a
// person types lines is shown between them.
func (e *env) start(p *prompt, args []string) error {
	if !p.interactive {
		return e.work.Run(e.Err, args[0], args[1:]...)
	}
	// A terminal of its own: into a pipe, programs print in large pieces, late.
	shown, output, err := pty.Open()
	if err != nil {
		return e.work.Run(e.Err, args[0], args[1:]...)
	}
	if in, ok := e.In.(*os.File); ok {
		_ = pty.InheritSize(in, shown) // any size will do
	}
	err = e.work.Run(output, args[0], args[1:]...)
	output.Close()
	if err != nil {
		shown.Close()
		return err
	}
	go func() {
		defer shown.Close()
		if err := bug.Guard(func() error { postLines(&p.notices, shown); return nil })(); err != nil {
			p.notices.Postf("what the program prints is not shown any more: %v", err)
		}
	}()
	return nil
}

// postLines posts what is read, line by line, until the end.
func postLines(n *repl.Notices, r io.Reader) {
	const longest = 4 << 10
	in := bufio.NewReaderSize(r, longest)
	for {
		line, err := in.ReadSlice('\n') // a longer line comes in pieces
		if text := strings.TrimRight(string(line), "\r\n"); len(line) > 0 {
			n.Post("│ " + render.Printable(text))
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}
