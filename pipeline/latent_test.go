package pipeline

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// TestLatentNoise runs a problem with latent noise classes: the network learns
// four, test labels stay 0 and 1, and NC is measured over four and two classes.
func TestLatentNoise(t *testing.T) {
	e := tiny(t, t.TempDir(), "fourclass_problem", "true", "fourclass_twofeatures", "true", "fc_noise_degree", "0.4", "label_noise", "0.2")
	r := upTo(t, e, settings.StageMetrics)
	results, err := measure.Read(r.folder.file(runfolder.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	train, test := results.Train, results.Test
	if train.Classes != 4 || test.Classes != 2 || train.Dim != 2 || test.Dim != 2 {
		t.Errorf("%d and %d classes, %d and %d features", train.Classes, test.Classes, train.Dim, test.Dim)
	}
	if latent := train.LabelCounts[2] + train.LabelCounts[3]; train.Memorization.Count != latent || latent < train.N/4 || latent > train.N/2 {
		t.Errorf("labels %v, of which %d count as corrupted", train.LabelCounts, train.Memorization.Count)
	}
	if train.TrueLabelCounts[2]+train.TrueLabelCounts[3] != 0 || len(train.CorruptedCentroids) != 2 || test.Memorization.Count != 0 {
		t.Errorf("true labels %v, %d corrupted centroids, %d corrupted test samples", train.TrueLabelCounts, len(train.CorruptedCentroids), test.Memorization.Count)
	}
	for file, widths := range map[string][2]int{runfolder.TrainFeatures: {4, 4}, runfolder.TestFeatures: {4, 4}} {
		table, err := features.Open(r.folder.file(file))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{table.Classes(), table.LogitDim()}; got != widths || table.Meta().TrueClasses != 2 {
			t.Errorf("%s: %d classes and %d logits, %d true classes", file, got[0], got[1], table.Meta().TrueClasses)
		}
	}
	columns, _, err := features.ReadTable(r.folder.file(runfolder.SamplesFile))
	if err != nil {
		t.Fatal(err)
	}
	labels, err := features.Values[int32](columns, "label")
	if err != nil || slices.Max(labels) != 3 {
		t.Errorf("the largest label is %d, %v", slices.Max(labels), err)
	}
}
