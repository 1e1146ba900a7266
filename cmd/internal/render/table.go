package render

import (
	"fmt"
	"math/big"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/fatih/color"
)

// column is a column of a table.
type column struct {
	title string
	right bool // numbers stand to the right
	style *color.Color
}

// table writes rows below their titles, or nothing when there are no rows.
// Each cell of a column is coloured alike, and so as many bytes longer, which
// keeps the columns straight.
func (p *Page) table(columns []column, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	titles := make([]string, len(columns))
	widths := make([]int, len(columns))
	for i, c := range columns {
		titles[i] = c.title
		for _, row := range rows {
			widths[i] = max(widths[i], len(row[i]))
		}
		widths[i] = max(widths[i], len(c.title))
	}
	w := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	line := func(cells []string) {
		for i, cell := range cells {
			if columns[i].right {
				cell = fmt.Sprintf("%*s", widths[i], cell)
			}
			if columns[i].style != nil {
				cell = columns[i].style.Sprint(cell)
			}
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	if strings.Join(titles, "") != "" {
		line(titles)
	}
	for _, row := range rows {
		line(row)
	}
	w.Flush()
}

// measured is the number of rows that the widths of a long table's columns are
// taken from.
const measured = 1000

// longTable writes rows without titles as [Page.table] does, but for those after
// the first thousand, which are written as they come: they keep the widths of
// the columns where their cells are no longer.
type longTable struct {
	page    *Page
	columns []column
	widths  []int
	rows    [][]string // before the first is written
	begun   bool
}

// add writes a row, or keeps it until the widths are known.
func (t *longTable) add(row []string) {
	if !t.begun {
		if t.rows = append(t.rows, row); len(t.rows) == measured {
			t.begin()
		}
		return
	}
	t.write(row)
}

// begin writes the rows that were kept. It must be called after the last row.
func (t *longTable) begin() {
	if t.begun {
		return
	}
	t.begun, t.widths = true, make([]int, len(t.columns))
	for _, row := range t.rows {
		for i, cell := range row {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		t.write(row)
	}
	t.rows = nil
}

func (t *longTable) write(row []string) {
	var line strings.Builder
	for i, cell := range row {
		padding := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell)))
		if t.columns[i].right {
			cell, padding = padding+cell, ""
		}
		if t.columns[i].style != nil {
			cell = t.columns[i].style.Sprint(cell)
		}
		line.WriteString(cell)
		if i < len(row)-1 {
			line.WriteString(padding + "  ")
		}
	}
	t.page.Line("%s", line.String())
}

// Size shows a number of bytes in the unit people read it in: 132 KiB, 1.5 GiB.
func Size(n uint64) string { return humanize.IBytes(n) }

// Count shows a number with its noun: 1 match, 2,000 matches.
func Count(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands shows a number with a comma before every third digit.
func Thousands(n uint64) string { return humanize.BigComma(new(big.Int).SetUint64(n)) }
