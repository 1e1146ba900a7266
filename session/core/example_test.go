package core_test

import (
	"context"
	"debug/elf"
	"fmt"
	"log"
	"os"
	"os/exec"

	"quarry/session"
	"quarry/session/core"
)

// Write a core file of a program, which goes on meanwhile.
func Example() {
	program := exec.Command("cat")
	input, err := program.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := program.Start(); err != nil {
		log.Fatal(err)
	}
	defer program.Wait()
	defer input.Close()
	s, err := session.Attach(program.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	file, err := os.CreateTemp("", "*.core")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	summary, err := core.Write(context.Background(), file, s, nil)
	if err != nil {
		log.Fatal(err)
	}
	read, err := elf.NewFile(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(read.Type, "of", summary.Threads, "thread")
	// Output: ET_CORE of 1 thread
}
