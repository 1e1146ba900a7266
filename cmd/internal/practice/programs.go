package practice

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"
)

// goalIf returns the state of a program by whether its goal is reached.
func goalIf(reached func() bool) func() State {
	return func() State {
		if reached() {
			return Reached
		}
		return Open
	}
}

// startOf returns the address of memory.
func startOf(memory []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))) }

// heapStart returns where the heap begins. That is before memory where the C
// library has a part of it.
func heapStart(memory []byte) uint64 {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return startOf(memory)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(line, "[heap]\n") {
			text, _, _ := strings.Cut(line, "-")
			if start, err := strconv.ParseUint(text, 16, 64); err == nil {
				return start
			}
		}
	}
	return startOf(memory)
}

// newAnswer asks where its heap begins, and takes the answer from its memory.
func newAnswer(memory []byte, _ int) program {
	answer := at(memory, 0x40)
	right := func() bool { return answer.address() == heapStart(memory) }
	return program{
		screen: func() []string {
			verdict := "nobody has answered yet"
			switch given := answer.address(); {
			case right():
				verdict = fmt.Sprintf("%#x, that is right", given)
			case given != 0:
				verdict = fmt.Sprintf("%#x, that is wrong", given)
			}
			return []string{
				"Where does my heap begin?",
				fmt.Sprintf("Answer in the 8 bytes at %#x: %s", startOf(answer), verdict),
			}
		},
		state: goalIf(right),
	}
}

// newGreeter greets somebody by the name that is in its memory.
func newGreeter(memory []byte, _ int) program {
	const stranger = "stranger"
	name := place(memory[0x1a0:], stranger)
	return program{
		screen: func() []string { return []string{"Good morning, " + text(name) + "!"} },
		state:  goalIf(func() bool { return text(name) != stranger && text(name) != "" }),
	}
}

// newScore loses points from a score that it shows.
func newScore(memory []byte, _ int) program {
	const first, goal = 100, 5000
	others := newCrowd(memory[0x1000:], 4, drawInt)
	score, steps := at(memory, 0x2d8), 0
	score.setInt(first)
	return program{
		step: func() {
			others.stir()
			score.setInt(score.int() - turn([]int32{7, 4, 9, 3, 12}, steps))
			if score.int() <= 0 {
				score.setInt(first)
			}
			steps++
		},
		screen: func() []string { return []string{fmt.Sprintf("Score %d", score.int())} },
		state:  goalIf(func() bool { return score.int() >= goal }),
	}
}

// meter draws a number as a bar of 20 cells.
func meter(v, full int32) string {
	const cells = 20
	n := int(max(0, min(int64(v)*cells/int64(full), cells)))
	return "[" + strings.Repeat("#", n) + strings.Repeat(".", cells-n) + "]"
}

// newBar shows an energy as a bar, and never as a number.
func newBar(memory []byte, _ int) program {
	const full = 1000
	others := newCrowd(memory[0x1000:], 4, drawInt)
	energy, steps := at(memory, 0x5c4), 0
	energy.setInt(613)
	return program{
		step: func() {
			others.stir()
			next := energy.int() + turn([]int32{-103, -51, 204, -152, 101, -53, 54}, steps)
			energy.setInt(max(1, min(next, 950)))
			steps++
		},
		screen: func() []string { return []string{"Energy " + meter(energy.int(), full)} },
		state:  goalIf(func() bool { return energy.int() >= full }),
	}
}

// newCar shows a float and a double, rounded.
func newCar(memory []byte, _ int) program {
	const fast, far = 300, 500
	floats := newCrowd(memory[0x1000:0x8000], 4, drawFloat)
	doubles := newCrowd(memory[0x8000:], 8, drawDouble)
	speed, fuel, steps := at(memory, 0x384), at(memory, 0x6b0), 0
	speed.setFloat(12.3456)
	fuel.setDouble(47.8125)
	return program{
		step: func() {
			floats.stir()
			doubles.stir()
			speed.setFloat(speed.float() + float32(turn([]int32{13, -8, 21, -6}, steps))*0.37)
			fuel.setDouble(fuel.double() - 1.2345)
			if fuel.double() < 0 {
				fuel.setDouble(47.8125)
			}
			steps++
		},
		screen: func() []string {
			return []string{fmt.Sprintf("Speed %.1f m/s", speed.float()), fmt.Sprintf("Fuel  %.1f l", fuel.double())}
		},
		state: goalIf(func() bool { return speed.float() >= fast && fuel.double() >= far }),
	}
}

