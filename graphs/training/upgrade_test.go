package training_test

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// oldNet is a small net in operator set 9, as exporters of its time wrote it:
// initializers are inputs, bounds and axes attributes.
func oldNet() *graphs.Model {
	m := graphs.NewModel("old", 9)
	m.IRVersion = 3
	g := m.Graph
	g.Initializers = []*graphs.Tensor{
		graphs.NewFloats("w1", []int64{2, 2}, []float32{0.5, -1, 0.25, 2}),
		graphs.NewFloats("w2", []int64{3, 2}, []float32{1, 2, -0.5, 0.75, -2, 1}),
		graphs.NewInts("shape", []int64{2}, []int64{-1, 2}),
	}
	g.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}}}}
	for _, t := range g.Initializers {
		g.Inputs = append(g.Inputs, &graphs.Value{Name: t.Name, Type: t.TensorType()})
	}
	transB := graphs.Int("transB", 1)
	add := func(op, output string, inputs []string, attrs ...graphs.Attribute) {
		g.Nodes = append(g.Nodes, &graphs.Node{Op: op, Inputs: inputs, Outputs: []string{output}, Attributes: attrs})
	}
	add("Gemm", "h", []string{"x", "w1"}, transB)
	add("Unsqueeze", "maps", []string{"h"}, graphs.Ints("axes", 2, 3))
	add("Clip", "relu6", []string{"maps"}, graphs.Float("min", 0), graphs.Float("max", 6))
	add("Upsample", "large", []string{"relu6", "scales"}, graphs.Str("mode", "nearest"))
	add("ReduceMean", "pooled", []string{"large"}, graphs.Ints("axes", 2, 3), graphs.Int("keepdims", 1))
	add("Reshape", "features", []string{"pooled", "shape"})
	add("Dropout", "dropped", []string{"features"}, graphs.Float("ratio", 0.5))
	add("Gemm", "logits", []string{"dropped", "w2"}, transB)
	scales := graphs.NewFloats("scales", []int64{4}, []float32{1, 1, 2, 2})
	g.Initializers = append(g.Initializers, scales)
	g.Inputs = append(g.Inputs, &graphs.Value{Name: "scales", Type: scales.TensorType()})
	g.Outputs = []*graphs.Value{{Name: "logits"}}
	return m
}

// TestNetOfOldModel trains a net in an old operator set: its parameters are
// found under their names, and its gradient is that of the two layers it
// amounts to.
func TestNetOfOldModel(t *testing.T) {
	net, err := training.NewNet(oldNet(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range net.Parameters {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"w1", "w2"}) || net.Model.Opset() != 18 {
		t.Errorf("parameters %v in operator set %d", names, net.Model.Opset())
	}
	ce := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	m, err := net.Gradient(ce)
	if err != nil {
		t.Fatal(err)
	}
	got, err := eval.Run(m, map[string]*eval.Value{
		"x":     {Type: graphs.Float32, Shape: []int{1, 2}, F: []float64{1, 1}},
		"label": eval.Ints([]int{1}, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	// h = [−0.5, 2.25], features [0, 2.25], logits 2.25·[2, 0.75, 1].
	for i, want := range gradientByHand() {
		if g := got["grad.w2"].F[i]; g-want > 1e-6 || want-g > 1e-6 {
			t.Errorf("grad.w2 is %v, want %v", got["grad.w2"].F, gradientByHand())
			break
		}
	}
	if g := got["grad.w1"].F; g[0] != 0 || g[1] != 0 || g[2] == 0 {
		t.Errorf("grad.w1 is %v: the first unit is clipped, the second not", g)
	}
}

// gradientByHand is (softmax(logits) − onehot(1))·featuresᵀ.
func gradientByHand() []float64 {
	total := 0.0
	p := []float64{4.5, 1.6875, 2.25}
	for i := range p {
		p[i] = math.Exp(p[i])
		total += p[i]
	}
	var grad []float64
	for i := range p {
		d := p[i] / total
		if i == 1 {
			d--
		}
		grad = append(grad, 0, 2.25*d)
	}
	return grad
}
