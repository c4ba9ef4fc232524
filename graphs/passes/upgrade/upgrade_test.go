package upgrade

import (
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
)

// oldModel is a model of one node in an older operator set: the input x of the
// given shape, constants after it, outputs y and more.
func oldModel(opset int64, shape []int64, n *graphs.Node, constants ...*graphs.Tensor) *graphs.Model {
	m := graphs.NewModel("old", opset)
	m.Graph.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(shape...)}}}
	n.Inputs = append([]string{"x"}, n.Inputs...)
	m.Graph.Initializers = constants
	if n.Outputs == nil {
		n.Outputs = []string{"y"}
	}
	m.Graph.Nodes = []*graphs.Node{n}
	m.Graph.Outputs = []*graphs.Value{{Name: n.Outputs[0]}}
	return m
}

func attrs(a ...graphs.Attribute) []graphs.Attribute { return a }

// TestUpgradeByHand upgrades operators whose old form can be worked out on
// paper.
func TestUpgradeByHand(t *testing.T) {
	floats := func(name string, v ...float32) *graphs.Tensor {
		return graphs.NewFloats(name, []int64{int64(len(v))}, v)
	}
	for name, c := range map[string]struct {
		opset     int64
		shape     []int64
		x         []float64
		node      *graphs.Node
		constants []*graphs.Tensor
		want      []float64
	}{
		"softmax over the rest": {9, []int64{1, 2, 2}, []float64{0, 0, 0, 0}, &graphs.Node{Op: "Softmax"}, nil,
			[]float64{0.25, 0.25, 0.25, 0.25}},
		"hardmax over the rest": {11, []int64{2, 2, 1}, []float64{1, 2, 4, 3}, &graphs.Node{Op: "Hardmax"}, nil, []float64{0, 1, 1, 0}},
		"hardmax over all": {12, []int64{2, 2}, []float64{1, 2, 4, 3},
			&graphs.Node{Op: "Hardmax", Attributes: attrs(graphs.Int("axis", 0))}, nil, []float64{0, 0, 1, 0}},
		"clip": {9, []int64{3}, []float64{-2, 0, 2},
			&graphs.Node{Op: "Clip", Attributes: attrs(graphs.Float("min", -1), graphs.Float("max", 1))}, nil, []float64{-1, 0, 1}},
		"pad": {9, []int64{2}, []float64{1, 2},
			&graphs.Node{Op: "Pad", Attributes: attrs(graphs.Ints("pads", 1, 0), graphs.Float("value", 7))}, nil, []float64{7, 1, 2}},
		"slice": {9, []int64{4}, []float64{1, 2, 3, 4},
			&graphs.Node{Op: "Slice", Attributes: attrs(graphs.Ints("starts", 1), graphs.Ints("ends", -1))}, nil, []float64{2, 3}},
		"split": {12, []int64{4}, []float64{1, 2, 3, 4},
			&graphs.Node{Op: "Split", Outputs: []string{"y", "z"}, Attributes: attrs(graphs.Ints("split", 3, 1))}, nil, []float64{1, 2, 3}},
		"even split": {17, []int64{4}, []float64{1, 2, 3, 4}, &graphs.Node{Op: "Split", Outputs: []string{"y", "z"}}, nil, []float64{1, 2}},
		"sum": {12, []int64{2, 2}, []float64{1, 2, 3, 4},
			&graphs.Node{Op: "ReduceSum", Attributes: attrs(graphs.Ints("axes", 1), graphs.Int("keepdims", 0))}, nil, []float64{3, 7}},
		"mean": {17, []int64{2, 2}, []float64{1, 2, 3, 4},
			&graphs.Node{Op: "ReduceMean", Attributes: attrs(graphs.Ints("axes", 0))}, nil, []float64{2, 3}},
		"top": {9, []int64{3}, []float64{1, 3, 2}, &graphs.Node{Op: "TopK", Outputs: []string{"y", "i"}, Attributes: attrs(graphs.Int("k", 2))}, nil,
			[]float64{3, 2}},
		"dropout": {11, []int64{2}, []float64{1, 2}, &graphs.Node{Op: "Dropout", Attributes: attrs(graphs.Float("ratio", 0.9))}, nil, []float64{1, 2}},
		"mask":    {9, []int64{2}, []float64{5, 6}, &graphs.Node{Op: "Dropout", Outputs: []string{"y", "mask"}}, nil, []float64{5, 6}},
		"upsample": {9, []int64{2}, []float64{1, 2}, &graphs.Node{Op: "Upsample", Inputs: []string{"scales"}},
			[]*graphs.Tensor{floats("scales", 2)}, []float64{1, 1, 2, 2}},
		"shrinking takes the place above": {10, []int64{5}, []float64{1, 2, 3, 4, 5}, &graphs.Node{Op: "Resize", Inputs: []string{"scales"}},
			[]*graphs.Tensor{floats("scales", 0.4)}, []float64{1, 4}},
		"batch statistics": {9, []int64{2, 1}, []float64{1, 3},
			&graphs.Node{Op: "BatchNormalization", Inputs: []string{"one", "zero", "zero", "one"},
				Outputs: []string{"y", "mean", "var", "saved mean", "saved var"}, Attributes: attrs(graphs.Float("epsilon", 0), graphs.Int("spatial", 1))},
			[]*graphs.Tensor{floats("one", 1), floats("zero", 0)}, []float64{-1, 1}},
		"running statistics": {9, []int64{2, 1}, []float64{1, 3},
			&graphs.Node{Op: "BatchNormalization", Inputs: []string{"one", "zero", "zero", "one"}, Attributes: attrs(graphs.Float("epsilon", 0))},
			[]*graphs.Tensor{floats("one", 1), floats("zero", 0)}, []float64{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			m := oldModel(c.opset, c.shape, c.node, c.constants...)
			before := graphs.Text(m)
			upgraded, err := Model(m)
			if err != nil {
				t.Fatal(err)
			}
			if graphs.Text(m) != before {
				t.Error("the model itself was changed")
			}
			if upgraded.Opset() != modernOpset {
				t.Errorf("the operator set is %d", upgraded.Opset())
			}
			if problems := graphs.Check(upgraded); problems != nil {
				t.Error(problems)
			}
			x := &eval.Value{Type: graphs.Float32, F: c.x}
			for _, d := range c.shape {
				x.Shape = append(x.Shape, int(d))
			}
			got, err := eval.Run(upgraded, map[string]*eval.Value{"x": x})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got["y"].F, c.want) {
				t.Errorf("got %v, want %v from\n%s", got["y"].F, c.want, graphs.Text(upgraded))
			}
		})
	}
}

