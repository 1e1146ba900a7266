package render

import (
	"fmt"
	"strings"
)

// Lessons is the list of lessons.
type Lessons struct {
	Lessons []LessonRow `json:"lessons"`
}

// LessonRow is a lesson in the list.
type LessonRow struct {
	Number int    `json:"lesson"`
	Title  string `json:"title"`
	Done   bool   `json:"done"`
}

// Text writes a line for each lesson.
func (l Lessons) Text(p *Page) {
	for _, row := range l.Lessons {
		mark := " "
		if row.Done {
			mark = "✓"
		}
		p.Line("%s %d  %s", mark, row.Number, row.Title)
	}
}

// Lesson is the text of a lesson, with what its program shows at first.
type Lesson struct {
	Number int      `json:"lesson"`
	Of     int      `json:"of"`
	Title  string   `json:"title"`
	PID    int      `json:"pid"`
	About  []string `json:"text"`
	Goal   string   `json:"goal"`
	Try    []string `json:"try"`
	Screen []string `json:"screen"`
}

// Text writes the lesson as a page.
func (l Lesson) Text(p *Page) {
	p.Line("")
	p.Line("%s", p.bold.Sprintf("Lesson %d of %d: %s", l.Number, l.Of, l.Title))
	for _, line := range paragraph(l.About, p.columns) {
		p.Line("%s", line)
	}
	for i, line := range wrapped("Goal: "+l.Goal, p.columns) {
		if i == 0 {
			line = p.bold.Sprint("Goal:") + strings.TrimPrefix(line, "Goal:")
		}
		p.Line("%s", line)
	}
	for i, line := range l.Try {
		title := "Try: "
		if i > 0 {
			title = "     "
		}
		p.Line("%s %s", p.bold.Sprint(title), p.address.Sprint(line))
	}
	p.Line("%s", p.dim.Sprint("Help: hint; screen and step; restart, next, lessons; Ctrl-D leaves"))
	LessonScreen{l.Screen}.Text(p)
}

// LessonScreen is what the program of a lesson shows.
type LessonScreen struct {
	Screen []string `json:"screen"`
}

// Text writes the screen with a line beside it.
func (s LessonScreen) Text(p *Page) {
	for _, line := range s.Screen {
		p.Line("  │ %s", p.address.Sprint(Printable(line)))
	}
}

// LessonHint is a hint.
type LessonHint struct {
	Number int    `json:"hint"`
	Of     int    `json:"of"`
	Hint   string `json:"text"`
}

// Text writes one line, or several on a terminal.
func (h LessonHint) Text(p *Page) {
	for _, line := range wrapped(fmt.Sprintf("hint %d of %d: %s", h.Number, h.Of, h.Hint), p.columns) {
		p.Line("%s", line)
	}
}

// LessonDone tells that the goal of a lesson is reached.
type LessonDone struct {
	Number int      `json:"lesson"`
	Done   bool     `json:"reached"`
	Why    []string `json:"why"`
	Next   string   `json:"next"` // what to do now
}

// Text writes a paragraph.
func (d LessonDone) Text(p *Page) {
	p.Line("%s", p.bold.Sprint(fmt.Sprintf("★ Lesson %d is done.", d.Number)))
	for _, line := range paragraph(d.Why, p.columns) {
		p.Line("%s", line)
	}
	p.Line("%s", d.Next)
}
