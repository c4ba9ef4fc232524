package training_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TestConstantsOfExporters gives nets as exporters write layers that have no
// scale and shift, groups of channels, one slope for all channels, and masks
// from regions: what stands in for a parameter is none, what is shaped for its
// use is one.
func TestConstantsOfExporters(t *testing.T) {
	ones, zeros := []float32{1, 1}, []float32{0, 0}
	constant := func(name string, values []float32) *graphs.Node {
		return &graphs.Node{Op: "Constant", Outputs: []string{name},
			Attributes: []graphs.Attribute{{Name: "value", Type: graphs.AttrTensor, Tensor: graphs.NewFloats("", []int64{2}, values)}}}
	}
	node := func(op, output string, inputs ...string) *graphs.Node {
		return &graphs.Node{Op: op, Inputs: inputs, Outputs: []string{output}}
	}
	vector := func(name string, values []float32) *graphs.Tensor { return graphs.NewFloats(name, []int64{2}, values) }
	for _, c := range []struct {
		name    string
		tensors []*graphs.Tensor
		nodes   []*graphs.Node // from x, N×2×3, to y
		trained []string
	}{
		{"BatchNormalization without affine", []*graphs.Tensor{vector("m", zeros), vector("v", []float32{1, 2})},
			[]*graphs.Node{constant("one", ones), constant("zero", zeros), node("BatchNormalization", "y", "x", "one", "zero", "m", "v")},
			nil},
		{"BatchNormalization whose parameters are Constants", []*graphs.Tensor{vector("m", zeros), vector("v", []float32{1, 2})},
			[]*graphs.Node{constant("s", []float32{1, 2}), constant("b", []float32{0, 1}), node("BatchNormalization", "y", "x", "s", "b", "m", "v")},
			[]string{"s", "b"}},
		{"fresh InstanceNormalization", []*graphs.Tensor{vector("s", ones), vector("b", zeros)},
			[]*graphs.Node{node("InstanceNormalization", "y", "x", "s", "b")},
			[]string{"s", "b"}},
		{"groups as instances", []*graphs.Tensor{vector("one", ones), vector("zero", zeros), graphs.NewInts("groups", []int64{3}, []int64{0, 2, -1}), graphs.NewFloats("s", []int64{2, 1}, []float32{1, 1})},
			[]*graphs.Node{node("Reshape", "g", "x", "groups"), node("InstanceNormalization", "h", "g", "one", "zero"), node("Mul", "y", "h", "s")},
			[]string{"s"}},
		{"one slope", []*graphs.Tensor{graphs.NewFloats("slope", []int64{1}, []float32{0.25}), graphs.NewInts("axis", []int64{1}, []int64{1})},
			[]*graphs.Node{node("Unsqueeze", "slopes", "slope", "axis"), node("PRelu", "y", "x", "slopes")},
			[]string{"slope"}},
		{"a mask of regions", []*graphs.Tensor{graphs.NewFloats("blank", []int64{2, 3}, make([]float32, 6)), graphs.NewInts("at", []int64{1, 1}, []int64{1}), graphs.NewFloats("region", []int64{1, 3}, []float32{3, 3, 3})},
			[]*graphs.Node{node("ScatterND", "regions", "blank", "at", "region"), node("Add", "y", "x", "regions")},
			nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := graphs.NewModel("exported", 18)
			g := m.Graph
			g.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2), graphs.Known(3)}}}}
			g.Initializers = append(c.tensors, graphs.NewFloats("w", []int64{6, 2}, make([]float32, 12)))
			g.Nodes = append(c.nodes, node("Flatten", "f", "y"), node("MatMul", "logits", "f", "w"))
			g.Outputs = []*graphs.Value{{Name: "logits"}}
			net, err := training.NewNet(m, training.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range net.Parameters {
				got = append(got, p.Name)
			}
			if want := append(c.trained, "w"); !slices.Equal(got, want) {
				t.Errorf("trains %v, want %v", got, want)
			}
		})
	}
}
