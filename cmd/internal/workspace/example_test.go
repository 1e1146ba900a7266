package workspace_test

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"

	"quarry/cmd/internal/workspace"
)

// Attach to a program, name a place in it, and take that back.
func Example() {
	program := exec.Command("sleep", "60")
	if err := program.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer program.Wait()
	defer program.Process.Kill()

	ctx, w := context.Background(), workspace.New(nil)
	defer w.Close()
	if err := w.Attach(strconv.Itoa(program.Process.Pid)); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := w.Label(ctx, "stack+0x10", "lives", workspace.LabelOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.EntryNames())

	step, err := w.Undo(ctx)
	fmt.Println(step.Title, err)
	fmt.Println(w.EntryNames())
	// Output:
	// [lives]
	// label stack+0x10 lives <nil>
	// []
}
