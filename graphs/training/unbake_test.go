package training_test

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// bakedParts append to x, n×4×6, what exporters write for batches of n
// samples. Each treats the samples apart.
var bakedParts = map[string]func(b *graphs.Builder, x string, n int64) string{
	"plain": func(b *graphs.Builder, x string, n int64) string { return x },
	"rest":  func(b *graphs.Builder, x string, n int64) string { return b.ReshapeTo(x, n, -1) },
	"heads in front": func(b *graphs.Builder, x string, n int64) string {
		h := b.ReshapeTo(b.Transpose(b.ReshapeTo(x, n, 4, 2, 3), 0, 2, 1, 3), n*2, 4, 3)
		h = b.MatMul(b.Softmax(b.MatMul(h, b.Transpose(h, 0, 2, 1)), -1), h)
		return b.ReshapeTo(b.Transpose(b.ReshapeTo(h, n, 2, 4, 3), 0, 2, 1, 3), n, 4, 6)
	},
	"sequence first": func(b *graphs.Builder, x string, n int64) string {
		h := b.Transpose(b.ReshapeTo(b.Transpose(x, 1, 0, 2), 4, n*2, 3), 1, 0, 2)
		h = b.Transpose(b.MatMul(b.MatMul(h, b.Transpose(h, 0, 2, 1)), h), 1, 0, 2)
		return b.ReshapeTo(b.Transpose(b.ReshapeTo(h, 4, n, 6), 1, 0, 2), n, 24)
	},
	"masked windows": func(b *graphs.Builder, x string, n int64) string {
		mask := b.Initializer(repeated("mask", n, []int64{2, 2, 6}, 0.5))
		return b.ReshapeTo(b.Softmax(b.Add(b.ReshapeTo(x, n*2, 2, 6), mask), -1), n, 4, 6)
	},
	"joined token": func(b *graphs.Builder, x string, n int64) string {
		token := b.Initializer(repeated("token", n, []int64{1, 1, 6}, 0.5))
		return b.Op("Concat", []string{token, x}, graphs.Int("axis", 1))
	},
	"joined token before a node of the name that its own would have": func(b *graphs.Builder, x string, n int64) string {
		token := b.Initializer(repeated("token", n, []int64{1, 1, 6}, 0.5))
		return b.Named("expand", "Relu", []string{b.Op("Concat", []string{token, x}, graphs.Int("axis", 1))})
	},
	"shifted token": func(b *graphs.Builder, x string, n int64) string {
		token := b.Shift(b.Initializer(repeated("token", n, []int64{1, 1, 6}, 0.5)), 2)
		return b.Op("Concat", []string{token, x}, graphs.Int("axis", 1))
	},
	"blank token": func(b *graphs.Builder, x string, n int64) string {
		token := b.Initializer(repeated("token", n, []int64{1, 1, 6}, 0))
		return b.Op("Concat", []string{token, x}, graphs.Int("axis", 1))
	},
	"expanded token": func(b *graphs.Builder, x string, n int64) string {
		token := b.Expand(b.Initializer(repeated("token", 1, []int64{1, 1, 6}, 0.5)), b.Ints(n, 1, 6))
		return b.Op("Concat", []string{token, x}, graphs.Int("axis", 1))
	},
	"tiled token": func(b *graphs.Builder, x string, n int64) string {
		token := b.Op("Tile", []string{b.Initializer(repeated("token", 1, []int64{1, 1, 6}, 0.5)), b.Ints(n, 1, 1)})
		return b.Op("Concat", []string{token, x}, graphs.Int("axis", 1))
	},
	"added positions": func(b *graphs.Builder, x string, n int64) string {
		return b.Add(x, b.Initializer(repeated("positions", n, []int64{1, 4, 6}, 0.5)))
	},
	"positions of rounded sums": func(b *graphs.Builder, x string, n int64) string {
		positions := repeated("positions", n, []int64{1, 4, 6}, 0.1)
		values := positions.Float32s()
		values[len(values)-1] = math.Nextafter32(values[len(values)-1], 9)
		return b.Add(x, b.Initializer(graphs.NewFloats("positions", positions.Dims, values)))
	},
	"learned queries": func(b *graphs.Builder, x string, n int64) string {
		return b.MatMul(b.Initializer(repeated("queries", n, []int64{1, 2, 6}, 0.5)), b.Transpose(x, 0, 2, 1))
	},
	"strided view": func(b *graphs.Builder, x string, n int64) string {
		var picked []int64
		for sample := range n {
			picked = append(picked, sample*24+3, sample*24+7, sample*24+11, sample*24)
		}
		return b.Gather(b.ReshapeTo(x, n*24), b.Const(graphs.NewInts("", []int64{n, 2, 2}, picked)), 0)
	},
	"enlarged": func(b *graphs.Builder, x string, n int64) string {
		sizes := b.Ints(n, 1, 8, 12)
		return b.Op("Resize", []string{b.ReshapeTo(x, n, 1, 4, 6), "", "", sizes}, graphs.Str("mode", "nearest"))
	},
	"halved": func(b *graphs.Builder, x string, n int64) string { // as TorchScript's exporter spells the scales, unfolded
		ones, halves := graphs.NewFloats("", []int64{2}, []float32{1, 1}), graphs.NewFloats("", []int64{2}, []float32{0.5, 0.5})
		scales := b.Op("Concat", []string{b.Const(ones), b.Const(halves)}, graphs.Int("axis", 0))
		return b.ReshapeTo(b.Op("Resize", []string{b.ReshapeTo(x, n, 1, 4, 6), "", scales}, graphs.Str("mode", "linear")), n, 2, 3)
	},
	"spread": func(b *graphs.Builder, x string, n int64) string {
		return b.Expand(b.ReshapeTo(x, n, 4, 1, 6), b.Ints(n, 4, 2, 6))
	},
}

