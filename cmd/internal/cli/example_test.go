package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"quarry/cmd/internal/cli"
)

// Replace a text in a program, as somebody does who types quarry in a shell. The
// program goes on undisturbed, and prints the new text.
func Example() {
	program := exec.Command("sh", "-c", `word="String 1"; while echo "$word"; read line; do :; done`)
	input, err := program.StdinPipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	output, err := program.StdoutPipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := program.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer program.Wait()
	defer input.Close()
	lines := bufio.NewScanner(output)
	lines.Scan()
	fmt.Println("before:", lines.Text())

	streams := cli.Streams{Out: io.Discard, Err: os.Stdout}
	code := cli.Main(context.Background(), []string{"-q", "-p", strconv.Itoa(program.Process.Pid), "replace", "String 1", "Replaced"}, streams)
	fmt.Println("exit code:", int(code))

	fmt.Fprintln(input) // asks for another line
	lines.Scan()
	fmt.Println("after:", lines.Text())
	// Output:
	// before: String 1
	// exit code: 0
	// after: Replaced
}
