package report

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/memdil/memdil/metrics"
)

var undefined = metrics.Float(math.NaN())

// mdRuns returns runs of two losses that lie on lines of slopes 2 and 0.5.
func mdRuns() []metrics.MDRun {
	var runs []metrics.MDRun
	for i := range 5 {
		x := metrics.Float(i + 1)
		condition := string(rune('a' + i))
		runs = append(runs,
			metrics.MDRun{Loss: "CrossEntropy", Condition: condition, TestAccuracy: 90 + x*x, TestNC1: undefined, Memorization: x, Dilation: 2*x + 1, RelativeMemorization: x, RelativeDilation: x},
			metrics.MDRun{Loss: "LS", Condition: condition, TestAccuracy: 92, TestNC1: undefined, Memorization: x / 2, Dilation: x / 4, RelativeMemorization: x, RelativeDilation: x})
	}
	return runs
}

func TestWriteDilation(t *testing.T) {
	nan := undefined
	runs := append(mdRuns(), metrics.MDRun{Loss: "LS", Memorization: nan, Dilation: 1, RelativeMemorization: nan, RelativeDilation: nan})
	dir := filepath.Join(t.TempDir(), "new")
	paths, err := WriteDilation(dir, metrics.MemorizationDilation(runs))
	if err != nil || len(paths) != 2 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, name := range []string{DilationFigure, DilationFigure + "-relative"} {
		checkSVG(t, filepath.Join(dir, name+".svg"))
		checkPNG(t, filepath.Join(dir, name+".png"))
		checkPDF(t, filepath.Join(dir, name+".pdf"))
	}
	svg := string(read(t, paths[0]))
	for _, want := range []string{"CrossEntropy (5 runs): slope 2 [2, 2]", "LS (5 runs): slope 0.5 [0.5, 0.5]"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %q", want)
		}
	}
	f, _ := mdForm{analysis: metrics.MemorizationDilation(runs).Absolute, at: absolute}.figure(runs)
	for _, want := range []string{"LS against CrossEntropy at equal conditions (5 pairs): memorization −1.5 [−2.1, −0.9] (p = 0.013)", "dilation −6.25 [", "Without a place, for want of a value: 1 run."} {
		if !strings.Contains(f.caption, want) {
			t.Errorf("the caption %q lacks %q", f.caption, want)
		}
	}
}

// TestDilationOfGroups has a line and marks for each group.
func TestDilationOfGroups(t *testing.T) {
	runs := mdRuns()
	for _, r := range mdRuns() {
		r.Group, r.Dilation = "cifar10", 3*r.Dilation
		runs = append(runs, r)
	}
	f, _ := mdForm{analysis: metrics.MemorizationDilation(runs).Absolute, at: absolute}.figure(runs)
	var entries []string
	for _, e := range f.legend {
		entries = append(entries, e.text)
	}
	legend := strings.Join(entries, "; ")
	for _, want := range []string{"CrossEntropy (5 runs): slope 2 [2, 2]", "CrossEntropy, cifar10 (5 runs): slope 6 [6, 6]", "LS, cifar10 (5 runs): slope 1.5 [1.5, 1.5]"} {
		if !strings.Contains(legend, want) {
			t.Errorf("the legend %q lacks %q", legend, want)
		}
	}
	if !strings.Contains(f.caption, "LS against CrossEntropy (cifar10) at equal conditions (5 pairs)") {
		t.Errorf("caption %q", f.caption)
	}
	var many []metrics.MDRun
	for i := range maxSeries/2 + 1 {
		for _, r := range mdRuns() {
			r.Group = strconv.Itoa(i)
			many = append(many, r)
		}
	}
	f, _ = mdForm{analysis: metrics.MemorizationDilation(many).Absolute, at: absolute}.figure(many)
	if len(f.legend) != maxSeries || !strings.Contains(f.caption, "Of 14 losses and groups the first 12 are drawn.") || strings.Contains(f.caption, "Without a place") {
		t.Errorf("%d of 14 lines are drawn; caption %q", len(f.legend), f.caption)
	}
}

// TestNoiseTable compares the cells with the differences of mdRuns.
func TestNoiseTable(t *testing.T) {
	table := dilationSection(metrics.MemorizationDilation(mdRuns())).noise
	if table == nil || len(table.Rows) != 1 || table.Rows[0].Name != "LS − CrossEntropy" || table.Rows[0].Degree != "0" {
		t.Fatalf("%+v", table)
	}
	cells := table.Rows[0].Cells
	// scipy.stats.ttest_rel of x/2 and x, x = 1 … 5.
	if c := cells[0]; c.Text != "−1.5" || c.Spread != "[−2.48, −0.518] p = 0.013" || c.Sort != "-1.5" || !strings.HasPrefix(c.Note, "of 5 pairs; p = ") {
		t.Errorf("memorization %+v", c)
	}
	if c := cells[1]; c.Text != "0" || c.Spread != "" || c.Note != "of 5 pairs" {
		t.Errorf("equal values: %+v", c)
	}
	if c := cells[4]; c.Text != "−9" {
		t.Errorf("accuracy: %+v", c)
	}
	if c := cells[5]; c.Text != missing || c.Note == "" {
		t.Errorf("undefined: %+v", c)
	}
	if table := noiseTableOf(metrics.MemorizationDilation(mdRuns()[:1])); table != nil {
		t.Errorf("one run: %+v", table)
	}
}

// TestWriteDilationOfNothing leaves no folder where no run has a place.
func TestWriteDilationOfNothing(t *testing.T) {
	nan := undefined
	dir := filepath.Join(t.TempDir(), "new")
	paths, err := WriteDilation(dir, metrics.MemorizationDilation([]metrics.MDRun{{Loss: "LS", Memorization: nan, Dilation: nan, RelativeMemorization: nan, RelativeDilation: nan}}))
	if len(paths) != 0 || err != nil {
		t.Errorf("%v, %v", paths, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("an empty folder was made")
	}
}
