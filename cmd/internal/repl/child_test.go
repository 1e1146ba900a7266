package repl

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	prompt "github.com/c-bata/go-prompt"

	"quarry/cmd/internal/shellwords"
	"quarry/session/sessiontest"
)

// childVariable makes the test binary be the toy program that the tests on a terminal run.
const childVariable = "QUARRY_REPL_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(toyProgram())
	}
	os.Exit(sessiontest.Main(m))
}

// toyProgram is a small program around a Loop.
func toyProgram() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	notices := new(Notices)
	reader, err := Open(Options{
		In: os.Stdin, Out: os.Stdout,
		Complete: toyComplete, HistoryFile: os.Getenv("TOY_HISTORY"), Notices: notices,
	})
	if err != nil {
		fmt.Println("open:", err)
		return 2
	}
	defer reader.Close()
	count := 0
	loop := Loop{
		Reader:      reader,
		Interactive: true,
		Notices:     notices,
		Prompt:      func() string { count++; return fmt.Sprintf("%d> ", count) },
		Execute: func(ctx context.Context, line string) error {
			err := toyExecute(ctx, reader, notices, line)
			if err != nil && err != ErrExit {
				fmt.Println("error:", err)
			}
			return err
		},
	}
	fmt.Printf("bye: %v\n", loop.Run(ctx))
	return 0
}

var toyWords = []Suggestion{
	{"echo", "print the words"}, {"echelon", "do nothing"}, {"exit", "leave"}, {"long", "wait for Ctrl-C"},
	{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"my file", "a name with a blank"},
}

func toyComplete(line string) []Suggestion {
	_, last, _ := shellwords.SplitPartial(line)
	if last == "kaboom" {
		panic("boom")
	}
	var found []Suggestion
	for _, s := range toyWords {
		if strings.HasPrefix(s.Text, last) {
			found = append(found, s)
		}
	}
	return found
}

func toyExecute(ctx context.Context, r LineReader, notices *Notices, line string) error {
	words, err := shellwords.Split(line)
	if err != nil {
		return err
	}
	switch words[0] {
	case "echo":
		fmt.Printf("echo %q\n", words[1:])
	case "fail":
		return fmt.Errorf("told to fail")
	case "long":
		fmt.Println("long begins")
		<-ctx.Done()
		return ctx.Err()
	case "later": // posts a notice once there is a file, while the next line is being typed
		go func() {
			for !exists(words[1]) {
				time.Sleep(time.Millisecond)
			}
			notices.Post("notice: " + words[1])
		}()
	case "panic":
		panic("told to panic")
	case "break": // makes go-prompt panic at Ctrl-A
		bind := prompt.OptionAddKeyBind(prompt.KeyBind{Key: prompt.ControlA, Fn: func(*prompt.Buffer) { panic("broken") }})
		return bind(r.(*editor).prompt)
	case "ttys":
		fmt.Printf("%d descriptors of /dev/tty are handed down\n", len(inheritedTTYs()))
	case "exit":
		return ErrExit
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
