package practice

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// cell is a place in the memory of a program that holds one number. It is read
// anew each time: others write there.
type cell []byte

// at returns the cell at an offset.
func at(memory []byte, offset int) cell { return cell(memory[offset : offset+8 : offset+8]) }

func (c cell) int() int32      { return int32(binary.NativeEndian.Uint32(c)) }
func (c cell) setInt(v int32)  { binary.NativeEndian.PutUint32(c, uint32(v)) }
func (c cell) float() float32  { return math.Float32frombits(binary.NativeEndian.Uint32(c)) }
func (c cell) double() float64 { return math.Float64frombits(binary.NativeEndian.Uint64(c)) }
func (c cell) address() uint64 { return binary.NativeEndian.Uint64(c) }

func (c cell) setFloat(v float32)  { binary.NativeEndian.PutUint32(c, math.Float32bits(v)) }
func (c cell) setDouble(v float64) { binary.NativeEndian.PutUint64(c, math.Float64bits(v)) }

// crowd is memory full of other numbers, which change too: a number that is
// searched for is never alone. It is the same crowd each time.
type crowd struct {
	memory []byte
	random *rand.Rand
	draw   func(cell, *rand.Rand) // puts a number into a cell
	size   int                    // of a number
}

// newCrowd fills memory with numbers.
func newCrowd(memory []byte, size int, draw func(cell, *rand.Rand)) *crowd {
	c := &crowd{memory, rand.New(rand.NewPCG(4, 2)), draw, size}
	for i := 0; i+8 <= len(memory); i += size {
		draw(at(memory, i), c.random)
	}
	return c
}

// stir changes every third number or so.
func (c *crowd) stir() {
	for i := 0; i+8 <= len(c.memory); i += c.size {
		if c.random.IntN(3) == 0 {
			c.draw(at(c.memory, i), c.random)
		}
	}
}

// drawInt, drawFloat and drawDouble draw numbers for a crowd.
func drawInt(c cell, r *rand.Rand)    { c.setInt(r.Int32N(1000)) }
func drawFloat(c cell, r *rand.Rand)  { c.setFloat(r.Float32() * 100) }
func drawDouble(c cell, r *rand.Rand) { c.setDouble(r.Float64() * 100) }

// turn returns the element of a list for the n-th time, over and over.
func turn(list []int32, n int) int32 { return list[n%len(list)] }
