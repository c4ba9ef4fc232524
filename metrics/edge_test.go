package metrics

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// small is a table of three classes with two corrupted samples, d = 2.
func small() problem {
	return problem{
		Batch: Batch{
			Features:   []float64{1, 0, 2, 0, 0, 1, 0, 3, -1, -1, -2, -3, 1, 1, 0, 2},
			Logits:     []float64{3, 1, 0, 2, 0, 1, 0, 5, 1, 0, 1, 2, 0, 0, 4, 1, 2, 3, 2, 1, 0, 1, 4, 0},
			Labels:     []int{0, 0, 1, 1, 2, 2, 0, 1},
			TrueLabels: []int{0, 0, 1, 1, 2, 2, 1, 2},
		},
		dim: 2, classes: 3,
		classifier: &Classifier{Weight: []float64{1, 0, 0, 1, -1, -1}, Bias: []float64{0.1, 0, -0.1}},
	}
}

// TestUndefined goes through what data may leave undefined (formulas.md,
// section 8): null lists exactly the top-level scalars that must be null.
func TestUndefined(t *testing.T) {
	logitMetrics := []string{"nc1_logits", "trace_sigma_w_logits", "trace_sigma_b_logits", "rank_sigma_b_logits", "accuracy_top1", "accuracy_top5", "ece"}
	classifierMetrics := []string{"nc2_etf", "nc3_wh", "nc4_bias", "nc4_bias_plus"}
	for _, c := range []struct {
		name   string
		change func(*problem)
		null   []string
		note   string // part of the notes; none when empty
	}{
		{"everything defined", func(*problem) {}, nil, ""},
		{"no logits", func(p *problem) { p.Logits = nil }, logitMetrics, "no logits"},
		{"no classifier", func(p *problem) { p.classifier = nil }, classifierMetrics, "no classifier"},
		{"no bias", func(p *problem) { p.classifier.Bias = nil }, nil, ""},
		{"zero weights", func(p *problem) { p.classifier.Weight = make([]float64, 6) }, []string{"nc2_etf", "nc3_wh"}, "weights are zero"},
		{"empty class", func(p *problem) {
			p.classes, p.Logits = 4, nil
			p.classifier = &Classifier{Weight: []float64{1, 0, 0, 1, -1, -1, 0.5, 0.5}}
		}, append([]string{"nc1", "nc3_wh", "trace_sigma_b", "rank_sigma_b"}, logitMetrics...), "class 3 has no samples"},
		{"one class", func(p *problem) {
			p.classes, p.Logits, p.Labels, p.TrueLabels = 1, p.Logits[:8], make([]int, 8), nil
			p.classifier = &Classifier{Weight: []float64{1, 2}}
		}, []string{"nc1", "nc1_logits", "nc2_etf", "nc3_wh"}, "one class"},
		{"equal features", func(p *problem) { fill(p.Features, 0.1) }, []string{"nc1", "nc3_wh"}, "class means of the features agree"},
		{"equal logits", func(p *problem) { fill(p.Logits, 0.3) }, []string{"nc1_logits"}, "class means of the logits agree"},
		{"class means equal up to rounding", func(p *problem) {
			// The same three values in another order have another rounded mean.
			p.Features = []float64{0.1, 1, 0.7, 1, 0.9, 1, 0.9, 1, 0.1, 1, 0.7, 1}
			p.Labels, p.TrueLabels, p.Logits = []int{0, 0, 0, 1, 1, 1}, nil, nil
			p.classes, p.classifier = 2, &Classifier{Weight: []float64{1, 2, 3, 4}}
		}, append([]string{"nc1", "nc3_wh"}, logitMetrics...), "class means of the features agree"},
		{"dim below classes-1", func(p *problem) {
			p.dim, p.Features = 1, p.Features[:8]
			p.classifier = &Classifier{Weight: []float64{1, 2, 3}}
		}, nil, ""},
		{"nothing corrupted", func(p *problem) { p.TrueLabels = nil }, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := small()
			c.change(&p)
			r := p.compute(t, 3)
			var null []string
			for key, value := range asTree(t, r) {
				if value == nil {
					null = append(null, key)
				}
			}
			slices.Sort(null)
			want := slices.Sorted(slices.Values(c.null))
			if !slices.Equal(null, want) {
				t.Errorf("null: %q, want %q", null, want)
			}
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
		})
	}
}

func TestEmptyClass(t *testing.T) {
	p := small()
	p.classes, p.Logits, p.classifier = 4, nil, nil
	r := p.compute(t, 100)
	if r.ClassMeans[3] != nil || r.UncorruptedCentroids[3] != nil || r.ClassDistanceStddevs[3].Defined() || r.LabelCounts[3] != 0 {
		t.Errorf("class 3 has mean %v, centroid %v, stddev %v, count %d", r.ClassMeans[3], r.UncorruptedCentroids[3], r.ClassDistanceStddevs[3], r.LabelCounts[3])
	}
	if !r.CorruptionBiases[0][0].Defined() || r.CorruptionBiases[0][2].Defined() {
		t.Errorf("biases of class 0 are %v, want the last undefined only", r.CorruptionBiases[0])
	}
}

