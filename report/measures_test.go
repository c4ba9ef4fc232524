package report

import (
	"reflect"
	"strings"
	"testing"

	"github.com/memdil/memdil/metrics"
)

func TestMeasureName(t *testing.T) {
	for key, want := range map[string]string{
		"measures.label.cdnv":                      "CDNV",
		"measures.corrupted_by_true_label.norm_cv": "norms, CV, corrupted samples by true label",
		"measures.classifier.energy":               "hyperspherical energy, classifier",
		"nc4_bias":                                 "NC4 with −b",
		"measures.full.unheard_of":                 "measures.full.unheard_of",
		"memory_bytes":                             "memory_bytes",
	} {
		if got := measureName(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// TestMeasureTable has the measures in the order of metrics.json, with a dash
// where there is none.
func TestMeasureTable(t *testing.T) {
	with := metrics.Measures{Label: metrics.GroupMeasures{N: 3, CDNV: 0.25}}
	runs := seeded("loss=CE seed=1", "loss=CE seed=2", "loss=LS seed=1")
	runs[0].Train, runs[1].Train = &metrics.Result{Measures: &with}, &metrics.Result{Measures: &with}
	table := measureTableOf(newComparison(runs))
	var heads []string
	for _, h := range table.Heads {
		heads = append(heads, strings.TrimSpace(h.Run+" "+h.Split))
	}
	if want := []string{"CE train", "CE test", "LS train", "LS test"}; !reflect.DeepEqual(heads, want) {
		t.Errorf("heads %q, want %q", heads, want)
	}
	if first := table.Rows[0]; first.Key != "measures.label.n" || first.Name != "Samples" {
		t.Errorf("first row %+v", first)
	}
	for _, row := range table.Rows {
		if row.Name == "CDNV" && (row.Cells[0] != cell{Text: "0.2500", Sort: "0.25", Spread: "± 0"}) || row.Cells[3].Text != missing {
			t.Errorf("%s: %+v", row.Name, row.Cells)
		}
	}
	if measureTableOf(newComparison(seeded("loss=CE seed=1"))) != nil {
		t.Error("a table of nothing")
	}
}
