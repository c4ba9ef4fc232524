package report

import (
	"math"
	"testing"
)

func TestAligned(t *testing.T) {
	for _, c := range []struct {
		value float64
		want  string
	}{
		{0, "0"}, {1.37, "1.370"}, {-0.0904, "−0.09040"}, {0.001, "0.001000"}, {0.0009, "9e−4"},
		{168.5, "168.5"}, {1000, "1000"}, {9999.9, "10000"}, {12345.6, "12346"}, {1e5, "1e5"}, {math.Inf(1), "+Inf"},
	} {
		if got := aligned(c.value); got != c.want {
			t.Errorf("aligned(%v) = %q, want %q", c.value, got, c.want)
		}
	}
}

// TestGroupedColumnsComeLast holds what the script and the two rows of
// headings rest on.
func TestGroupedColumnsComeLast(t *testing.T) {
	groups := columnGroups(resultColumns)
	if len(groups) != 1 || groups[0] != (columnGroup{"Memorization", 2}) {
		t.Errorf("groups %+v, want Memorization over two columns", groups)
	}
	grouped := false
	for _, c := range resultColumns {
		if grouped && c.Group() == "" {
			t.Errorf("column %s follows a group", c.Head)
		}
		grouped = grouped || c.Group() != ""
	}
}
