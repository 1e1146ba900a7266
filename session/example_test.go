package session_test

import (
	"bufio"
	"bytes"
	"fmt"
	"log"
	"os/exec"
	"strings"

	"quarry/session"
)

// Attach to a program, look for a text in its memory and replace it. The
// program goes on undisturbed, and prints the new text.
func Example() {
	program := exec.Command("sh", "-c", `word="String 1"; while echo "$word"; read line; do :; done`)
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
	fmt.Println("before:", lines.Text())

	s, err := session.Attach(program.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := replaceAll(s, "String 1", "Replaced"); err != nil {
		log.Fatal(err)
	}

	fmt.Fprintln(input) // asks for another line
	lines.Scan()
	fmt.Println("after:", lines.Text())
	// Output:
	// before: String 1
	// after: Replaced
}

// replaceAll writes one text over another, of the same length, wherever it
// stands in memory that the program may write.
func replaceAll(s *session.Session, old, new string) error {
	regions, err := session.Scope{}.Select(s)
	if err != nil {
		return err
	}
	for _, r := range regions {
		data := make([]byte, r.Size())
		if _, err := session.ReadSpans(s, data, r.Start, nil); err != nil {
			return err
		}
		for at := 0; ; at += len(old) {
			next := bytes.Index(data[at:], []byte(old))
			if next < 0 {
				break
			}
			at += next
			if _, err := s.Write([]byte(new), r.Start+uint64(at)); err != nil {
				return err
			}
		}
	}
	return nil
}

func ExampleParseScope() {
	scope, err := session.ParseScope("heap, module:game, 4096..8192")
	fmt.Println(scope, err)
	_, err = session.ParseScope("heep")
	fmt.Println(err)
	fmt.Println(strings.Contains(session.Hint(err), "heap"))
	// Output:
	// heap,module:game,0x1000..0x2000 <nil>
	// scope "heep": no such scope; did you mean heap?
	// true
}
