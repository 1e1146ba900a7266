// Package disasm decodes machine code into instructions. It knows bytes,
// addresses and instruction sets, and nothing of processes or symbols.
//
//	d, err := disasm.New("amd64", disasm.Intel)
//	for _, i := range d.All(code, 0x401136) {
//		fmt.Println(i.Text)
//	}
//
// A [Decoder] takes whatever bytes there are: those that are no instruction it
// gives as one with the text ".byte 0x06", and goes on behind them.
//
// The tables of instructions are those of golang.org/x/arch. What they lack is
// told apart here: instructions for control-flow enforcement (endbr64, rdssp) and
// hints, and for the rest of 0F 38 and 0F 3A at least the length.
package disasm
