package foreign_test

import (
	"fmt"

	"quarry/patch/foreign"
)

// A pointer path of an address expression, piece by piece, as the tables of other
// tools write it.
func ExampleParsePlace() {
	place, ok := foreign.ParsePlace("[game+0x40a0]+0x10")
	fmt.Println(ok, place.Offset, place.Pointer.Name, place.Pointer.Offset)
	fmt.Println(place)
	// Output:
	// true 16 game 16544
	// [game+0x40a0]+0x10
}

func ExampleNames() {
	var names foreign.Names
	fmt.Println(names.Unique("lives"), names.Unique("lives"))
	// Output: lives lives 2
}
