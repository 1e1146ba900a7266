package symbol_test

import (
	"bufio"
	"fmt"
	"log"
	"os/exec"

	"quarry/session"
	"quarry/session/symbol"
)

// Find a function of the C library in a running program, and tell which
// function an address lies in.
func Example() {
	program := exec.Command("sh", "-c", "echo ready; read line")
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
	bufio.NewScanner(output).Scan()

	s, err := session.Attach(program.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	index := symbol.NewIndex(s)
	write, err := index.Find("libc:fwrite")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(write.Name(), write.Kind, write.Module)
	inside, offset, ok, err := index.At(write.Addr + 4)
	fmt.Println(inside.Addr == write.Addr, offset, ok, err)
	// Output:
	// fwrite func libc.so.6
	// true 4 true <nil>
}
