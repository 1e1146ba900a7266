package patch_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os/exec"

	"quarry/patch"
	"quarry/search"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// A patch file is read, planned, applied, and taken back. A fake process stands
// for the one that session.Attach gives.
func Example() {
	target := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000}},
		Data:   []byte("Hello, String 1!"),
	})
	const text = `
quarry = 1
[[edit]]
name = "greeting"
find = "String 1"
set  = "Replaced"
`
	ctx := context.Background()
	file, err := patch.Parse("greeting.toml", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := patch.NewPlan(ctx, target, file, search.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s is %v\n", plan.Edits[0].Label(), plan.Edits[0].State)

	result, err := plan.Apply(ctx, target)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("changed %v: %s\n", result.Changed, target.Peek(0x1000, 16))

	_, err = result.Group.Undo(ctx, target)
	fmt.Printf("undo %v: %s\n", err, target.Peek(0x1000, 16))
	// Output:
	// edit "greeting" is pending
	// changed true: Hello, Replaced!
	// undo <nil>: Hello, String 1!
}

// Four calls: attach to a program that runs, search, narrow, and write. The
// program goes on undisturbed, and prints the new text.
func Example_fourCalls() {
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

	ctx := context.Background()
	s, err := session.Attach(program.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	g, err := search.Find(ctx, s, search.Query{
		Type: value.String, Condition: condition.Condition{Op: condition.Equal, A: "String 1"},
	}, search.Options{})
	if err != nil {
		log.Fatal(err)
	}
	g, err = g.Narrow(ctx, s, condition.Condition{Op: condition.Same}, search.Options{})
	if err != nil {
		log.Fatal(err)
	}
	places, err := g.Page(0, int(g.Len()))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := patch.Set(ctx, s, places, "Replaced"); err != nil {
		log.Fatal(err)
	}

	fmt.Fprintln(input) // asks for another line
	lines.Scan()
	fmt.Println("after:", lines.Text())
	// Output:
	// before: String 1
	// after: Replaced
}

func ExampleReplace() {
	target := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000}},
		Data:   []byte("one two one"),
	})
	r, err := patch.Replace(context.Background(), target, patch.Replacement{Old: "one", New: "ONE"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d places: %s\n", r.Count, target.Peek(0x1000, 11))
	// Output: 2 places: ONE two ONE
}
