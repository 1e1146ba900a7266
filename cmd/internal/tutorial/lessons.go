// Package tutorial holds the lessons of quarry tutorial. A lesson is data: its
// text, its hints, and the name of a program in package practice, which decides
// by its own memory whether the goal is reached. To add a lesson, add a program
// there and a Lesson here.
package tutorial

import "strconv"

// Lesson is one lesson.
type Lesson struct {
	Name    string   // in the file that keeps the progress; never changed
	Title   string   // what is to be learnt, in a few words
	Program string   // the program of package practice that it is about
	Text    []string // what there is to know before
	Goal    string
	ByFile  bool     // the goal must be reached by a patch file older than the program
	Try     []string // lines to begin with
	Hints   []string // the last tells every line to type
	Why     []string // what has happened, in terms of /proc/PID/mem
}

// pointer is the type of a pointer in the programs.
var pointer = "u" + strconv.Itoa(strconv.IntSize)

// Lessons are all lessons, in their order.
var Lessons = []Lesson{{
	Name:    "maps",
	Title:   "See a process in /proc",
	Program: "answer",
	Text: []string{
		"The kernel tells all about a process in files below /proc/PID. One, maps,",
		"lists its regions of memory; another, mem, is that memory. The program asks",
		"where its heap begins, and takes the answer from its own memory: set ADDRESS",
		"VALUE writes there. Quarry tells the system calls that it makes, in grey.",
	},
	Goal: "write the address at which the heap begins to where the program looks for it",
	Try:  []string{"info", "maps", "maps --in heap"},
	Hints: []string{
		"maps --in heap shows one line; an address is a number such as 0x55d0c2a3f000.",
		"The heap begins at the first of the two addresses in that line. The program shows the address of its answer.",
		"maps --in heap, then set WHERE BEGIN -t u64: WHERE is the address on the screen, BEGIN the first address of the line.",
	},
	Why: []string{
		"Quarry wrote the number with pwrite to /proc/PID/mem, in which the position of a byte is",
		"its address, and read them back. The program did not stop, and was not asked. All it",
		"took was a number from /proc/PID/maps, and the right to open the other file.",
	},
}, {
	Name:    "string",
	Title:   "Replace a text in the heap",
	Program: "greeter",
	Text: []string{
		"The program greets somebody by a name that lies in its heap. In C, and here, a",
		"text is its bytes and a NUL at the end; it has no room to grow, so a longer one",
		"is refused. step presses Enter in the program, screen shows what it shows.",
	},
	Goal: "have the program greet you, by a name of at most eight letters",
	Try:  []string{"find stranger --in heap", "hex 1 64", "screen"},
	Hints: []string{
		"find TEXT searches and shows where the text is; set 1 TEXT writes over the first row.",
		"replace OLD NEW does both at once. --in heap leaves everything else alone.",
		"replace stranger Ada --in heap",
	},
	Why: []string{
		"Quarry read the heap through /proc/PID/mem, compared it with eight bytes at every",
		"address, and wrote your name there with NULs behind it. The program still prints",
		"what is at that address: it cannot know that somebody else wrote there.",
	},
}, {
	Name:    "exact",
	Title:   "Find a number that you see",
	Program: "score",
	Text: []string{
		"Memory is full of numbers, and many are equal to the one you want. Search for it,",
		"let the program change it, and keep the places that hold the new number: that",
		"is called narrowing. Each step costs the player some points.",
	},
	Goal: "a score of 5000 or more",
	Try:  []string{"find 100 --in heap", "step", "narrow NUMBER   (the one on the screen)"},
	Hints: []string{
		"find the number on the screen, step, then narrow to the new number on the screen.",
		"Repeat step and narrow until one match is left. undo goes back when one was mistyped.",
		"find NUMBER --in heap, step, narrow NUMBER, step, narrow NUMBER, set 1 9999",
	},
	Why: []string{
		"The first search kept the addresses of all equal numbers. Narrowing read only those",
		"again from /proc/PID/mem; chance does not follow the program for long, so what was",
		"left is where the program keeps its score. set wrote its 4 bytes.",
	},
}, {
	Name:    "unknown",
	Title:   "Find a number that you do not see",
	Program: "bar",
	Text: []string{
		"The program shows its energy as a bar, and no number. Begin with every number,",
		"unknown, and tell after each step what the bar did: up, down, or by screen, which",
		"changes nothing, same.",
	},
	Goal: "fill the bar: its number must be 1000 or more",
	Try:  []string{"find unknown -t i32 --in heap", "step", "narrow down   (or up)"},
	Hints: []string{
		"After find unknown: step, look whether the bar became longer, narrow up or narrow down.",
		"Go on for eight steps or so, until one or two are left. narrow same right after a narrowing keeps what stands still.",
		"find unknown -t i32 --in heap; step; narrow down (shorter) or narrow up (longer), many times; set 1 1000",
	},
	Why: []string{
		"The first search copied the heap from /proc/PID/mem. Each narrowing read it again and",
		"compared old with new, place by place. No number was needed, only its direction.",
	},
}, {
	Name:    "floats",
	Title:   "Numbers with a point",
	Program: "car",
	Text: []string{
		"Speed is a float, 4 bytes (-t f32), fuel a double, 8 bytes (-t f64). The screen",
		"rounds both, so a search for 12.3 means everything that is shown as 12.3. The",
		"same number has other bytes as i32, f32 and f64: the type must be right.",
	},
	Goal: "a speed of 300 or more, and 500 litres or more",
	Try:  []string{"find 12.3 -t f32 --in heap", "step", "narrow NUMBER"},
	Hints: []string{
		"Hunt one, set it, then hunt the other: a new find begins afresh.",
		"Speed: find NUMBER -t f32 --in heap, step, narrow NUMBER until one is left. Fuel: the same with -t f64.",
		"find SPEED -t f32 --in heap, step, narrow SPEED, step, narrow SPEED, set 1 400; find FUEL -t f64 --in heap, step, narrow FUEL, set 1 600",
	},
	Why: []string{
		"The 4 bytes of 400 as a float are 00 00 c8 43, and as a whole number they mean",
		"1137180672. /proc/PID/mem holds bytes alone; the type is in the program's code, and",
		"in your head.",
	},
}, {
	Name:    "stored",
	Title:   "Numbers that are stored otherwise than shown",
	Program: "ledger",
	Text: []string{
		"A search for the number on the screen may find nothing. This program keeps your",
		"debt as a negative balance, and the weight of your gold in tenths of a kilogram.",
		"--stored -v searches for the negative, --stored v*10 for ten times the number.",
	},
	Goal: "owe 0 coins or less, and have 900 kg of gold or more",
	Try:  []string{"find 120 --in heap", "find 120 --stored -v --in heap", "step"},
	Hints: []string{
		"One after the other: first the debt with --stored -v, then the gold with --stored v*10.",
		"You go on typing what the screen shows: narrow and set turn it into what is stored.",
		"find DEBT --stored -v --in heap, step, narrow DEBT, set 1 0; find GOLD --stored v*10 --in heap, step, narrow GOLD, set 1 900",
	},
	Why: []string{
		"For a debt of 120 the bytes 88 ff ff ff stood in /proc/PID/mem, which is -120. Quarry",
		"searched for the bytes of the stored number and showed you yours. Languages do it too:",
		"many store a whole number v as 2v+1.",
	},
}, {
	Name:    "freeze",
	Title:   "Freeze a number against a program that fights back",
	Program: "reactor",
	Text: []string{
		"The reactor charges while its power is 500 or more, and puts the power back four",
		"times a second. To write once is not enough: freeze writes again and again, in the",
		"background, until unfreeze. An empty line, or screen, shows how the charge goes.",
	},
	Goal: "charge the reactor: power of 500 or more for some seconds",
	Try:  []string{"find 131 --in heap", "step", "set 1 700   (and screen)"},
	Hints: []string{
		"Find the power as in lesson 3: find, step, narrow, until one match is left.",
		"freeze 1 700 keeps the first row at 700. Then look at the screen now and then.",
		"find NUMBER --in heap, step, narrow NUMBER, step, narrow NUMBER, freeze 1 700, and screen until it is charged",
	},
	Why: []string{
		"Quarry reads the four bytes from /proc/PID/mem twenty times a second, and writes them",
		"again when they differ. The program writes four times a second, so it nearly always",
		"finds your number. entries tells how often it was put back.",
	},
}, {
	Name:    "last",
	Title:   "Make it last: a way that holds in the next run",
	Program: "vault",
	Text: []string{
		"In each run the coins are at another address. But a variable of the program points",
		"to them, and it is always as far from the program's base: [quarry+0x1234] means the",
		"address stored there. restart starts the program again, with all in other places.",
	},
	Goal:   "a million coins or more after restart, by a patch file that you saved before",
	ByFile: true,
	Try:    []string{"find 73910 --in heap", "find ADDRESS -t " + pointer + " --in data   (who points there?)"},
	Hints: []string{
		"find the coins, then search the program's variables (--in data) for their address, as a number of type " + pointer + ".",
		"The row says quarry+0x…. Name what it points to: label [quarry+0x…] gold -t i32; set gold 1000000; save gold.toml.",
		"find 73910 --in heap; find ADDRESS -t " + pointer + " --in data; label [quarry+0x…] gold -t i32; set gold 1000000; save gold.toml; restart; patch apply gold.toml",
	},
	Why: []string{
		"The file holds no address, but a way: the base of quarry from /proc/PID/maps, plus a",
		"distance, and the pointer that /proc/PID/mem holds there. That way is the same in all",
		"runs of this program; the file names it under [target], and fits no other.",
	},
}, {
	Name:    "code",
	Title:   "The code that takes your health",
	Program: "fighter",
	Text: []string{
		"You are hit at each step, and swung at four times a second: a swing that misses",
		"takes 0, by the same instruction. watch finds instructions that write to a place,",
		"without stopping the program. nop replaces one, so that it does nothing, and save",
		"makes a patch file of it.",
	},
	Goal:   "after restart, and by a patch file that you saved before, a step that takes nothing",
	ByFile: true,
	Try:    []string{"find 250 --in heap", "step", "watch 1 --for 2s   (when one match is left)"},
	Hints: []string{
		"Find the health as in lesson 3, until one match is left. Then watch it: watch 1 --for 2s.",
		"hit1 is the instruction: disasm hit1 shows it, nop hit1 replaces it. Then step, and save calm.toml.",
		"find 250 --in heap; step; narrow NUMBER; watch 1 --for 2s; nop hit1; step; save calm.toml; restart; patch apply calm.toml; step",
	},
	Why: []string{
		"A debug register of the processor told the kernel of each write, and the kernel told",
		"quarry. Code is memory: through /proc/PID/mem the bytes of one instruction were",
		"replaced by those of one that does nothing. No value had to be written again.",
	},
}}