// TestUpgradeRefuses lists what no modern operator expresses.
func TestUpgradeRefuses(t *testing.T) {
	norm := func(outputs []string, a ...graphs.Attribute) *graphs.Node {
		return &graphs.Node{Op: "BatchNormalization", Inputs: []string{"v", "v", "v", "v"}, Outputs: outputs, Attributes: a}
	}
	vector := graphs.NewFloats("v", []int64{1}, []float32{1})
	saved := oldModel(9, []int64{2, 1}, norm([]string{"y", "m", "s", "batch mean"}), vector)
	saved.Graph.Outputs[0].Name = "batch mean"
	for want, m := range map[string]*graphs.Model{
		"operator set 8":       oldModel(8, []int64{2}, &graphs.Node{Op: "Relu"}),
		"operator set 29":      oldModel(29, []int64{2}, &graphs.Node{Op: "Relu"}),
		"spatial = 0":          oldModel(9, []int64{2, 1}, norm(nil, graphs.Int("spatial", 0)), vector),
		`output "batch mean"`:  saved,
		"tf_half_pixel_for_nn": oldModel(11, []int64{2}, &graphs.Node{Op: "Resize", Inputs: []string{"", "v"}, Attributes: attrs(graphs.Str("coordinate_transformation_mode", "tf_half_pixel_for_nn"))}, vector),
		"scales are not const": oldModel(9, []int64{2}, &graphs.Node{Op: "Upsample", Inputs: []string{"x"}}),
		`pads [] must hold 2`:  oldModel(9, []int64{2}, &graphs.Node{Op: "Pad"}),
	} {
		if _, err := Model(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestUpgradeOfInitializerInputs: before ir_version 4 every initializer was an
// input, and still a constant.
func TestUpgradeOfInitializerInputs(t *testing.T) {
	scales := graphs.NewFloats("scales", []int64{1}, []float32{2})
	m := oldModel(9, []int64{2}, &graphs.Node{Op: "Upsample", Inputs: []string{"scales"}}, scales)
	m.IRVersion = 3
	m.Graph.Inputs = append(m.Graph.Inputs, &graphs.Value{Name: "scales", Type: scales.TensorType()})
	if _, err := Model(m); err != nil {
		t.Error(err)
	}
}

// TestUpgradeOfJoinedScales: PyTorch joins the scales from two constants.
func TestUpgradeOfJoinedScales(t *testing.T) {
	one, two := graphs.NewFloats("one", []int64{1}, []float32{1}), graphs.NewFloats("two", []int64{1}, []float32{2})
	m := oldModel(9, []int64{1, 2}, &graphs.Node{Op: "Upsample", Inputs: []string{"scales"}}, one, two)
	join := &graphs.Node{Op: "Concat", Inputs: []string{"one", "two"}, Outputs: []string{"scales"}, Attributes: attrs(graphs.Int("axis", 0))}
	m.Graph.Nodes = append([]*graphs.Node{join}, m.Graph.Nodes...)
	up, err := Model(m)
	if err != nil {
		t.Fatal(err)
	}
	if last := up.Graph.Nodes[len(up.Graph.Nodes)-1]; last.Op != "Resize" || last.Str("nearest_mode", "") != "floor" {
		t.Errorf("upgraded to %s with nearest_mode %q", last.Op, last.Str("nearest_mode", ""))
	}
}

// FuzzUpgrade has malformed graphs upgraded from every operator set: errors
// are fine, panics are not.
func FuzzUpgrade(f *testing.F) {
	for seed := range uint64(50) {
		f.Add([]byte(graphtest.RandomChoices(seed, 250)), int64(9+seed%16))
	}
	f.Fuzz(func(t *testing.T, data []byte, version int64) {
		c := graphtest.Choices(data)
		mutant := c[:len(c)/5]
		rest := c[len(mutant):]
		m := graphtest.Mutate(graphtest.Random(&rest, false).Model, &mutant)
		m.Opsets = map[string]int64{"": version}
		if upgraded, err := Model(m); err == nil {
			_, _ = SpellAttention(upgraded)
		}
	})
}
