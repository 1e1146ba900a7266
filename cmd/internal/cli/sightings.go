package cli

import (
	"fmt"
	"slices"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/session/watch"
)

// sightings returns what a watch has seen as it is shown.
func (l *watchLoop) sightings(r watch.Report) render.Sightings {
	s := l.work.Attached()
	out := render.Sightings{
		Engine: r.Engine.String(), Seconds: r.Elapsed.Seconds(), Threads: r.Threads,
		Title: target(s.Name(), s.PID()), Word: s.Layout().WordSize,
	}
	number := 0
	for i, p := range r.Points {
		point := render.WatchedPoint{
			Ref: l.Refs[i], Kind: p.Point.Kind.String(), Address: render.Address(p.Point.Addr), Place: l.places.Of(p.Point.Addr),
			Length: p.Point.Length, Count: p.Count, Exact: p.Exact, Sampled: p.Sampled, Lost: p.Lost, Throttled: p.Throttled,
			Hits: []render.Sighting{},
		}
		for _, h := range p.Hits {
			number++
			point.Hits = append(point.Hits, newSighting(workspace.Sighting{Hit: h, Number: number, Kind: p.Point.Kind}, p.Point))
		}
		out.Points = append(out.Points, point)
	}
	return out
}

// newSighting returns an instruction that was seen at a point as it is shown.
func newSighting(s workspace.Sighting, p watch.Point) render.Sighting {
	out := render.Sighting{
		Name: s.Name(), Count: s.Count, IP: render.Address(s.IP), Last: s.Last, LastThread: s.LastThread,
		Code: []render.CodeCandidate{}, Threads: []render.SeenThread{}, Registers: []render.Register{}, Pending: s.Cause == nil,
	}
	for _, t := range s.Threads {
		out.Threads = append(out.Threads, render.SeenThread{TID: t.TID, Name: t.Name, Count: t.Count})
	}
	for _, r := range s.Registers {
		out.Registers = append(out.Registers, render.Register{Name: r.Name, Value: render.Address(r.Value)})
	}
	for _, t := range s.Touched {
		out.Touched = append(out.Touched, render.Touch{Address: render.Address(t.Addr), Count: t.Count})
	}
	out.Elsewhere = s.TouchedElsewhere
	if s.Cause == nil {
		return out
	}
	out.Ambiguous, out.Note = s.Cause.Ambiguous, s.Cause.Note
	for _, c := range s.Cause.Candidates {
		out.Code = append(out.Code, newCandidate(c, p))
	}
	return out
}

// frames are the registers that point into the stack or the code, to which no
// pointers lead.
var frames = []string{"rsp", "rbp", "rip", "esp", "ebp", "eip", "sp", "x29", "pc"}

// newCandidate returns an instruction that may have hit a point as it is shown.
func newCandidate(c watch.Candidate, p watch.Point) render.CodeCandidate {
	out := render.CodeCandidate{
		Address: render.Address(c.Instruction.Addr), Function: c.Place.Function, Within: c.Place.Within,
		File: c.Place.File, Line: c.Place.Line, Bytes: c.Bytes, Text: c.Text,
	}
	if c.Place.Module != "" {
		out.Module = fmt.Sprintf("%s+%#x", c.Place.Module, c.Place.Offset)
	}
	if !c.Computed {
		return out
	}
	at := render.Address(c.Addr)
	out.Computed = &at
	if c.Operand.Base != "" && !c.Operand.Fixed {
		out.Base, out.Offset = &render.Register{Name: c.Operand.Base, Value: render.Address(c.Base)}, int64(p.Addr-c.Base)
		out.Object = p.Kind != watch.Execute && !slices.Contains(frames, c.Operand.Base)
	}
	return out
}
