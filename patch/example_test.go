package patch_test

import (
	"context"
	"fmt"

	"quarry/patch"
	"quarry/search"
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
