package core

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"quarry/session"
)

// The notes of a core file, from linux/elf.h.
const (
	noteStatus  = 1          // NT_PRSTATUS, of a thread
	notePsinfo  = 3          // NT_PRPSINFO
	noteAuxv    = 6          // NT_AUXV
	noteFile    = 0x46494c45 // NT_FILE
	notesAlign  = 4
	commandSize = 80 // ELF_PRARGSZ
)

// machine is how the kernel writes core files for one instruction set.
type machine struct {
	elf   elf.Machine
	class elf.Class
	// registers is the number of words in elf_gregset_t, and the others are
	// the places of registers among them: of the program counter, the stack
	// pointer, and of a system call its number and arguments. syscall is -1
	// where it is not kept beside the arguments.
	registers, pc, sp, syscall int
	arguments                  []int
}

var machines = map[string]machine{
	"amd64": {elf.EM_X86_64, elf.ELFCLASS64, 27, 16, 19, 15, []int{14, 13, 12, 7, 9, 8}},
	"386":   {elf.EM_386, elf.ELFCLASS32, 17, 12, 15, 11, []int{0, 1, 2, 3, 4, 5}},
	"arm64": {elf.EM_AARCH64, elf.ELFCLASS64, 34, 32, 31, 8, []int{-1, 1, 2, 3, 4, 5}},
	"arm":   {elf.EM_ARM, elf.ELFCLASS32, 18, 15, 13, 7, []int{-1, 1, 2, 3, 4, 5}},
}

// notes returns the notes of a core file and how many threads they tell of.
func (m machine) notes(p Process, regions []session.Region) (notes []byte, threads int, err error) {
	root := filepath.Join("/proc", strconv.Itoa(p.PID()))
	stat := readStat(filepath.Join(root, "stat"))
	out := m.encoder(p)
	out.note(notePsinfo, m.psinfo(p, root, stat))
	tids, err := threadIDs(root)
	if err != nil {
		if gone := p.Alive(); gone != nil {
			return nil, 0, gone
		}
		return nil, 0, fmt.Errorf("threads of process %d: %w", p.PID(), err)
	}
	for i, tid := range tids { // the main thread first, which debuggers choose
		out.note(noteStatus, m.status(p, root, tid, stat))
		if i == 0 {
			if auxv, err := os.ReadFile(filepath.Join(root, "auxv")); err == nil {
				out.note(noteAuxv, auxv)
			}
			out.note(noteFile, m.files(p, regions))
		}
	}
	return out.out, len(tids), nil
}

func (m machine) encoder(p Process) *encoder {
	return &encoder{order: orderOf(p.Layout()), wide: m.class == elf.ELFCLASS64}
}

// note adds a note of the kernel's.
func (e *encoder) note(kind uint32, content []byte) {
	const name = "CORE\x00"
	e.word(uint32(len(name)), uint32(len(content)), kind)
	e.bytes([]byte(name))
	e.pad(notesAlign)
	e.bytes(content)
	e.pad(notesAlign)
}

