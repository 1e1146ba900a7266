package pause_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os/exec"

	"quarry/session"
	"quarry/session/pause"
)

// Let a program stand still, look where its threads are, and let it go.
func Example() {
	program := exec.Command("sh", "-c", `echo ready; read line; echo "read $line"`)
	input, err := program.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	output, err := program.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := program.Start(); err != nil {
		log.Fatal(err)
	}
	defer program.Wait()
	defer input.Close()
	lines := bufio.NewScanner(output)
	lines.Scan()

	s, err := session.Attach(program.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := whileStopped(s); err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(input, "a line")
	lines.Scan()
	fmt.Println(lines.Text())
	// Output:
	// 1 thread, 0 in the first page of the program
	// read a line
}

func whileStopped(s *session.Session) error {
	module, err := s.Program()
	if err != nil {
		return err
	}
	page := session.Range{Start: module.Base, End: module.Base + 4096}

	p, err := pause.Stop(context.Background(), s)
	if err != nil {
		return err
	}
	defer p.Resume()
	fmt.Printf("%d thread, %d in the first page of the program\n", len(p.Threads()), len(p.In(page)))
	return nil
}
