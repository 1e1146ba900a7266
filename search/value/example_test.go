package value_test

import (
	"encoding/binary"
	"fmt"

	"quarry/search/value"
)

func ExampleEncode() {
	raw, err := value.Encode(value.I32, "-2", binary.LittleEndian)
	fmt.Printf("% x %v\n", raw, err)

	_, err = value.Encode(value.U8, "300", binary.LittleEndian)
	fmt.Println(err)
	// Output:
	// fe ff ff ff <nil>
	// 300 does not fit u8: it holds 0..255
}
