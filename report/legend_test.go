package report

import (
	"fmt"
	"testing"

	"gonum.org/v1/plot/vg"
)

// TestLongLegend draws figures with ever more entries, each a line of the
// legend, and wants the plot's area not to shrink beyond that of two lines.
func TestLongLegend(t *testing.T) {
	area := func(entries int) vg.Length {
		f := figure{height: curveHeight, plot: newPlot("x", "y")}
		for i := range entries {
			f.legend = append(f.legend, legendEntry{text: fmt.Sprintf("a name as long as a line of the legend: number %d", i)})
		}
		return f.plotArea().Y
	}
	if one, two := area(1), area(2); two >= one {
		t.Errorf("a second line takes nothing of the plot: %v, then %v", one, two)
	}
	for _, entries := range []int{3, 8, 12} {
		if got, want := area(entries), area(2); got != want {
			t.Errorf("%d lines leave the plot %v, want %v", entries, got, want)
		}
	}
}
