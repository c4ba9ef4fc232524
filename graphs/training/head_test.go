package training_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestResetHead trains a golden net on another number of classes: the head's
// shapes and gradients follow, the other weights stay.
func TestResetHead(t *testing.T) {
	const name = "grad/mlp_bn" // 2 classes
	net := load(t, name+"/model.onnx", training.Options{})
	before := net.Model.Graph.Initializer("layers.0.weight").At(7)
	if err := net.ResetHead(5, 1); err != nil {
		t.Fatal(err)
	}
	if net.Classes() != 5 {
		t.Fatalf("%d classes", net.Classes())
	}
	m, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}})
	if err != nil {
		t.Fatal(err)
	}
	x := golden.NPY(t, name+"/x.npy")
	labels := make([]int64, x.Shape[0])
	labels[0] = 4
	got, err := eval.Run(m, map[string]*eval.Value{net.Input: floats(x), "label": eval.Ints([]int{len(labels)}, labels...)})
	if err != nil {
		t.Fatal(err)
	}
	if g := got["grad.fc.weight"]; g.Shape[0] != 5 || got["grad.fc.bias"].Shape[0] != 5 {
		t.Errorf("gradient of the head has shape %v", g.Shape)
	}
	if after := net.Model.Graph.Initializer("layers.0.weight").At(7); after != before {
		t.Error("the rest of the net changed")
	}
}

func TestResetHeadNeedsALinearLayer(t *testing.T) {
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(4)}})
	w := b.Initializer(graphs.NewFloats("w", []int64{4, 3}, make([]float32, 12)))
	b.Output(b.Named("logits", "Relu", []string{b.MatMul(x, w)}))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := net.ResetHead(2, 0); err == nil || !strings.Contains(err.Error(), "no linear layer") {
		t.Errorf("error is %v", err)
	}
}

func newBuilder(t *testing.T) *graphs.Builder {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("test", 18))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBakedBatch checks that constant targets which an exporter filled with a
// batch size of 8 follow the batch: a flattening and an expanded token.
func TestBakedBatch(t *testing.T) {
	for name, flatten := range map[string][]int64{"rest": {8, -1}, "sizes": {8, 12}} {
		b := newBuilder(t)
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(8, 3, 4)})
		flat := b.ReshapeTo(x, flatten...)
		token := b.Expand(b.Initializer(graphs.NewFloats("token", []int64{1, 2}, []float32{1, 2})), b.Ints(8, 2))
		joined := b.Op("Concat", []string{flat, token}, graphs.Int("axis", 1))
		w := b.Initializer(graphs.NewFloats("w", []int64{14, 3}, make([]float32, 42)))
		b.Output(b.Named("logits", "MatMul", []string{joined, w}))
		net, err := training.NewNet(b.Model(), training.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := eval.Run(net.Model, map[string]*eval.Value{"x": eval.Floats([]int{5, 3, 4}, make([]float64, 60)...)})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s := out["logits"].Shape; s[0] != 5 || s[1] != 3 {
			t.Errorf("%s: logits of 5 samples have shape %v", name, s)
		}
	}
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
