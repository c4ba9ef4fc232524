package features

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/random"
)

// trained builds the zoo's MLP with running statistics, scales and shifts as
// training leaves them: far from 0 and 1.
func trained(t testing.TB, o zoo.Options) *graphs.Model {
	t.Helper()
	m, err := zoo.Build("MLP", o)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range m.Graph.Nodes {
		if n.Op != "BatchNormalization" {
			continue
		}
		for role, name := range n.Inputs[1:] {
			draw := random.New(o.Seed, random.Init, uint64(100*i+role))
			set(m.Graph.Initializer(name), func(j int) float64 {
				if v := draw.Normal(uint64(j)); role == 1 || role == 2 {
					return v / 2
				} else {
					return math.Exp(v / 2)
				}
			})
		}
	}
	return m
}

// set replaces the elements of t.
func set(t *graphs.Tensor, f func(i int) float64) {
	v := make([]float32, t.Len())
	for i := range v {
		v[i] = float32(f(i))
	}
	*t = *graphs.NewFloats(t.Name, t.Dims, v)
}

// demoModel is a model like the demo's.
func demoModel(t testing.TB) *graphs.Model {
	t.Helper()
	return trained(t, zoo.Options{Classes: 2, Width: 64, Depth: 3, FixDim: 2, BatchNorm: true, Seed: 1})
}

func save(t testing.TB, m *graphs.Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := graphs.Save(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// noise is n samples of normal random numbers.
type noise struct{ n int }

func (s noise) Len() int { return s.n }

func (s noise) Fill(x []float32, i int) {
	draw := random.New(7, random.Augment, uint64(i))
	for j := range x {
		x[j] = float32(draw.Normal(uint64(j)))
	}
}

// all returns the samples as one batch.
func all(s Samples, width int) []float32 {
	x := make([]float32, s.Len()*width)
	for i := range s.Len() {
		s.Fill(x[i*width:(i+1)*width], i)
	}
	return x
}

func labels(n, k int) []datasets.Sample {
	out := make([]datasets.Sample, n)
	for i := range out {
		out[i] = datasets.Sample{Index: int32(i), Split: datasets.Split(i % 2), Label: int32(i % k), TrueLabel: int32(i % 3 % k)}
	}
	return out
}

// oracle computes features and logits in float64.
func oracle(t testing.TB, m *graphs.Model, x []float32) (features, logits []float64) {
	t.Helper()
	in := m.Graph.Inputs[0]
	width := 1
	for _, d := range in.Type.Shape[1:] {
		width *= int(d.Size)
	}
	dims := append([]int64{int64(len(x) / width)}, in.Type.Shape.Dims()[1:]...)
	out, err := eval.Run(m, map[string]*eval.Value{in.Name: eval.FromTensor(graphs.NewFloats("x", dims, x))}, featuresOutput, logitsOutput)
	if err != nil {
		t.Fatal(err)
	}
	return out[featuresOutput].Tensor("h").Floats(), out[logitsOutput].Tensor("z").Floats()
}

// maxDiff returns the largest difference of two equally long lists.
func maxDiff[A, B float32 | float64](t testing.TB, a []A, b []B) float64 {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d and %d values", len(a), len(b))
	}
	worst := 0.0
	for i := range a {
		worst = max(worst, difference(float64(a[i]), float64(b[i])))
	}
	return worst
}
