package metrics

import (
	"context"
	"math"
	"testing"
)

// latentRows are samples of a problem with latent noise classes: two true
// classes, labels 0 to 3, also with label noise within them.
func latentRows() Batch {
	b := Batch{}
	for i := range 60 {
		truth := i % 2
		label := truth
		if i%10 == 3 {
			label = 1 - truth // label noise
		}
		if i%3 == 0 {
			label += 2 // latent
		}
		x, y := math.Sin(float64(i)), math.Cos(float64(3*i))
		b.Features = append(b.Features, 3*float64(truth)+x, float64(label)+y, x*y)
		b.Logits = append(b.Logits, x, y, -x, float64(label)-1)
		b.Labels, b.TrueLabels = append(b.Labels, label), append(b.TrueLabels, truth)
	}
	return b
}

// latentMean is the mean feature of the rows that hold, and how many there are.
func latentMean(b Batch, holds func(label, truth int) bool) (mean []float64, n int) {
	mean = make([]float64, 3)
	for i := range b.Labels {
		if holds(b.Labels[i], b.TrueLabels[i]) {
			n++
			for j := range mean {
				mean[j] += b.Features[3*i+j]
			}
		}
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	return mean, n
}

func between(a, b []float64) float64 {
	total := 0.0
	for j := range a {
		total += (a[j] - b[j]) * (a[j] - b[j])
	}
	return math.Sqrt(total)
}

func closeTo(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// A label above 1 is what counts as corrupted; memorization is measured by true
// class, from the mean of the samples labelled with it; biases go by labels that
// are not the true ones.
func TestLatentTraining(t *testing.T) {
	b := latentRows()
	table, err := NewTable(b, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compute(context.Background(), table, nil, Options{TrueClasses: 2})
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for o := range 2 {
		own, n := latentMean(b, func(label, _ int) bool { return label == o })
		closeTo(t, "uncorrupted count", float64(r.UncorruptedCounts[o]), float64(n))
		closeTo(t, "distance of the uncorrupted centroid", between(r.UncorruptedCentroids[o], own), 0)
		sum := 0.0
		for i := range b.Labels {
			if b.Labels[i] > 1 && b.TrueLabels[i] == o {
				sum += between(b.Features[3*i:3*i+3], own)
			}
		}
		closeTo(t, "memorization", float64(r.Memorization.PerTrueClass[o].Sum), sum)
		total += sum
		corrupted, _ := latentMean(b, func(label, truth int) bool { return label > 1 && truth == o })
		closeTo(t, "distance of the corrupted centroid", between(r.CorruptedCentroids[o], corrupted), 0)
	}
	closeTo(t, "class average of sums", float64(r.Memorization.ClassAverageOfSums), total/2)
	for k := 2; k < 4; k++ {
		if r.UncorruptedCounts[k] != 0 || r.UncorruptedCentroids[k] != nil {
			t.Errorf("label %d has %d uncorrupted samples", k, r.UncorruptedCounts[k])
		}
	}
	for _, c := range r.CorruptedCells {
		if c.Label < 2 {
			t.Errorf("cell (%d, %d) counts as corrupted", c.Label, c.TrueLabel)
		}
	}
	// The bias of label 0 towards label 1, of the samples whose true label is 1.
	pulled, _ := latentMean(b, func(label, truth int) bool { return label == 0 && truth == 1 })
	mean, _ := latentMean(b, func(label, _ int) bool { return label == 0 })
	other, _ := latentMean(b, func(label, _ int) bool { return label == 1 })
	dot := 0.0
	for j := range mean {
		dot += (pulled[j] - mean[j]) * (other[j] - mean[j])
	}
	closeTo(t, "corruption bias", float64(r.CorruptionBiases[0][0]), dot/between(other, mean))
}

// Test samples have the two true classes, the network four outputs: NC1 is of
// the classes, a prediction of a latent class is wrong, and NC3, which compares
// classes with outputs, is undefined.
func TestLatentTest(t *testing.T) {
	b := latentRows()
	copy(b.Labels, b.TrueLabels)
	table, err := NewTable(b, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	c := &Classifier{Weight: []float64{1, 2, 3, 4, 5, 6, 7, 8, 10, 1, 0, 1}, Bias: []float64{0, 0, 0, 1}}
	r, err := Compute(context.Background(), table, c, Options{TrueClasses: 2, Test: true, Full: true, Matrices: true})
	if err != nil {
		t.Fatal(err)
	}
	two := b
	two.Logits = nil
	plain, err := NewTable(two, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Compute(context.Background(), plain, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "NC1", float64(r.NC1), float64(want.NC1))
	closeTo(t, "dilation", Dilation(r), Dilation(want))
	correct := 0.0
	for i, y := range b.Labels {
		if largest(b.Logits[4*i:4*i+4]) == y {
			correct++
		}
	}
	closeTo(t, "accuracy", float64(r.AccuracyTop1), 100*correct/60)
	if r.Classes != 2 || r.Memorization.Count != 0 || r.NC3WH.Defined() || !r.NC2ETF.Defined() || !r.NC4BiasPlus.Defined() || !r.NC1Logits.Defined() {
		t.Errorf("K = %d, %d corrupted; NC2 to NC4 %v, %v, %v; NC1 of logits %v", r.Classes, r.Memorization.Count, r.NC2ETF, r.NC3WH, r.NC4BiasPlus, r.NC1Logits)
	}
}
