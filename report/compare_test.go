package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/memdil/memdil/metrics"
)

// seeded returns runs of the settings given, of which the seed repeats.
func seeded(texts ...string) []Run {
	runs := make([]Run, len(texts))
	for i, text := range texts {
		runs[i] = Run{Name: "run-" + string(rune('a'+i)), Settings: settings(text)}
		for j := range runs[i].Settings {
			runs[i].Settings[j].Repeats = runs[i].Settings[j].Name == "seed"
		}
	}
	return runs
}

func TestRunsThatRepeatAreGrouped(t *testing.T) {
	for _, c := range []struct {
		name   string
		runs   []Run
		groups []string
		want   []string // "name: runs"
	}{
		{"seeds of two losses", seeded("loss=CE seed=1", "loss=LS seed=1", "loss=CE seed=2", "loss=LS seed=2"), nil, []string{"CE: 0 2", "LS: 1 3"}},
		{"an idle setting does not part them", seeded("loss=CE [ls_alpha=0.1] seed=1", "loss=CE [ls_alpha=0.2] seed=2"), nil, []string{"all runs: 0 1"}},
		{"no repetition", seeded("loss=CE seed=1", "loss=LS seed=1"), nil, []string{"CE: 0", "LS: 1"}},
		{"settings that fill more than a legend", seeded("a_very_long_name_of_a_setting=0.000001 another_quite_long_name=0.000001 seed=1", "a_very_long_name_of_a_setting=0.000001 another_quite_long_name=0.000001 seed=2", "a_very_long_name_of_a_setting=0.000002 another_quite_long_name=0.000002 seed=1"),
			nil, []string{"run-a and 1 more: 0 1", "run-c: 2"}},
		{"runs without settings", seeded("", ""), nil, []string{"run-a: 0", "run-b: 1"}},
		{"groups by name", seeded("seed=1", "seed=2", "seed=3"), []string{"ours", "theirs", "ours"}, []string{"ours: 0 2", "theirs: 1"}},
		{"a run of no group", seeded("seed=1", "seed=2", "seed=3"), []string{"ours", "", "ours"}, []string{"ours: 0 2", "run-b: 1"}},
	} {
		for i, g := range c.groups {
			c.runs[i].Group = g
		}
		var got []string
		for _, s := range newComparison(c.runs).series {
			text := s.name + ":"
			for _, r := range s.runs {
				text += " " + string(rune('0'+r))
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestAverage compares with numpy: np.mean and np.std(ddof=1) of [1, 2, 6].
func TestAverage(t *testing.T) {
	run := func(values ...float64) plotter.XYs {
		var xys plotter.XYs
		for i, v := range values {
			xys = append(xys, plotter.XY{X: float64(i + 1), Y: v})
		}
		return xys
	}
	means, spread := average([]plotter.XYs{run(1, 5, 0.1), run(2, math.NaN(), 0.1), run(6, 7, 0.1, 8)})
	if len(means) != 2 || means[0] != (plotter.XY{X: 1, Y: 3}) || !(math.Abs(spread[0]-2.6457513110645907) <= 1e-15) {
		t.Errorf("means %v ± %v, want 3 ± 2.6458 at epoch 1 and one at epoch 3", means, spread)
	}
	if means[1] != (plotter.XY{X: 3, Y: 0.1}) || spread[1] != 0 {
		t.Errorf("equal values have mean %v ± %v", means[1], spread[1])
	}
}

func TestSeriesCell(t *testing.T) {
	runs := seeded("loss=CE seed=1", "loss=CE seed=2", "loss=CE seed=3")
	for i, v := range []metrics.Float{1, 2, metrics.Float(math.NaN())} {
		runs[i].Train = &metrics.Result{NC1: v}
	}
	c := newComparison(runs)
	got := columnOf("nc1").seriesCell(c, c.series[0], "train")
	want := cell{Text: "1.500", Spread: "± 0.71", Sort: "1.5", Note: "2 of 3 runs have a value"}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := columnOf("nc1").seriesCell(c, c.series[0], "test"); got.Text != missing || got.Note == "" {
		t.Errorf("no values: %+v, want a dash with its reason", got)
	}
}

// TestManyRuns writes a page of more runs and groups than are told apart: it
// has one row a run, settings in columns, and says what it leaves out.
func TestManyRuns(t *testing.T) {
	var runs []Run
	for i := range 15 {
		for _, seed := range []string{"1", "2"} {
			r := goldenRun(t, "LS0.1")
			r.Name = "t_" + string(rune('a'+i)) + seed
			r.Settings = []Setting{{Name: "model", Value: "MLP"}, {Name: "lr", Value: "0." + string(rune('1'+i%9)) + strings.Repeat("1", i/9)}, {Name: "seed", Value: seed, Repeats: true}}
			r.Link = "../trials/" + r.Name + "/report/index.html"
			runs = append(runs, r)
		}
	}
	if got := SampleRuns(runs); !slices.Equal(got, []int{0, 2, 4, 6, 8, 10}) {
		t.Errorf("samples of the runs %v are drawn, want the first of each of six groups", got)
	}
	for i := range runs {
		if !slices.Contains(SampleRuns(runs), i) {
			runs[i].TrainPoints, runs[i].TestPoints = nil, nil
		}
	}
	c := newComparison(runs)
	html, err := renderPage(Report{Title: "study", Runs: runs}, c, figureSections(c, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, html)
	for _, want := range []string{
		`<h1>study</h1>`, `<table class="overview sortable">`, `<a href="../trials/t_a1/report/index.html">a1</a>`,
		`Of 30 runs 6 are shown`, `Of 15 groups the first 12 are drawn`, `All metrics of all 30 runs`,
		`<td class="num" data-value="0.11">0.11</td>`, `<tr><th scope="row">model</th><td>MLP</td></tr>`,
		`<tr class="differs"><th scope="row">lr</th><td>differs</td></tr>`,
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("page lacks %s", want)
		}
	}
}
