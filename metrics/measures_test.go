package metrics

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/memdil/memdil/fixtures/python"
)

// full measures p, as the test samples of train unless that is nil.
func (p problem) full(t testing.TB, train *Result) *Result {
	t.Helper()
	r, err := Compute(context.Background(), p.table(t, 64), p.classifier, Options{Full: true, Train: train})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMeasuresPython compares every measure with numpy, which computes them
// from their definitions with all samples in memory.
func TestMeasuresPython(t *testing.T) {
	for _, c := range []struct {
		name            string
		n, dim, classes int
		spread          float64
	}{
		{"two classes", 60, 2, 2, 0.5},
		{"more classes than dimensions", 400, 3, 8, 0.4},
		{"wide", 200, 37, 4, 0.2},
		{"collapsed", 300, 10, 5, 1e-6},
		{"many classes", 900, 12, 20, 0.7},
		{"more dimensions than samples", 40, 80, 3, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			train, test := randomProblem(1, c.n, c.dim, c.classes, c.spread), randomProblem(1, c.n/2, c.dim, c.classes, c.spread)
			test.TrueLabels = test.Labels
			dir := t.TempDir()
			out := python.Run(t, []string{"numpy"}, "testdata/measures.py", train.save(t, dir, "train"), test.save(t, dir, "test"))
			var want []map[string]any
			if err := json.Unmarshal([]byte(out), &want); err != nil {
				t.Fatal(err)
			}
			r := train.full(t, nil)
			for i, r := range []*Result{r, test.full(t, r)} {
				got := asTree(t, r)["measures"].(map[string]any)
				delete(got, "notes")
				compareTrees(t, r.Split, got, want[i], 1e-9, 1e-9)
			}
		})
	}
}

// save writes p as testdata/measures.py reads it.
func (p problem) save(t testing.TB, dir, name string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"features": p.Features, "logits": p.Logits, "labels": p.Labels, "true_labels": p.TrueLabels,
		"dim": p.dim, "classes": p.classes, "weight": p.classifier.Weight,
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+".json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// simplex are k samples on the vertices of a simplex, and a classifier twice
// as large.
func simplex(k int) problem {
	p := problem{dim: k, classes: k, classifier: &Classifier{Weight: make([]float64, k*k)}}
	p.Features, p.Logits = make([]float64, k*k), make([]float64, k*k)
	for i := range k {
		for j := range k {
			v := -1 / float64(k)
			if i == j {
				v++
			}
			p.Features[i*k+j], p.Logits[i*k+j], p.classifier.Weight[i*k+j] = v, v, 2*v
		}
		p.Labels = append(p.Labels, i)
	}
	return p
}

// TestSimplex has complete collapse, where the theory gives every value.
func TestSimplex(t *testing.T) {
	const k = 5
	m := simplex(k).full(t, nil).Measures
	l, c := m.Label, m.Classifier
	for name, pair := range map[string][2]float64{
		"nc1": {float64(l.NC1), 0}, "nc1_trace": {float64(l.NC1Trace), 0}, "cdnv": {float64(l.CDNV), 0},
		"norm_cv": {float64(l.NormCV), 0}, "cosine_std": {float64(l.CosineStd), 0}, "angle_gap": {float64(l.AngleGap), 0}, "angle_cv": {float64(l.AngleCV), 0},
		"energy": {float64(l.Energy), -math.Log(2*k/(k-1.)) / 2}, "energy_cv": {float64(l.EnergyCV), 0},
		"one_vs_one": {float64(l.OneVsOne), math.Sqrt(2 * k / (k - 1.))}, "one_vs_rest": {float64(l.OneVsRest), k / (k - 1.)},
		"effective_rank": {float64(l.EffectiveRank), k - 1}, "ncc_accuracy": {float64(l.NCCAccuracy), 100}, "ncc_mismatch": {float64(l.NCCMismatch), 0},
		"self_duality": {float64(c.SelfDuality), 0}, "alignment": {float64(c.Alignment), 1}, "alignment_cv": {float64(c.AlignmentCV), 0},
		"effective_rank of the features": {float64(m.Full.EffectiveRank), k - 1}, "probe_accuracy": {float64(m.Full.ProbeAccuracy), 100},
	} {
		if !(math.Abs(pair[0]-pair[1]) <= 1e-12) && !near(pair[0], pair[1], 1e-6) || math.IsNaN(pair[0]) {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
}

// TestHull compares with a case that is known: the vertices of a regular
// polygon, K > d+1. A vertex lies 1 − cos(2π/K) from the chord of its neighbours.
func TestHull(t *testing.T) {
	for _, k := range []int{3, 4, 7, 50} {
		var unit []float64
		for i := range k {
			angle := 2 * math.Pi * float64(i) / float64(k)
			unit = append(unit, math.Cos(angle), math.Sin(angle))
		}
		want := 1 - math.Cos(2*math.Pi/float64(k))
		if got := float64(oneVsRest(unit, k, 2)); !near(got, want, 1e-9) {
			t.Errorf("K = %d: %v, want %v", k, got, want)
		}
	}
}

// TestFullRechunk cuts a table into other batches, on another number of
// goroutines, and asks for the same bits of the full measures.
func TestFullRechunk(t *testing.T) {
	p := randomProblem(9, 700, 70, 4, 0.5)
	want := p.full(t, nil)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for _, batch := range []int{1, 33, 700} {
		got, err := Compute(context.Background(), p.table(t, batch), p.classifier, Options{Full: true})
		if err != nil {
			t.Fatal(err)
		}
		if marshal(t, got) != marshal(t, want) {
			t.Errorf("batches of %d rows:\n%+v\nwant\n%+v", batch, got.Measures, want.Measures)
		}
	}
}

// TestMatrices compares with covariances written out.
func TestMatrices(t *testing.T) {
	p := randomProblem(2, 600, 70, 4, 0.5)
	r, err := Compute(context.Background(), p.table(t, 100), p.classifier, Options{Matrices: true})
	if err != nil {
		t.Fatal(err)
	}
	h, z := mat.NewDense(600, p.dim, p.Features), mat.NewDense(600, p.classes, p.Logits)
	sw, sb := covariances(h, p.Labels, p.classes)
	swLogits, sbLogits := covariances(z, p.Labels, p.classes)
	means := mat.NewDense(p.dim, p.classes, nil)
	for k, m := range r.ClassMeans {
		means.SetCol(k, floats.SubTo(make([]float64, p.dim), m, r.GlobalMean))
	}
	want := map[string]mat.Matrix{
		"W": mat.NewDense(p.classes, p.dim, p.classifier.Weight), "b": mat.NewDense(p.classes, 1, p.classifier.Bias),
		"H": means, "mu_G": mat.NewDense(p.dim, 1, r.GlobalMean),
		"sigma_w": sw, "sigma_b": sb, "sigma_w_logits": swLogits, "sigma_b_logits": sbLogits,
	}
	if len(*r.Matrices) != len(want) {
		t.Errorf("%d matrices, want %d", len(*r.Matrices), len(want))
	}
	for _, m := range *r.Matrices {
		if got := mat.NewDense(m.Rows, m.Cols, m.Data); !mat.EqualApprox(got, want[m.Name], 1e-12) {
			t.Errorf("%s differs:\n%v\nwant\n%v", m.Name, mat.Formatted(got), mat.Formatted(want[m.Name]))
		}
	}
}
