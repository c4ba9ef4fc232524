package training_test

import (
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