// repeated is a tensor whose values differ by the step, n times along its
// first axis.
func repeated(name string, n int64, dims []int64, step float32) *graphs.Tensor {
	part := make([]float32, dims[0]*dims[1]*dims[2])
	for i := range part {
		part[i] = float32(i) * step
	}
	return graphs.NewFloats(name, []int64{n * dims[0], dims[1], dims[2]}, slices.Repeat(part, int(n)))
}

// baked is a model for batches of n samples that holds the named part.
func baked(t *testing.T, part string, n int64) *graphs.Model {
	t.Helper()
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(n, 4, 6)})
	h := bakedParts[part](b, x, n)
	width, _ := b.Shape(h).Elements()
	width /= n
	w := make([]float32, width*3)
	for i := range w {
		w[i] = float32(math.Sin(float64(i)))
	}
	b.Output(b.Named("logits", "MatMul", []string{b.ReshapeTo(h, n, width), b.Initializer(graphs.NewFloats("w", []int64{width, 3}, w))}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Model()
}

// TestBakedBatch frees models of the batch size that was baked into them: what
// they then make of six samples at once is what the models as they were make
// of those samples batch by batch.
func TestBakedBatch(t *testing.T) {
	const samples = 6
	x := make([]float64, samples*24)
	for i := range x {
		x[i] = math.Cos(float64(i * i))
	}
	for part := range bakedParts {
		for _, n := range []int64{1, 2, 3} {
			m := baked(t, part, n)
			net, err := training.NewNet(m, training.Options{})
			if err != nil {
				t.Fatalf("%s: %v", part, err)
			}
			if err := graphs.Check(net.Model); err != nil {
				t.Errorf("%s, batch of %d: %v", part, n, err)
			}
			if net.Model.Graph.Input("x").Type.Shape[0].IsKnown() {
				t.Errorf("%s: the batch of %d stays: %v", part, n, net.Warnings)
				continue
			}
			var want []float64
			for at := 0; at < samples; at += int(n) {
				want = append(want, logits(t, m, x[at*24:(at+int(n))*24])...)
			}
			got := logits(t, net.Model, x)
			if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }) {
				t.Errorf("%s, batch of %d: six samples give %v, batch by batch %v", part, n, got, want)
			}
		}
	}
}

func logits(t *testing.T, m *graphs.Model, x []float64) []float64 {
	t.Helper()
	out, err := eval.Run(m, map[string]*eval.Value{"x": eval.Floats([]int{len(x) / 24, 4, 6}, x...)})
	if err != nil {
		t.Fatal(err)
	}
	return out["logits"].F
}

// TestRepeatedToken joins a token that an exporter repeated for its batch of 3
// to the features of each sample: it is one parameter, and the batch is free.
// Parts that differ are not a token.
func TestRepeatedToken(t *testing.T) {
	for name, c := range map[string]struct {
		token []float32
		dims  []int64
	}{
		"token": {[]float32{1, 2, 1, 2, 1, 2}, []int64{1, 2}},
		"own":   {[]float32{1, 2, 3, 4, 5, 6}, []int64{3, 2}},
	} {
		b := newBuilder(t)
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(3, 4)})
		token := b.Initializer(graphs.NewFloats("token", []int64{3, 2}, c.token))
		joined := b.Op("Concat", []string{x, token}, graphs.Int("axis", 1))
		w := b.Initializer(graphs.NewFloats("w", []int64{6, 2}, make([]float32, 12)))
		b.Output(b.Named("logits", "MatMul", []string{joined, w}))
		net, err := training.NewNet(b.Model(), training.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := net.Parameters[0]; got.Name != "token" || !slices.Equal(got.Value.Dims, c.dims) {
			t.Errorf("%s: trains %s of shape %v, want %v", name, got.Name, got.Value.Dims, c.dims)
		}
		if free := !net.Model.Graph.Input("x").Type.Shape[0].IsKnown(); free != (name == "token") {
			t.Errorf("%s: free batch: %t", name, free)
		}
	}
}