// threadIDs returns the threads of the process, the main one first.
func threadIDs(root string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(root, "task"))
	if err != nil {
		return nil, err
	}
	var tids []int
	for _, entry := range entries {
		if tid, err := strconv.Atoi(entry.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	slices.Sort(tids)
	if i := slices.Index(tids, mainThread(root)); i > 0 {
		tids = append([]int{tids[i]}, slices.Delete(tids, i, i+1)...)
	}
	if len(tids) == 0 {
		return nil, fs.ErrNotExist
	}
	return tids, nil
}

func mainThread(root string) int {
	tid, _ := strconv.Atoi(filepath.Base(root))
	return tid
}

// procStat is what /proc/PID/stat tells, as far as core files hold it.
type procStat struct {
	name            string
	state           byte
	ppid, pgrp, sid int
	flags           uint64
	nice            int
}

// readStat returns zeros for what cannot be told.
func readStat(path string) procStat {
	data, _ := os.ReadFile(path)
	return parseStat(string(data))
}

func parseStat(line string) procStat {
	begin, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if begin < 0 || end < begin {
		return procStat{}
	}
	s := procStat{name: line[begin+1 : end]}
	fields := strings.Fields(line[end+1:])
	number := func(i int) int {
		if i >= len(fields) {
			return 0
		}
		n, _ := strconv.Atoi(fields[i])
		return n
	}
	if len(fields) > 0 {
		s.state = fields[0][0]
	}
	s.ppid, s.pgrp, s.sid, s.flags, s.nice = number(1), number(2), number(3), uint64(number(6)), number(16)
	return s
}

// psinfo returns struct elf_prpsinfo: what ps would say.
func (m machine) psinfo(p Process, root string, stat procStat) []byte {
	out := m.encoder(p)
	state := strings.IndexByte("RSDTZW", stat.state)
	zombie := byte(0)
	if stat.state == 'Z' {
		zombie = 1
	}
	out.bytes([]byte{byte(max(state, 0)), stat.state, zombie, byte(stat.nice)})
	var uid, gid uint32
	if owner, ok := ownerOf(root); ok {
		uid, gid = owner[0], owner[1]
	}
	if out.wide {
		out.pad(8)
		out.long(stat.flags)
		out.word(uid, gid)
	} else {
		out.long(stat.flags)
		out.half(uint16(uid), uint16(gid))
	}
	out.word(uint32(p.PID()), uint32(stat.ppid), uint32(stat.pgrp), uint32(stat.sid))
	out.text(stat.name, 16)
	command, _ := os.ReadFile(filepath.Join(root, "cmdline"))
	out.text(strings.ReplaceAll(strings.TrimRight(string(command), "\x00"), "\x00", " "), commandSize)
	return out.out
}

// ownerOf returns the user and group of the process.
func ownerOf(root string) (owner [2]uint32, ok bool) {
	data, err := os.ReadFile(filepath.Join(root, "status"))
	if err != nil {
		return owner, false
	}
	for line := range strings.Lines(string(data)) {
		for i, key := range []string{"Uid:", "Gid:"} {
			if rest, found := strings.CutPrefix(line, key); found {
				n, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 32)
				owner[i] = uint32(n)
			}
		}
	}
	return owner, true
}

// status returns struct elf_prstatus of a thread, with the registers that are
// known of it.
func (m machine) status(p Process, root string, tid int, stat procStat) []byte {
	out := m.encoder(p)
	out.word(0, 0, 0) // signal: none
	out.half(0)       // the signal that is being delivered
	out.pad(4)
	if out.wide {
		out.pad(8)
	}
	out.long(0, 0) // pending and held signals
	out.word(uint32(tid), uint32(stat.ppid), uint32(stat.pgrp), uint32(stat.sid))
	out.long(0, 0, 0, 0, 0, 0, 0, 0) // times
	line, _ := os.ReadFile(filepath.Join(root, "task", strconv.Itoa(tid), "syscall"))
	out.long(m.parseRegisters(string(line))...)
	out.word(0) // no floating-point registers
	if out.wide {
		out.pad(8)
	}
	return out.out
}

// parseRegisters reads /proc/PID/task/TID/syscall: the number and arguments of
// the system call that the thread waits in, or -1, then the stack pointer and
// the program counter; or "running".
func (m machine) parseRegisters(line string) []uint64 {
	registers := make([]uint64, m.registers)
	var values []uint64
	for _, field := range strings.Fields(line) {
		n, err := strconv.ParseUint(field, 0, 64)
		if err != nil {
			negative, err := strconv.ParseInt(field, 0, 64)
			if err != nil {
				return registers
			}
			n = uint64(negative)
		}
		values = append(values, n)
	}
	if len(values) < 3 {
		return registers
	}
	registers[m.sp], registers[m.pc] = values[len(values)-2], values[len(values)-1]
	registers[m.syscall] = values[0]
	if len(values) < 9 {
		return registers
	}
	for i, at := range m.arguments {
		if at >= 0 {
			registers[at] = values[1+i]
		}
	}
	return registers
}

// files returns what files are mapped where.
func (m machine) files(p Process, regions []session.Region) []byte {
	out := m.encoder(p)
	page := uint64(p.Layout().PageSize)
	var mapped []session.Region
	for _, r := range regions {
		if r.Inode != 0 && strings.HasPrefix(r.Path, "/") {
			mapped = append(mapped, r)
		}
	}
	out.long(uint64(len(mapped)), page)
	for _, r := range mapped {
		out.long(r.Start, r.End, r.Offset/page)
	}
	for _, r := range mapped {
		out.bytes([]byte(r.Path + "\x00"))
	}
	return out.out
}
