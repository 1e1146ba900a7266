package render

import (
	"fmt"
	"strings"
	"time"
	"unicode"

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
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return '?'
		}
		return r
	}, text)
}

// Info is what there is to know about a process.
type Info struct {
	Process
	UID        int          `json:"uid"`
	Path       string       `json:"path"`
	Dir        string       `json:"dir"`
	Arguments  []string     `json:"arguments"`
	Arch       string       `json:"arch,omitempty"` // this and what follows need permission
	WordSize   int          `json:"word_size,omitempty"`
	Order      string       `json:"byte_order,omitempty"`
	BuildID    string       `json:"build_id,omitempty"`
	Tracer     int          `json:"tracer_pid"`
	TracerName string       `json:"tracer_name,omitempty"`
	Started    *time.Time   `json:"started,omitempty"`
	Attach     Attachable   `json:"attach"`
	ThreadList []Thread     `json:"thread_list"`
	Memory     []KindMemory `json:"memory"`
}

// Attachable tells whether quarry may attach to a process, and if not, why.
type Attachable struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason,omitempty"`
	Advice  string `json:"advice,omitempty"`
}

// Thread is one thread of a process.
type Thread struct {
	TID   int    `json:"tid"`
	Name  string `json:"name"`
	State string `json:"state"`
}

// KindMemory is how much memory of a kind is mapped, and how much of it is in use.
type KindMemory struct {
	Kind     string `json:"kind"`
	Regions  int    `json:"regions"`
	Bytes    uint64 `json:"bytes"`
	Resident uint64 `json:"resident_bytes"`
}

// NewInfo returns the form of an info that is shown. refused is why the process
// may not be attached to, or nil.
func NewInfo(i session.Info, refused *session.PermissionError) Info {
	out := Info{
		Process: NewProcess(i.Process), UID: i.UID, Path: i.Path, Dir: i.Dir, Arguments: i.Cmdline, BuildID: i.BuildID,
		Tracer: i.TracerPID, TracerName: i.Tracer, Attach: Attachable{Allowed: refused == nil},
		ThreadList: []Thread{}, Memory: []KindMemory{},
	}
	if refused != nil {
		out.Attach.Reason, out.Attach.Advice = refused.Reason, refused.Hint()
	}
	if i.Layout.Order != nil {
		out.Arch, out.WordSize, out.Order = i.Layout.Arch, i.Layout.WordSize, i.Layout.Order.String()
	}
	if out.Arguments == nil {
		out.Arguments = []string{}
	}
	if !i.Started.IsZero() {
		out.Started = &i.Started
	}
	for _, t := range i.ThreadList {
		out.ThreadList = append(out.ThreadList, Thread{t.TID, t.Name, string(t.State)})
	}
	for _, m := range i.Memory {
		out.Memory = append(out.Memory, KindMemory{m.Kind.String(), m.Regions, m.Size, m.Resident})
	}
	return out
}

// Text writes a line for each fact, leaving out what cannot be told.
func (i Info) Text(p *Page) {
	line := func(name, text string) {
		if text != "" {
			p.Line("%s %s", p.bold.Sprintf("%-9s", name), text)
		}
	}
	line("process", fmt.Sprintf("%d %s", i.PID, Printable(i.Name)))
	line("program", Printable(i.Path))
	line("build ID", i.BuildID)
	line("command", Printable(i.Command))
	line("folder", Printable(i.Dir))
	line("user", fmt.Sprintf("%s (%d)", i.User, i.UID))
	if i.Started != nil {
		line("started", fmt.Sprintf("%s, %s ago", i.Started.Format("2006-01-02 15:04:05"), time.Since(*i.Started).Round(time.Second)))
	}
	if i.Arch != "" {
		order := map[string]string{"LittleEndian": "little-endian", "BigEndian": "big-endian"}[i.Order]
		line("machine", fmt.Sprintf("%s, %d-bit, %s", i.Arch, i.WordSize*8, order))
	}
	line("state", states[i.State])
	line("threads", i.threads())
	if i.Tracer != 0 {
		line("traced", fmt.Sprintf("by %s (%d): a debugger; searching and writing work all the same", Printable(i.TracerName), i.Tracer))
	} else {
		line("traced", "by nobody")
	}
	if i.Attach.Allowed {
		line("attach", "allowed")
	} else {
		line("attach", p.alarm.Sprint("not permitted: ")+Printable(i.Attach.Reason))
	}
	line("resident", Size(i.RSS))
	if len(i.Memory) > 0 {
		p.Line("")
		p.memory("MEMORY", i.Memory)
	}
}

// states are the states of processes in words.
var states = map[string]string{
	"R": "running", "S": "sleeping", "D": "waiting for a device", "T": "stopped by a signal", "t": "stopped by a debugger",
	"Z": "ended, not yet reaped", "I": "idle", "X": "ended",
}

// threads shows the number of threads and their names, the same ones counted.
func (i Info) threads() string {
	const most = 12
	var names []string
	counts := make(map[string]int)
	for _, t := range i.ThreadList {
		if counts[t.Name]++; counts[t.Name] == 1 {
			names = append(names, t.Name)
		}
	}
	more := len(names) - most
	for n, name := range names[:min(most, len(names))] {
		names[n] = Printable(name)
		if counts[name] > 1 {
			names[n] += fmt.Sprintf(" ×%d", counts[name])
		}
	}
	text := strings.Join(names[:min(most, len(names))], ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more names", more)
	}
	return strings.TrimSuffix(fmt.Sprintf("%d: %s", i.Threads, text), ": ")
}
