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
// use is one, and what the exporter says counts.
func TestConstantsOfExporters(t *testing.T) {
	ones, zeros := []float32{1, 1}, []float32{0, 0}
	holding := func(name string, t *graphs.Tensor) *graphs.Node {
		return &graphs.Node{Op: "Constant", Outputs: []string{name}, Attributes: []graphs.Attribute{{Name: "value", Type: graphs.AttrTensor, Tensor: t}}}
	}
	constant := func(name string, values []float32) *graphs.Node {
		return holding(name, graphs.NewFloats("", []int64{2}, values))
	}
	number := func(name string, v float32) *graphs.Node {
		return holding(name, graphs.NewFloats("", nil, []float32{v}))
	}
	node := func(op, output string, inputs ...string) *graphs.Node {
		return &graphs.Node{Op: op, Inputs: inputs, Outputs: []string{output}}
	}
	depthwise := func(output, x, w string) *graphs.Node {
		n := node("Conv", output, x, w)
		n.Attributes = []graphs.Attribute{graphs.Int("group", 2), graphs.Ints("pads", 1, 1)}
		return n
	}
	vector := func(name string, values []float32) *graphs.Tensor { return graphs.NewFloats(name, []int64{2}, values) }
	for _, c := range []struct {
		name    string
		tensors []*graphs.Tensor
		nodes   []*graphs.Node // from x, N×2×3, to y
		trained []string
		kinds   map[string]string // what the exporter says
	}{
		{"BatchNormalization without affine", []*graphs.Tensor{vector("m", zeros), vector("v", []float32{1, 2})},
			[]*graphs.Node{constant("one", ones), constant("zero", zeros), node("BatchNormalization", "y", "x", "one", "zero", "m", "v")},
			nil, nil},
		{"BatchNormalization whose parameters are Constants", []*graphs.Tensor{vector("m", zeros), vector("v", []float32{1, 2})},
			[]*graphs.Node{constant("s", []float32{1, 2}), constant("b", []float32{0, 1}), node("BatchNormalization", "y", "x", "s", "b", "m", "v")},
			[]string{"s", "b"}, nil},
		{"fresh InstanceNormalization", []*graphs.Tensor{vector("s", ones), vector("b", zeros)},
			[]*graphs.Node{node("InstanceNormalization", "y", "x", "s", "b")},
			[]string{"s", "b"}, nil},
		{"groups as instances", []*graphs.Tensor{vector("one", ones), vector("zero", zeros), graphs.NewInts("groups", []int64{3}, []int64{0, 2, -1}), graphs.NewFloats("s", []int64{2, 1}, []float32{1, 1})},
			[]*graphs.Node{node("Reshape", "g", "x", "groups"), node("InstanceNormalization", "h", "g", "one", "zero"), node("Mul", "y", "h", "s")},
			[]string{"s"}, nil},
		{"one slope", []*graphs.Tensor{graphs.NewFloats("slope", []int64{1}, []float32{0.25}), graphs.NewInts("axis", []int64{1}, []int64{1})},
			[]*graphs.Node{node("Unsqueeze", "slopes", "slope", "axis"), node("PRelu", "y", "x", "slopes")},
			[]string{"slope"}, nil},
		{"a mask of regions", []*graphs.Tensor{graphs.NewFloats("blank", []int64{2, 3}, make([]float32, 6)), graphs.NewInts("at", []int64{1, 1}, []int64{1}), graphs.NewFloats("region", []int64{1, 3}, []float32{3, 3, 3})},
			[]*graphs.Node{node("ScatterND", "regions", "blank", "at", "region"), node("Add", "y", "x", "regions")},
			nil, nil},
		{"a blur", []*graphs.Tensor{graphs.NewFloats("blur", []int64{2, 1, 3}, []float32{1, 2, 1, 1, 2, 1}), graphs.NewFloats("own", []int64{2, 1, 3}, []float32{1, 2, 1, 1, 2, 3})},
			[]*graphs.Node{depthwise("h", "x", "blur"), depthwise("y", "h", "own")},
			[]string{"own"}, nil},
		{"coordinates", []*graphs.Tensor{graphs.NewFloats("grid", []int64{2, 2}, []float32{-1, -2, 1, 2}), graphs.NewFloats("a", []int64{2, 2}, []float32{-1, 2, 1, 2}), graphs.NewFloats("v", []int64{2, 3}, []float32{1, 2, 3, -1, -2, -3})},
			[]*graphs.Node{node("MatMul", "p", "grid", "v"), node("MatMul", "q", "a", "v"), node("Mul", "h", "x", "p"), node("Mul", "y", "h", "q")},
			[]string{"v", "a"}, nil},
		{"a temperature beside numbers in nodes", []*graphs.Tensor{graphs.NewFloats("temperature", []int64{1}, []float32{2})},
			[]*graphs.Node{number("half", 0.5), node("Mul", "h", "x", "half"), node("Mul", "y", "h", "temperature")},
			[]string{"temperature"}, nil},
		{"a temperature like any number", []*graphs.Tensor{graphs.NewFloats("half", []int64{1}, []float32{0.5}), graphs.NewFloats("temperature", []int64{1}, []float32{2})},
			[]*graphs.Node{node("Mul", "h", "x", "half"), node("Mul", "y", "h", "temperature")},
			nil, nil},
		{"declared", []*graphs.Tensor{graphs.NewFloats("half", nil, []float32{0.5}), graphs.NewFloats("temperature", nil, []float32{2}), graphs.NewFloats("table", []int64{2, 3}, []float32{1, 2, 3, 4, 5, 6})},
			[]*graphs.Node{node("Mul", "a", "x", "half"), node("Mul", "b", "a", "temperature"), node("Add", "y", "b", "table")},
			[]string{"temperature"}, map[string]string{"temperature": "PARAMETER", "table": "BUFFER"}},
		{"ones and zeros that are not declared", []*graphs.Tensor{vector("s", ones), vector("b", zeros), vector("c", zeros)},
			[]*graphs.Node{node("InstanceNormalization", "h", "x", "s", "b"), node("InstanceNormalization", "y", "h", "s", "c")},
			[]string{"s", "c"}, map[string]string{"s": "PARAMETER", "c": "PARAMETER"}},
		{"equal before training", []*graphs.Tensor{vector("s", ones), vector("b", []float32{1, 2})},
			[]*graphs.Node{node("Identity", "t", "s"), node("Identity", "c", "b"), node("InstanceNormalization", "h", "x", "s", "b"), node("InstanceNormalization", "y", "h", "t", "c")},
			[]string{"s", "b", "t"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := graphs.NewModel("exported", 18)
			g := m.Graph
			g.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2), graphs.Known(3)}}}}
			g.Initializers = append(c.tensors, graphs.NewFloats("w", []int64{6, 2}, make([]float32, 12)))
			g.Nodes = append(c.nodes, node("Flatten", "f", "y"), node("MatMul", "logits", "f", "w"))
			g.Outputs = []*graphs.Value{{Name: "logits"}}
			for name, kind := range c.kinds {
				g.Values = append(g.Values, &graphs.Value{Name: name, Metadata: []graphs.Property{{Key: "pkg.torch.export.graph_signature.InputSpec.kind", Value: kind}}})
			}
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
