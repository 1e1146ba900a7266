package render

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
)

func TestPlot(t *testing.T) {
	nan := math.NaN()
	for name, test := range map[string]struct {
		series Series
		want   string
	}{
		"one sample": {Series{"n", true, []float64{7}}, `
n
  8 ┤
  7 ┼
  6 ┤`},
		"never changed": {Series{"n", true, []float64{95, 95, 95}}, `
n
 96 ┤
 95 ┼──
 94 ┤`},
		"a hole where nothing could be read": {Series{"n", true, []float64{1, 2, nan, 3, 3}}, `
n
  3 ┤  ╶─
  2 ┤╭╴
  1 ┼╯`},
		"whole numbers far apart": {Series{"n", true, []float64{0, 100}}, `
n
 100 ┤╭
  67 ┤│
  33 ┤│
   0 ┼╯`},
		"decimals": {Series{"n", false, []float64{0.5, -0.5}}, `
n
  0.50 ┼╮
  0.17 ┤│
 -0.17 ┤│
 -0.50 ┤╰`},
		"the greatest there are": {Series{"n", false, []float64{-math.MaxFloat64, math.MaxFloat64}}, `
n
  1.7977e+308 ┤╭
  5.9923e+307 ┤│
 -5.9923e+307 ┤│
 -1.7977e+308 ┼╯`},
		"nothing": {Series{"n", false, []float64{nan}}, `
n
nothing could be read`},
	} {
		got := Plots{Series: []Series{test.series}, Width: 40, Rows: 5}.lines()
		if diff := cmp.Diff(test.want, "\n"+strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Plots keep within their rows and columns, whatever there is to draw.
func TestPlotsFit(t *testing.T) {
	var many []Series
	for i := range 7 {
		s := Series{Name: strings.Repeat("长", i*5) + "n", Whole: i%2 == 0}
		for j := range 500 {
			s.Samples = append(s.Samples, math.Sin(float64(j)/5)*math.Pow(1000, float64(i)))
		}
		many = append(many, s)
	}
	for rows := range 40 {
		for _, width := range []int{20, 40, 80} {
			for n := range many {
				lines := Plots{Series: many[:n+1], Width: width, Rows: rows, ASCII: rows%2 == 0}.lines()
				if len(lines) > rows || rows >= leastPlot && len(lines) < leastPlot {
					t.Fatalf("%d plots in %d rows take %d", n+1, rows, len(lines))
				}
				for _, line := range lines {
					if runewidth.StringWidth(line) > width {
						t.Fatalf("%q is wider than %d", line, width)
					}
				}
			}
		}
	}
	ascii := strings.Join(Plots{Series: many[:1], Width: 40, Rows: 10, ASCII: true}.lines(), "")
	if strings.ContainsFunc(ascii, func(r rune) bool { return r > '~' }) {
		t.Errorf("not ASCII: %q", ascii)
	}
}
