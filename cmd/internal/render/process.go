package render

import (
	"fmt"
	"strings"
	"time"

	"quarry/session"
)

// Processes is the list of processes.
type Processes struct {
	Processes []Process `json:"processes"`
}

// Process is one of them.
type Process struct {
	PID     int    `json:"pid"`
	User    string `json:"user"`
	State   string `json:"state"`
	Threads int    `json:"threads"`
	RSS     uint64 `json:"resident_bytes"`
	Name    string `json:"name"`
	Exe     string `json:"exe"`
	Command string `json:"command"`
}

// NewProcess returns the form of a process that is shown.
func NewProcess(p session.Process) Process {
	return Process{PID: p.PID, User: p.User, State: string(p.State), Threads: p.Threads, RSS: p.RSS,
		Name: p.Name, Exe: p.Exe, Command: p.Command()}
}

// Text writes a table.
func (l Processes) Text(p *Page) {
	rows := make([][]string, len(l.Processes))
	for i, proc := range l.Processes {
		rows[i] = []string{fmt.Sprint(proc.PID), proc.User, Size(proc.RSS), Printable(proc.Name), cut(Printable(proc.Command), 80)}
	}
	p.table([]column{{title: "PID", right: true, style: p.address}, {title: "USER"}, {title: "RESIDENT", right: true},
		{title: "NAME"}, {title: "COMMAND"}}, rows)
}

// cut shortens a text to n runes.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// Printable replaces what could disturb a terminal. Names of processes, files and
// whatever else others choose go through it on their way to a person.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}

// Info is what there is to know about a process.
type Info struct {
	Process
	Path     string       `json:"path"`
	Dir      string       `json:"dir"`
	Arch     string       `json:"arch"`
	WordSize int          `json:"word_size"`
	Order    string       `json:"byte_order"`
	Tracer   int          `json:"tracer_pid"`
	Started  *time.Time   `json:"started,omitempty"`
	Memory   []KindMemory `json:"memory"`
}

// KindMemory is how much memory of a kind is mapped.
type KindMemory struct {
	Kind    string `json:"kind"`
	Regions int    `json:"regions"`
	Bytes   uint64 `json:"bytes"`
}

// NewInfo returns the form of an info that is shown.
func NewInfo(i session.Info) Info {
	out := Info{
		Process: NewProcess(i.Process), Path: i.Path, Dir: i.Dir, Arch: i.Layout.Arch, WordSize: i.Layout.WordSize,
		Order: i.Layout.Order.String(), Tracer: i.TracerPID,
	}
	if !i.Started.IsZero() {
		out.Started = &i.Started
	}
	for _, m := range i.Memory {
		out.Memory = append(out.Memory, KindMemory{m.Kind.String(), m.Regions, m.Size})
	}
	return out
}

// Text writes a line for each fact.
func (i Info) Text(p *Page) {
	line := func(name, format string, args ...any) {
		p.Line("%s %s", p.bold.Sprintf("%-9s", name), fmt.Sprintf(format, args...))
	}
	line("process", "%d %s", i.PID, Printable(i.Name))
	line("program", "%s", Printable(i.Path))
	line("command", "%s", Printable(i.Command))
	line("folder", "%s", Printable(i.Dir))
	line("user", "%s", i.User)
	if i.Started != nil {
		line("started", "%s", i.Started.Format("2006-01-02 15:04:05"))
	}
	line("machine", "%s, %d-bit, %s", i.Arch, i.WordSize*8, i.Order)
	line("threads", "%d, state %s", i.Threads, i.State)
	if i.Tracer != 0 {
		line("traced", "by process %d", i.Tracer)
	}
	line("resident", "%s", Size(i.RSS))
	rows := make([][]string, len(i.Memory))
	for n, m := range i.Memory {
		rows[n] = []string{m.Kind, fmt.Sprint(m.Regions), Size(m.Bytes)}
	}
	p.table([]column{{title: "MAPPED"}, {title: "REGIONS", right: true}, {title: "SIZE", right: true}}, rows)
}
