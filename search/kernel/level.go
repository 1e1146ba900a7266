package kernel

import "sync/atomic"

// Level is a set of instructions that kernels are made of.
type Level int32

// The levels. Each includes those before it, as pure Go does what a vector
// kernel does not.
const (
	Portable Level = iota // pure Go
	AVX2                  // AVX2 and BMI2
	AVX512                // AVX-512 F, BW, DQ, VL and BMI2
)

func (l Level) String() string {
	return [...]string{"pure Go", "AVX2", "AVX-512"}[l]
}

// best is the highest level this processor has.
var best = detect()

var level atomic.Int32

func init() { level.Store(int32(best)) }

// CurrentLevel returns the level in use, at first the highest one that the
// processor has.
func CurrentLevel() Level { return Level(level.Load()) }

// SetLevel chooses the level for all kernels from now on and returns the one
// before. A level that the processor does not have becomes its highest. All
// levels give the same answers: this is for tests and benchmarks.
func SetLevel(l Level) (before Level) {
	return Level(level.Swap(int32(max(Portable, min(l, best)))))
}
