package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"quarry/cmd/internal/outfile"
	"quarry/cmd/internal/owner"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/repl"
	"quarry/cmd/internal/workspace"
)

// freshFor is how long a value counts as just changed.
const freshFor = time.Second

// mostSeries is how many numbers are kept for plots, and mostSamples how many
// samples of each.
const (
	mostSeries  = 32
	mostSamples = 1024
)

// monitoring is one run of monitor: how what is seen is shown.
type monitoring struct {
	*env
	watched *workspace.Monitor
	out     *render.Output
	title   string
	fresh   time.Duration

	live    *render.Live // on a terminal; nil elsewhere
	lines   bool         // a line tells of each change
	csv     *render.CSV  // nil without
	file    *os.File     // that the CSV goes to, or nil
	restore func()       // what is typed is shown again; may be nil

	now    time.Duration // of the last look, since the first
	seen   []render.Watched
	change []time.Duration // when each has changed last
	looks  int
	where  render.Places
	series []plotted
}

// plotted is a number that is drawn.
type plotted struct {
	spot int
	render.Series
}

func (e *env) newMonitoring(watched *workspace.Monitor, f monitorFlags) (*monitoring, error) {
	out, err := e.output()
	if err != nil {
		return nil, err
	}
	s := e.work.Attached()
	m := &monitoring{
		env: e, watched: watched, out: out, fresh: max(freshFor, f.interval),
		title: target(s.Name(), s.PID()) + "  " + render.Count(uint64(len(watched.Spots)), "place", "places"),
		seen:  make([]render.Watched, len(watched.Spots)), change: make([]time.Duration, len(watched.Spots)),
	}
	for i, spot := range watched.Spots {
		if f.plot && spot.Type.Number() && len(m.series) < mostSeries {
			m.series = append(m.series, plotted{i, render.Series{Name: spot.Ref, Whole: spot.Type.Integer()}})
		}
	}
	if f.plot && len(m.series) == 0 {
		return nil, &usageError{"--plot draws numbers, and there are none", ""}
	}
	return m, nil
}

// open begins to show.
func (m *monitoring) open(f monitorFlags) (err error) {
	switch {
	case f.csv == "-":
		m.csv, err = render.NewCSV(m.Out, m.names())
		return err
	case f.csv != "":
		if err := m.create(f.csv, f.force); err != nil {
			return err
		}
	}
	m.live, m.restore, err = m.drawing(m.out)
	if m.lines = m.live == nil; m.lines && f.during == 0 {
		m.out.Message("monitoring %s; Ctrl-C ends it", m.title)
	}
	return err
}

// drawing returns what draws on the terminal, until restore is called, or nil
// where there is none to draw on.
func (e *env) drawing(out *render.Output) (live *render.Live, restore func(), err error) {
	if !terminal(e.Out) || os.Getenv("TERM") == "dumb" || e.flags.json {
		return nil, func() {}, nil
	}
	live, restore = &render.Live{Output: out, Size: e.window}, func() {}
	if in, ok := e.In.(*os.File); ok && terminal(in) {
		restore, err = repl.Unseen(in)
	}
	return live, restore, err
}

// redraws returns a channel of the signals after which what is drawn on the
// terminal has to be drawn again, until stop is called.
func redraws() (c chan os.Signal, stop func()) {
	c = make(chan os.Signal, 2) // both may come at once
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	return c, func() { signal.Stop(c) }
}

// redraw prepares for drawing again after a signal: a shell has written to the
// terminal when a program that was stopped goes on.
func redraw(live *render.Live, s os.Signal) {
	if live != nil && s == syscall.SIGCONT {
		live.Anew()
	}
}

// names returns the columns of the CSV: candidates go by their addresses, as
// rows mean something else in the next list.
func (m *monitoring) names() []string {
	var names []string
	for _, spot := range m.watched.Spots {
		name := spot.Ref
		if name[0] >= '0' && name[0] <= '9' {
			name = render.Address(spot.Addr).String()
		}
		names = append(names, name)
	}
	return names
}

