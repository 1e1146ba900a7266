package render

import "strings"

// Topic is what help tells about a topic.
type Topic struct {
	Name    string `json:"topic"`
	Summary string `json:"summary"`
	About   string `json:"text"` // lines; indented ones are shown as they are
}

// Text writes it as it is.
func (t Topic) Text(p *Page) {
	p.Line("%s\n\n%s", p.bold.Sprint(t.Summary), strings.TrimSuffix(t.About, "\n"))
}

// Help is what help tells about a verb.
type Help struct {
	Verb    string `json:"verb"`
	Summary string `json:"summary"`
	About   string `json:"text"`
}

// Text writes it as it is.
func (h Help) Text(p *Page) { p.Line("%s", strings.TrimSuffix(h.About, "\n")) }

// Script is a completion script for a shell.
type Script struct {
	Shell string `json:"shell"`
	Code  string `json:"script"`
}

// Text writes the script as the shell reads it.
func (s Script) Text(p *Page) { p.Line("%s", strings.TrimSuffix(s.Code, "\n")) }

// Manual is a page of the manual, for man to show.
type Manual struct {
	Name string `json:"name"`
	Roff string `json:"roff"`
}

// Text writes the page as man reads it.
func (m Manual) Text(p *Page) { p.Line("%s", strings.TrimSuffix(m.Roff, "\n")) }

// Manuals are pages that were written to files.
type Manuals struct {
	Folder string   `json:"folder"`
	Files  []string `json:"files"`
}

// Text tells where they are.
func (m Manuals) Text(p *Page) {
	p.Line("%s written to %s", Count(uint64(len(m.Files)), "page", "pages"), Printable(m.Folder))
}
