package report

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// searched is a search of two settings, the second of which only some trials have.
func searched(minimise bool) *Search {
	nan := math.NaN()
	s := &Search{Objective: "val_loss", Minimise: minimise, Axes: []SearchAxis{
		{Name: "lr", Ticks: []SearchTick{{0, "1e−5"}, {1, "0.5"}}, Importance: 0.75},
		{Name: "ls_alpha", Ticks: []SearchTick{{0.25, "0.1"}, {0.75, "<0.2>"}}, Importance: 0.25},
	}}
	for i, v := range []float64{3, 1, nan, 2, 0.5} {
		t := SearchTrial{At: []float64{float64(i) / 4, nan}, Value: v, Pruned: i == 3}
		if i%2 == 0 {
			t.At[1] = 0.25
		}
		s.Trials = append(s.Trials, t)
	}
	return s
}

func TestSearchFigures(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, Report{Title: "study", Runs: []Run{{Name: "a"}, {Name: "b"}}, Search: searched(true)}); err != nil {
		t.Fatal(err)
	}
	html := string(read(t, filepath.Join(dir, "index.html")))
	checkPage(t, []byte(html))
	for _, name := range []string{"search-course", "search-parallel", "search-importance"} {
		checkSVG(t, filepath.Join(dir, "figures", name+".svg"))
		checkPDF(t, filepath.Join(dir, "figures", name+".pdf"))
		if !strings.Contains(html, `id="figure-`+name+`"`) {
			t.Errorf("the page lacks %s", name)
		}
	}
	for _, want := range []string{"from 3 at trial 1 to 0.5 at trial 5.", "lr: 75 %", "&lt;0.2&gt;"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := len(searchSection(nil).figures) + len(searchSection(&Search{Objective: "x", Trials: []SearchTrial{{Value: math.NaN()}}}).figures); n > 0 {
		t.Errorf("%d figures of nothing", n)
	}
}

func TestBetter(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		minimise bool
		a, b     float64
		want     bool
	}{{false, 2, 1, true}, {false, 1, 1, false}, {true, 1, 2, true}, {true, 1, 1, false}, {true, nan, 1, false}, {true, 1, nan, true}} {
		if got := (&Search{Minimise: c.minimise}).better(c.a, c.b); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
