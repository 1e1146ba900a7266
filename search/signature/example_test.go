package signature_test

import (
	"context"
	"fmt"
	"log"

	"quarry/search/signature"
	"quarry/session"
	"quarry/session/sessiontest"
)

// The distance to a variable changes when a program is built again, and is left
// open. The instruction behind it is what tells this place from the other.
func Example() {
	code := []byte("" +
		"\x01\x05\x10\x20\x00\x00" + // add [rip+0x2010], eax
		"\xc3" + // ret
		"\x01\x05\x30\x20\x00\x00" + // add [rip+0x2030], eax
		"\x90\xc3") // nop, ret
	region := session.Region{
		Range: session.Range{Start: 0x401000, End: 0x401000 + uint64(len(code))},
		Perms: session.PermRead | session.PermExec, Kind: session.KindCode, Module: "game",
	}
	target := sessiontest.NewFake(sessiontest.Segment{Region: region, Data: code})

	const addr = 0x401007
	s, err := signature.Make(context.Background(), target, addr, addr, signature.Longest)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s in %s, %#x\n", s.Pattern, s.Module, s.Addr)
	// Output: 01 05 ?? ?? ?? ?? 90 in game, 0x401007
}
