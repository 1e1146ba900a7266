package disasm_test

import (
	"fmt"
	"log"

	"quarry/session/disasm"
)

func Example() {
	d, err := disasm.New("amd64", disasm.Intel)
	if err != nil {
		log.Fatal(err)
	}
	code := []byte{0x83, 0x2d, 0xf9, 0x2e, 0, 0, 7, 0x75, 0xf7, 0xc3}
	for _, i := range d.All(code, 0x401136) {
		fmt.Printf("%#x  %s  %v\n", i.Addr, i.Text, i.Flow)
	}
	// Output:
	// 0x401136  sub dword ptr [rip+0x2ef9], 0x7  next
	// 0x40113d  jnz 0x401136  branch
	// 0x40113f  ret  return
}