// close ends what open began, and draws the plots where they were not drawn all
// along. It returns err, or else what has gone wrong now.
func (m *monitoring) close(err error) error {
	if m.restore != nil {
		m.restore()
	}
	if m.file != nil {
		if failed := m.file.Close(); err == nil {
			err = failed
		}
	}
	if m.live == nil && len(m.series) > 0 {
		width, _ := m.window()
		plots := render.Plots{Series: m.plots(), Width: width, Rows: rowsOfPlot * len(m.series), ASCII: os.Getenv("TERM") == "dumb"}
		if failed := m.out.Result(plots); err == nil {
			err = failed
		}
	}
	return err
}

// rowsOfPlot is the height of a plot where the terminal does not limit it.
const rowsOfPlot = 12

// create makes the file for the CSV.
func (m *monitoring) create(path string, replace bool) (err error) {
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if replace {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	_, missing := os.Lstat(path)
	m.file, err = os.OpenFile(path, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return outfile.ExistsError(path)
	}
	if err != nil {
		return err
	}
	if missing != nil {
		if err := owner.GiveToInvoker(path, m.file.Chown); err != nil {
			return err
		}
	}
	m.csv, err = render.NewCSV(m.file, m.names())
	return err
}

// looked shows what the last look has seen, so long after the first.
func (m *monitoring) looked(now time.Duration) error {
	m.now = now
	if err := m.locate(); err != nil {
		return err
	}
	for i, spot := range m.watched.Spots {
		changed := m.take(i, spot)
		if changed && m.lines {
			if err := m.out.Result(m.seen[i].WithHex()); err != nil {
				return err
			}
		}
	}
	m.sample()
	m.looks++
	if m.csv != nil {
		values := make([]*render.Value, len(m.seen))
		for i, w := range m.seen {
			values[i] = w.Value
		}
		if err := m.csv.Look(now.Seconds(), values); err != nil {
			return err
		}
	}
	return m.draw()
}

// locate tells where the places lie, anew when one has moved.
func (m *monitoring) locate() error {
	moved := m.looks == 0
	for i, spot := range m.watched.Spots {
		moved = moved || m.seen[i].Address != nil && uint64(*m.seen[i].Address) != spot.Addr
	}
	if !moved {
		return nil
	}
	places, err := m.env.places()
	m.where = places
	return err
}

// take takes over what a place holds, and reports whether it has to be told.
func (m *monitoring) take(i int, spot *workspace.Spot) bool {
	last := m.seen[i]
	next := render.Seen{Time: m.now.Round(time.Millisecond).Seconds(), Ref: spot.Ref, Name: spot.Name, Type: spot.Type.String()}
	if spot.Addr != 0 {
		address, place := render.Address(spot.Addr), m.where.Of(spot.Addr)
		next.Address, next.Place = &address, &place
	}
	if spot.Err != nil {
		next.Problem = spot.Err.Error()
	} else {
		next.Value = &render.Value{Type: spot.Type, Raw: spot.Raw, Order: spot.Order, Form: spot.Form, Hex: spot.Hex}
	}
	changed := m.looks == 0 || next.Problem != last.Problem || !same(next.Value, last.Value)
	switch {
	case !changed:
		next.Was = last.Was
	case last.Value != nil:
		next.Was = last.Value
	}
	if changed && m.looks > 0 {
		m.change[i] = m.now
	}
	m.seen[i] = render.Watched{Seen: next}
	return changed
}

// same reports whether two values are the same, or both none.
func same(a, b *render.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(a.Raw, b.Raw)
}

// sample keeps the numbers for the plots.
func (m *monitoring) sample() {
	for i := range m.series {
		one := &m.series[i]
		number := math.NaN()
		if v := m.seen[one.spot].Value; v != nil {
			number, _ = v.Number()
		}
		if one.Samples = append(one.Samples, number); len(one.Samples) >= 2*mostSamples {
			one.Samples = append(one.Samples[:0], one.Samples[mostSamples:]...)
		}
	}
}

func (m *monitoring) plots() []render.Series {
	var all []render.Series
	for _, one := range m.series {
		all = append(all, one.Series)
	}
	return all
}

// draw draws what was seen on the terminal.
func (m *monitoring) draw() error {
	if m.live == nil {
		return nil
	}
	for i := range m.seen {
		m.seen[i].Fresh = m.change[i] > 0 && m.now-m.change[i] < m.fresh
	}
	return m.live.Show(render.Watch{Title: m.title, Seconds: m.now.Seconds(), Rows: m.seen, Plots: m.plots()})
}
