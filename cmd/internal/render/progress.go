package render

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"quarry/search"
)

// showAfter is how long work takes before its progress is shown.
const showAfter = 500 * time.Millisecond

// Progress shows how far a long search has come, on a line of its own that is
// gone when the search ends. It is used by one goroutine at a time.
type Progress struct {
	w     io.Writer
	began time.Time
	bar   *progressbar.ProgressBar // nil until it is shown
}

// NewProgress returns a progress that is shown on w, a terminal.
func NewProgress(w io.Writer) *Progress { return &Progress{w: w, began: time.Now()} }

// Update shows the present state, once the work has taken long enough.
func (p *Progress) Update(state search.Progress) {
	if p.bar == nil {
		if time.Since(p.began) < showAfter {
			return
		}
		p.bar = progressbar.NewOptions64(int64(state.Total), progressbar.OptionSetWriter(p.w),
			progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionUseIECUnits(true), progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true))
	}
	if state.Matches > 0 {
		p.bar.Describe(Count(state.Matches, "match", "matches"))
	}
	_ = p.bar.Set64(int64(state.Done)) // a progress that cannot be shown is no reason to stop
}

// Clear takes the line away.
func (p *Progress) Clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
