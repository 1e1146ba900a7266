package freeze_test

import (
	"encoding/binary"
	"fmt"
	"log"
	"time"

	"quarry/patch/freeze"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// Freeze the lives of a player at nine. The program's pointer to the player is
// at game+0x40, its lives are 8 bytes behind where that points to.
func Example() {
	// A process that exists only in memory; session.Attach returns a real one.
	process := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{
		Range: session.Range{Start: 0x1000, End: 0x2000}, Module: "game",
	}})
	const pointer, lives = 0x1040, 0x1808
	process.Poke(pointer, []byte{0x00, 0x18})
	process.Poke(lives, []byte{3})

	place, err := address.Parse("[game+0x40]+8")
	if err != nil {
		log.Fatal(err)
	}
	nine, err := value.Encode(value.I32, "9", binary.LittleEndian)
	if err != nil {
		log.Fatal(err)
	}
	rule, err := freeze.ParseRule("lock")
	if err != nil {
		log.Fatal(err)
	}
	rule.Interval = 10 * time.Millisecond

	f := freeze.New(process, func(e freeze.Event) { fmt.Println(e.Err) })
	defer f.Close()
	paths := freeze.NewPaths(func() address.Resolver { return address.In(process, nil) })
	if err := f.Add(freeze.Entry{
		Name: "lives", Rule: rule, Type: value.I32, Keep: nine, Locate: paths.Locate(place),
	}); err != nil {
		log.Fatal(err)
	}
	for f.List()[0].Writes < 1 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("lives:", process.Peek(lives, 1)[0])

	process.Poke(lives, []byte{8}) // the program takes a life
	for f.List()[0].Writes < 2 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("lives:", process.Peek(lives, 1)[0])

	process.Gone()
	<-f.Done()
	// Output:
	// lives: 9
	// lives: 9
	// the process is gone
}
