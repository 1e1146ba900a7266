// Package freeze keeps values in the memory of a process as they should be,
// while the process goes on changing them.
//
// A [Freezer] looks at its values again and again and writes those that have
// become what their [Rule] forbids. It never writes a value that nobody has
// changed, and it neither stops nor traces the process:
//
//	f := freeze.New(process, nil)
//	defer f.Close()
//	err := f.Add(freeze.Entry{
//		Name: "lives", Address: 0x4040a0, Type: value.I32, Keep: []byte{9, 0, 0, 0},
//		Rule: freeze.Rule{Mode: freeze.Lock, Interval: 10 * time.Millisecond},
//	})
//
// # How often
//
// All values of one interval are read together, with one system call for about
// a thousand of them. An interval below a millisecond is kept by a thread that
// sleeps as precisely as the kernel can, and a value that had to be written in
// the last 100 ms is then looked at four times as often: the shorter the wrong
// value lives, the less of it the program sees. [LeastInterval] is the limit.
//
// # Values that move
//
// The place of a value is an address, or a function that finds it, such as
// those that [Paths] makes of address expressions. That function is asked four
// times a second, whenever the place cannot be read, and right before each
// write, so that nothing is written where the path does not lead any more. A
// value that cannot be found or read now, since its pointer is null in a menu,
// is waited for.
//
// # Values that overlap
//
// No two values are kept at one place. Where one would come to be where another
// is kept, the one that is there stays, and the other is waited for like a value
// that cannot be found; its Status and an Event tell why, see [OverlapError].
package freeze
