package features

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestGolden reads the reference files, written by pyarrow, and checks what
// PyTorch computed from them.
func TestGolden(t *testing.T) {
	folders, err := filepath.Glob("../fixtures/golden/metrics/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no golden files (error %v)", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			checkAllocator(t)
			var want struct {
				N, Classes, Dim int
				LabelCounts     []int     `json:"label_counts"`
				TrueLabelCounts []int     `json:"true_label_counts"`
				GlobalMean      []float64 `json:"global_mean"`
			}
			text, err := os.ReadFile(filepath.Join(folder, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			table, all := mustRead(t, filepath.Join(folder, "features.arrow"))
			if all.N != want.N || table.Classes() != want.Classes || table.Dim() != want.Dim || table.LogitDim() != want.Classes {
				t.Errorf("n = %d, K = %d, d = %d, %d logits, want %d, %d, %d and K logits",
					all.N, table.Classes(), table.Dim(), table.LogitDim(), want.N, want.Classes, want.Dim)
			}
			if notes := table.Notes(); len(notes) != 0 {
				t.Errorf("notes on a whole table: %q", notes)
			}
			checkCounts(t, "label", all.Labels, want.LabelCounts)
			checkCounts(t, "true label", all.TrueLabels, want.TrueLabelCounts)
			for j, mean := range want.GlobalMean {
				sum := 0.0
				for i := j; i < len(all.Features); i += want.Dim {
					sum += all.Features[i]
				}
				if got := sum / float64(all.N); !(math.Abs(got-mean) <= 1e-12*max(1, math.Abs(mean))) {
					t.Errorf("mean of feature %d is %g, want %g", j, got, mean)
				}
			}
			c, err := ReadClassifier(filepath.Join(folder, "classifier.arrow"))
			if err != nil {
				t.Fatal(err)
			}
			if c.Classes != want.Classes || c.Dim != want.Dim || len(c.Weight) != c.Classes*c.Dim || len(c.Bias) != c.Classes {
				t.Errorf("classifier of %d×%d with %d weights and %d biases", c.Classes, c.Dim, len(c.Weight), len(c.Bias))
			}
		})
	}
}

func checkCounts(t *testing.T, what string, labels, want []int) {
	t.Helper()
	got := make([]int, len(want))
	for _, y := range labels {
		got[y]++
	}
	for k := range want {
		if got[k] != want[k] {
			t.Errorf("%s %d occurs %d times, want %d", what, k, got[k], want[k])
		}
	}
}
