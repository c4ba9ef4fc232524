package training_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// cudaKernels are the operators that a device graph may have inside its Loop:
// those for which ONNX Runtime's CUDA provider has a kernel, with the types of
// what they compute on. From docs/OperatorKernels.md of ONNX Runtime (operator
// set 18). NonZero, Shape, Size and the like are left out: their results make
// the CPU wait.
var cudaKernels = map[string][]graphs.DType{
	"Abs": floating, "Add": arithmetic, "ArgMax": floating, "AveragePool": floating, "BatchNormalization": floating, "Cast": nil, "Clip": {graphs.Float32, graphs.Float64, graphs.Int64},
	"Concat": nil, "Constant": nil, "Conv": floating, "ConvTranspose": floating, "Div": arithmetic, "Equal": arithmetic, "Erf": floating,
	"Exp": floating, "Expand": nil, "Flatten": nil, "Gather": nil, "GatherElements": nil, "Gemm": floating, "GlobalAveragePool": floating,
	"Greater": arithmetic, "GreaterOrEqual": arithmetic, "Identity": nil, "InstanceNormalization": floating, "LayerNormalization": floating, "Less": arithmetic,
	"LessOrEqual": arithmetic, "Log": floating, "LogSoftmax": floating, "MatMul": floating, "Max": arithmetic, "MaxPool": floating, "Min": arithmetic,
	"Mul": arithmetic, "Neg": arithmetic, "Not": {graphs.Bool}, "OneHot": {graphs.Int64}, "Pad": {graphs.Float32, graphs.Float64, graphs.Bool},
	"Pow": arithmetic, "Reciprocal": floating, "ReduceMax": arithmetic, "ReduceMean": floating, "ReduceMin": arithmetic, "ReduceSum": arithmetic,
	"ReduceSumSquare": floating, "Relu": floating, "Reshape": nil, "ScatterElements": nil, "ScatterND": nil, "Sigmoid": floating, "Slice": nil,
	"Softmax": floating, "Split": nil, "Sqrt": floating, "Squeeze": nil, "Sub": arithmetic, "Sum": floating, "Tanh": floating, "Tile": arithmetic,
	"Transpose": nil, "Unsqueeze": nil, "Where": {graphs.Bool},
}

var (
	floating   = []graphs.DType{graphs.Float32, graphs.Float64}
	arithmetic = []graphs.DType{graphs.Float32, graphs.Float64, graphs.Int64}
)

// onHost are the inputs that kernels read in host memory: inside the Loop they
// must be constants, since a computed one would be copied there.
var onHost = map[string][]int{
	"Clip": {1, 2}, "Expand": {1}, "OneHot": {1}, "Pad": {1, 2}, "ReduceMax": {1}, "ReduceMean": {1}, "ReduceMin": {1}, "ReduceSum": {1}, "ReduceSumSquare": {1},
	"Reshape": {1}, "Slice": {1, 2, 3, 4}, "Split": {1}, "Squeeze": {1}, "Tile": {1}, "Unsqueeze": {1},
}