// newLedger stores a debt as a negative balance, and a weight in tenths.
func newLedger(memory []byte, _ int) program {
	const rich = 900
	others := newCrowd(memory[0x1000:], 4, drawInt)
	balance, tenths, steps := at(memory, 0x4e8), at(memory, 0x914), 0
	balance.setInt(-120)
	tenths.setInt(45 * 10)
	return program{
		step: func() {
			others.stir()
			if balance.int() < 0 { // no interest on no debt
				balance.setInt(balance.int() - turn([]int32{15, 8, 23}, steps))
			}
			tenths.setInt(max(10, tenths.int()-10*turn([]int32{2, 1, 3}, steps)))
			steps++
		},
		screen: func() []string {
			return []string{fmt.Sprintf("You owe %d coins.", -balance.int()), fmt.Sprintf("Your gold weighs %d kg.", tenths.int()/10)}
		},
		state: goalIf(func() bool { return balance.int() >= 0 && tenths.int() >= rich*10 }),
	}
}

// newReactor puts its power back by itself, several times a second, and charges
// only while the power is high. Once charged it stays so.
func newReactor(memory []byte, _ int) program {
	const enough, charged = 500, 8
	others := newCrowd(memory[0x1000:], 4, drawInt)
	power, steps, charge := at(memory, 0x73c), 0, int32(0)
	usual := func() int32 { return 131 + turn([]int32{0, 17, -9, 32, 5}, steps) }
	power.setInt(usual())
	return program{
		step: func() {
			others.stir()
			steps++
			if power.int() < enough {
				power.setInt(usual())
			}
		},
		beat: func() {
			switch {
			case charge == charged:
			case power.int() >= enough:
				charge++
			default:
				charge = max(charge-1, 0)
			}
			power.setInt(usual())
		},
		screen: func() []string {
			return []string{fmt.Sprintf("Power  %d", power.int()), "Charge " + meter(charge, charged)}
		},
		state: func() State {
			switch {
			case charge >= charged:
				return Reached
			case charge > 0 || power.int() >= enough:
				return Soon
			}
			return Open
		},
	}
}

// treasure is where the vault has its coins: the way that stays when they move.
var treasure uint64

// newVault has its coins elsewhere in each run, behind a pointer in a variable of
// the program.
func newVault(memory []byte, run int) program {
	const first, goal = 73910, 1_000_000
	offset := 0x1000 + run*0x1370%0x8000&^7
	newCrowd(memory, 4, drawInt)
	treasure = startOf(memory) + uint64(offset)
	coins := func() cell { return at(memory, int(treasure-startOf(memory))) }
	coins().setInt(first)
	return program{
		screen: func() []string {
			return []string{fmt.Sprintf("Run %d: the vault holds %d coins.", run, coins().int())}
		},
		state: goalIf(func() bool { return run > 1 && coins().int() >= goal }),
	}
}

// hurt takes from a health. It is a function of its own so that the instruction
// which does so stands once in the program.
//
//go:noinline
func hurt(health *int32, damage int32) { *health -= damage }

// newFighter is swung at all the time, and hit at each step. The code that takes
// the health is what keeps it from its goal, not the number.
func newFighter(memory []byte, run int) program {
	const first = 250
	others := newCrowd(memory[0x1000:], 4, drawInt)
	health, steps, safe := at(memory, 0x668), 0, false
	hit := func(damage int32) { hurt((*int32)(unsafe.Pointer(unsafe.SliceData(health))), damage) }
	health.setInt(first)
	return program{
		step: func() {
			others.stir()
			before := health.int()
			hit(turn([]int32{11, 6, 14, 9}, steps))
			if safe = health.int() == before; health.int() <= 0 {
				health.setInt(first)
			}
			steps++
		},
		beat:   func() { hit(0) }, // a swing that misses
		screen: func() []string { return []string{fmt.Sprintf("Run %d: health %d", run, health.int())} },
		state:  goalIf(func() bool { return run > 1 && safe }),
	}
}
