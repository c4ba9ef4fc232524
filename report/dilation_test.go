package report

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/metrics"
)

// mdRuns returns runs of two losses that lie on lines of slopes 2 and 0.5.
func mdRuns() []metrics.MDRun {
	var runs []metrics.MDRun
	for i := range 5 {
		x := metrics.Float(i + 1)
		condition := string(rune('a' + i))
		runs = append(runs,
			metrics.MDRun{Loss: "CrossEntropy", Condition: condition, Memorization: x, Dilation: 2*x + 1, RelativeMemorization: x, RelativeDilation: x},
			metrics.MDRun{Loss: "LS", Condition: condition, Memorization: x / 2, Dilation: x / 4, RelativeMemorization: x, RelativeDilation: x})
	}
	return runs
}

func TestWriteDilation(t *testing.T) {
	nan := metrics.Float(math.NaN())
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
	for _, want := range []string{"LS against CrossEntropy at equal conditions (5 pairs): memorization −1.5", "dilation −6.25", "Without a place, for want of corrupted samples or of a value: 1 run."} {
		if !strings.Contains(f.caption, want) {
			t.Errorf("the caption %q lacks %q", f.caption, want)
		}
	}
}

// TestWriteDilationOfNothing leaves no folder where no run has a place.
func TestWriteDilationOfNothing(t *testing.T) {
	nan := metrics.Float(math.NaN())
	dir := filepath.Join(t.TempDir(), "new")
	paths, err := WriteDilation(dir, metrics.MemorizationDilation([]metrics.MDRun{{Loss: "LS", Memorization: nan, Dilation: nan, RelativeMemorization: nan, RelativeDilation: nan}}))
	if len(paths) != 0 || err != nil {
		t.Errorf("%v, %v", paths, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("an empty folder was made")
	}
}
