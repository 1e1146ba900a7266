package repl

import (
	"context"
	"os"
)

// Ask shows a question on out and returns the line typed in answer. Both must be
// terminals, and no line may be read meanwhile. Errors are those of
// [LineReader.ReadLine], but that Ctrl-C is the caller's to turn into the end
// of ctx.
func Ask(ctx context.Context, in, out *os.File, question string) (string, error) {
	p, err := openPlain(Options{In: in, Out: out})
	if err != nil {
		return "", err
	}
	defer p.Close()
	return p.ReadLine(ctx, question)
}