// TestNoUncorrupted leaves class 2 without an uncorrupted sample.
func TestNoUncorrupted(t *testing.T) {
	p := small()
	p.Labels = []int{0, 0, 1, 1, 0, 0, 2, 1}
	r := p.compute(t, 100)
	m := r.Memorization
	if m.PerTrueClass[2].Sum.Defined() || m.Sum.Defined() || m.Mean.Defined() || m.ClassAverageOfSums.Defined() {
		t.Errorf("memorization %+v, want class 2 and the total undefined", m)
	}
	if !m.PerTrueClass[1].Sum.Defined() || m.PerTrueClass[2].Count != 3 {
		t.Errorf("memorization %+v, want class 1 defined and 3 samples of class 2", m)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "class 2") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestBadData(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*problem)
		want   string
	}{
		{"NaN feature", func(p *problem) { p.Features[9] = math.NaN() }, "row 4, column 1 of feature: NaN"},
		{"infinite feature in the first row", func(p *problem) { p.Features[0] = math.Inf(-1) }, "row 0, column 0 of feature: -Inf"},
		{"infinite logit", func(p *problem) { p.Logits[22] = math.Inf(1) }, "row 7, column 1 of logits: +Inf"},
		{"huge feature", func(p *problem) { p.Features[3], p.Features[12] = 1.5e308, -1.5e308 }, "too large"},
		{"feature whose square is infinite", func(p *problem) { p.Features[3] = 1e200 }, "too large"},
		{"huge logit", func(p *problem) { p.Logits[3] = 1e200 }, "too large"},
		{"NaN weight", func(p *problem) { p.classifier.Weight[3] = math.NaN() }, "classifier weight, row 1, column 1: NaN"},
		{"infinite bias", func(p *problem) { p.classifier.Bias[2] = math.Inf(1) }, "classifier bias, row 2: +Inf"},
		{"short weights", func(p *problem) { p.classifier.Weight = p.classifier.Weight[1:] }, "5 weights, want 3×2"},
		{"short bias", func(p *problem) { p.classifier.Bias = p.classifier.Bias[1:] }, "2 biases, want 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := small()
			c.change(&p)
			_, err := Compute(context.Background(), p.table(t, 3), p.classifier, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestBadTable(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*problem)
		want   string
	}{
		{"label too large", func(p *problem) { p.Labels[5] = 3 }, "row 5: label 3 is outside [0, 3)"},
		{"negative true label", func(p *problem) { p.TrueLabels[1] = -1 }, "row 1: true_label -1 is outside [0, 3)"},
		{"short features", func(p *problem) { p.Features = p.Features[1:] }, "15 feature values, want 8 rows of width 2"},
		{"short logits", func(p *problem) { p.Logits = p.Logits[:8] }, "8 logits, want 8 rows of width 3"},
		{"short true labels", func(p *problem) { p.TrueLabels = p.TrueLabels[:2] }, "2 true labels for 8 rows"},
		{"no width", func(p *problem) { p.dim = 0 }, "must be at least 1"},
		{"no classes", func(p *problem) { p.classes = 0 }, "must be at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := small()
			c.change(&p)
			if _, err := NewTable(p.Batch, p.dim, p.classes); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestNoRows(t *testing.T) {
	p := problem{dim: 2, classes: 2}
	if _, err := Compute(context.Background(), p.table(t, 1), nil, Options{}); err == nil || !strings.Contains(err.Error(), "no rows") {
		t.Errorf("error %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compute(ctx, small().table(t, 1), nil, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// fickle hands out another table on every pass.
type fickle struct {
	*Table
	passes []*Table
}

func (f *fickle) Each(visit func(Batch) error) error {
	table := f.passes[0]
	f.passes = f.passes[1:]
	return table.Each(visit)
}

func TestSourceChanges(t *testing.T) {
	first := small().table(t, 3)
	for name, change := range map[string]func(*problem){
		"new cell":     func(p *problem) { p.TrueLabels[7] = 0 },
		"another cell": func(p *problem) { p.Labels[1], p.TrueLabels[1] = 2, 2 },
		"fewer rows": func(p *problem) {
			p.Batch = Batch{Features: p.Features[:14], Logits: p.Logits[:21], Labels: p.Labels[:7], TrueLabels: p.TrueLabels[:7]}
		},
	} {
		p := small()
		change(&p)
		_, err := Compute(context.Background(), &fickle{first, []*Table{first, p.table(t, 3)}}, nil, Options{})
		if !errors.Is(err, errChanged) {
			t.Errorf("%s: error %v, want %v", name, err, errChanged)
		}
	}
}

// TestTies checks that of equal logits the lower class comes first.
func TestTies(t *testing.T) {
	for label, want := range []int{2, 0, 1, 3} {
		if got := rank([]float64{1, 4, 4, 0}, label); got != want {
			t.Errorf("rank of class %d is %d, want %d", label, got, want)
		}
	}
}

// TestECEBins checks the edges of the bins (lo, hi].
func TestECEBins(t *testing.T) {
	for b := range eceBins {
		lo, hi := float64(b)/eceBins, float64(b+1)/eceBins
		if got := eceBin(math.Nextafter(lo, 1)); got != b {
			t.Errorf("just above %v: bin %d, want %d", lo, got, b)
		}
		if got := eceBin(hi); got != b {
			t.Errorf("%v: bin %d, want %d", hi, got, b)
		}
	}
}

func fill(values []float64, v float64) {
	for i := range values {
		values[i] = v
	}
}