// TestDeviceHasKernels checks that no node inside the Loop, in a turn or in an
// evaluation would run on the CPU or need a value there, for every loss, both
// optimizers and models of the zoo.
func TestDeviceHasKernels(t *testing.T) {
	for _, c := range []struct {
		model string
		o     zoo.Options
	}{
		{"MLP", zoo.Options{Classes: 4, Width: 16, Depth: 2, BatchNorm: true}},
		{"MLP", zoo.Options{Classes: 4, Width: 16, Depth: 2, LayerNorm: true, Activation: zoo.Sigmoid}},
		{"ResNet10", zoo.Options{Classes: 10, Width: 4, SOTA: true}},
		{"resnet50", zoo.Options{Classes: 10}},
		{"vgg11_bn", zoo.Options{Classes: 10}},
	} {
		t.Run(c.model, func(t *testing.T) {
			m, err := zoo.Build(c.model, c.o)
			if err != nil {
				t.Fatal(err)
			}
			net, err := training.NewNet(m, training.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if c.model == "MLP" {
				testKernels(t, net, []training.LossKind{training.LabelSmoothing, training.LabelRelaxation, training.MeanSquaredError, training.CrossEntropy})
				return
			}
			for size, form := range forms {
				t.Run(size, func(t *testing.T) {
					form(t)
					testKernels(t, net, []training.LossKind{training.CrossEntropy})
				})
			}
		})
	}
}

// TestDeviceHasForeignKernels does so for what networks from elsewhere have and
// the zoo's do not: a pool of means, planes that are shifted round, matrices
// that the places of each sample are multiplied with, groups, and an attention.
func TestDeviceHasForeignKernels(t *testing.T) {
	b := oddNet{newBuilder(t)}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(3), graphs.Known(32), graphs.Known(32)}})
	x = b.Op("Conv", []string{x, b.fill("grouped", 6, 1, 3, 3)}, graphs.Int("group", 3), graphs.Ints("strides", 2, 2), graphs.Ints("pads", 1, 1, 1, 1))
	x = b.Op("AveragePool", []string{x}, graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2))
	part := func(from, to int64) string { return b.Op("Slice", []string{x, b.Ints(from), b.Ints(to), b.Ints(2)}) }
	x = b.ReshapeTo(b.Op("Concat", []string{part(3, 8), part(0, 3)}, graphs.Int("axis", 2)), 0, 6, 64)
	x = b.SwapLast(b.MatMul(b.fill("mixing", 10, 6), x)) // N×64×10
	weights := b.Softmax(b.MatMul(x, b.SwapLast(x)), -1)
	pooled := b.ReduceMean(b.MatMul(weights, x), false, 1)
	b.Output(b.Named("logits", "Gemm", []string{pooled, b.fill("head", 10, 4)}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	testKernels(t, net, []training.LossKind{training.CrossEntropy, training.LabelRelaxation})
}

func testKernels(t *testing.T, net *training.Net, losses []training.LossKind) {
	evaluation, err := net.Evaluation(training.Loss{Kind: losses[0]})
	if err != nil {
		t.Fatal(err)
	}
	if evaluation, err = passes.FixBatch(evaluation, net.Input, training.LabelInput, 8); err != nil {
		t.Fatal(err)
	}
	checkKernels(t, evaluation, func(string) bool { return false })
	pixels := &training.Pixels{Mean: []float64{.5, .5, .5}, Std: []float64{.5, .5, .5}, Crop: 4}
	optimizers := []training.Optimizer{{Kind: training.SGD, Momentum: 0.9, WeightDecay: 1e-3}, {Kind: training.Adam}}
	for i, loss := range losses {
		objective := training.Objective{Loss: training.Loss{Kind: loss, Alpha: 0.1}, Decay: &training.SepDecay{WeightDecay: 1e-3, FeatureDecay: 1e-3}}
		d := training.DeviceOptions{Batch: 8, Pixels: pixels, AtOnce: 1 + i%2, Rate: 0.1}
		m, err := net.Device(objective, optimizers[i%2], d)
		if err != nil {
			t.Fatal(err)
		}
		r, err := net.Recording(objective, optimizers[i%2], d)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range append(bodies(m), r.Turn) {
			checkKernels(t, step, func(name string) bool { return m.Graph.Initializer(name) != nil })
			checkTables(t, step)
		}
	}
}

// bodies returns what stands inside Loops as graphs of their own, which read
// what is around them as inputs.
func bodies(m *graphs.Model) (flat []*graphs.Model) {
	for _, outer := range m.Graph.Nodes {
		for _, body := range outer.Subgraphs() {
			inner := graphs.NewModel("body", m.Opset())
			inner.Graph = body
			inner.Graph.Inputs = append(slices.Clone(body.Inputs), m.Graph.Inputs...)
			flat = append(flat, inner)
		}
	}
	return flat
}

// checkKernels reports nodes that a GPU would leave to the CPU, or wait for it
// for; outside reports constants that the graph reads from around it.
func checkKernels(t *testing.T, m *graphs.Model, outside func(string) bool) {
	t.Helper()
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]bool{}
	for _, n := range m.Graph.Nodes {
		if n.Op == "Constant" {
			constants[n.Outputs[0]] = true
		}
		types, known := cudaKernels[n.Op]
		if !known {
			t.Errorf("node %q: %s has no CUDA kernel that may be in a step", n.Name, n.Op)
		}
		if of := infos[n.Input(0)].Type.Elem; types != nil && !slices.Contains(types, of) {
			t.Errorf("node %q: %s has no CUDA kernel for %s", n.Name, n.Op, of)
		}
		for _, i := range onHost[n.Op] {
			if in := n.Input(i); in != "" && !constants[in] && m.Graph.Initializer(in) == nil && !outside(in) {
				t.Errorf("node %q: input %d of %s is computed: it would be copied to the CPU", n.Name, i, n.Op)
			}
		}
	}
}

// checkTables reports nodes for which tables would be copied from the CPU, as
// they may be outside steps.
func checkTables(t *testing.T, m *graphs.Model) {
	t.Helper()
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range m.Graph.Nodes {
		if copiesTables(n, infos) {
			t.Errorf("node %q, a %s, has a table copied from the CPU", n.Name, n.Op)
		}
	}
}

// copiesTables reports Splits into more than 32 pieces or uneven ones, Concats of
// more than 32 values, and products of matrices of which one side holds several,
// but neither as many on both sides nor one on the right.
func copiesTables(n *graphs.Node, infos graphs.Infos) bool {
	switch n.Op {
	case "Split":
		return len(n.Outputs) > 32 || slices.ContainsFunc(n.Outputs, func(o string) bool { return !infos[o].Shape.Equals(infos[n.Outputs[0]].Shape) })
	case "Concat":
		return len(n.Inputs) > 32
	case "MatMul":
		left, right := infos[n.Inputs[0]].Shape, infos[n.Inputs[1]].Shape
		if len(left) < 3 && len(right) < 3 {
			return false
		}
		return len(left) < 2 || len(right) < 2 || len(right) > 2 && !left[:len(left)-2].Equals(right[:len(right)-2])
	}
	return false
}
