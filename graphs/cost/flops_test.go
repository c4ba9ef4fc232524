package cost_test

import (
	"os"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/cost"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// TestProductsOfNetworks compares with PyTorch 2.15: torch.utils.flop_counter's
// FlopCounterMode on torchvision's networks (of VGG: features, global pooling
// and one linear layer), 10 classes, images of 3×32×32.
func TestProductsOfNetworks(t *testing.T) {
	for name, want := range map[string]int64{
		"resnet18":        74033152,
		"resnext50_32x4d": 172630016,
		"vgg11_bn":        305539072,
	} {
		m, err := zoo.Build(name, zoo.Options{Classes: 10, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range []int64{0, 3} {
			c, err := cost.Of(m, batch)
			if err != nil {
				t.Fatal(err)
			}
			if c.Batch != max(batch, 1) || c.Products != want*c.Batch || c.FLOPs <= c.Products || len(c.Uncounted) > 0 {
				t.Errorf("%s, batch %d: %d FLOPs in products, want %d a sample; %d in all, for %d; not counted: %d nodes",
					name, batch, c.Products, want, c.FLOPs, c.Batch, len(c.Uncounted))
			}
		}
	}
}

// TestProductsOfTraining compares forward and backward pass with
// FlopCounterMode, as above: in a gradient graph, a step and one turn of an
// epoch.
func TestProductsOfTraining(t *testing.T) {
	const want, batch = 1826156544, 2
	m, err := zoo.Build("vgg11_bn", zoo.Options{Classes: 10, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o, sgd := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}
	for name, derive := range map[string]func() (*graphs.Model, error){
		"gradient": func() (*graphs.Model, error) { return net.Gradient(o) },
		"step":     func() (*graphs.Model, error) { return net.Step(o, sgd) },
		"epoch":    func() (*graphs.Model, error) { return net.Epoch(o, sgd, nil) },
	} {
		derived, err := derive()
		if err != nil {
			t.Fatal(err)
		}
		c, err := cost.Of(derived, batch)
		if err != nil {
			t.Fatal(err)
		}
		if c.Products != want || c.Batch != batch || len(c.Uncounted) > 0 {
			t.Errorf("%s: %d FLOPs in products for %d samples, want %d; not counted: %d nodes", name, c.Products, c.Batch, want, len(c.Uncounted))
		}
	}
}

// TestOperators counts by hand what single operators take. Products of Conv,
// ConvTranspose, Einsum and Attention are FlopCounterMode's as well.
func TestOperators(t *testing.T) {
	type shapes = []graphs.Shape
	s := graphs.StaticShape
	ints := graphs.Ints
	for _, test := range []struct {
		name, op         string
		in               shapes
		attrs            []graphs.Attribute
		products, others int64
	}{
		{"batched product", "MatMul", shapes{s(2, 3, 4), s(4, 5)}, nil, 2 * 2 * 3 * 4 * 5, 0},
		{"with a vector", "MatMul", shapes{s(3, 4), s(4)}, nil, 2 * 3 * 4, 0},
		{"transposed", "Gemm", shapes{s(4, 3), s(4, 5), s(5)}, []graphs.Attribute{graphs.Int("transA", 1)}, 2 * 3 * 4 * 5, 3 * 5},
		{"groups, dilated", "Conv", shapes{s(1, 4, 15), s(6, 2, 3), s(6)},
			[]graphs.Attribute{ints("strides", 2), ints("dilations", 2), graphs.Int("group", 2)}, 432, 36},
		{"volumes", "Conv", shapes{s(1, 4, 5, 6, 7), s(6, 4, 3, 3, 3)}, []graphs.Attribute{ints("pads", 1, 1, 1, 1, 1, 1)}, 272160, 0},
		{"groups", "ConvTranspose", shapes{s(1, 4, 5, 7), s(4, 3, 3, 3)},
			[]graphs.Attribute{ints("strides", 2, 2), graphs.Int("group", 2)}, 7560, 0},
		{"two operands", "Einsum", shapes{s(3, 4, 5), s(3, 6, 5)}, []graphs.Attribute{graphs.Str("equation", "bid,bjd->bij")}, 720, 0},
		{"broadcast", "Einsum", shapes{s(7, 4, 5), s(5, 6)}, []graphs.Attribute{graphs.Str("equation", "...ij, jk -> ...ik")}, 2 * 7 * 4 * 5 * 6, 0},
		{"heads", "Attention", shapes{s(2, 4, 6, 8), s(2, 4, 10, 8), s(2, 4, 10, 8)}, nil, 15360, 5 * 2 * 4 * 6 * 10},
		{"packed heads", "Attention", shapes{s(2, 6, 32), s(2, 10, 32), s(2, 10, 32)},
			[]graphs.Attribute{graphs.Int("q_num_heads", 4), graphs.Int("kv_num_heads", 4)}, 15360, 5 * 2 * 4 * 6 * 10},
		{"one operand", "Tanh", shapes{s(2, 3)}, nil, 0, 6},
		{"broadcast operands", "Add", shapes{s(2, 3), s(4, 1, 1)}, nil, 0, 24},
		{"three operands", "Sum", shapes{s(2, 3), s(2, 3), s(3)}, nil, 0, 12},
		{"reduction", "ReduceMean", shapes{s(2, 3, 4)}, nil, 0, 24},
		{"softmax", "Softmax", shapes{s(2, 3)}, nil, 0, 30},
		{"stored statistics", "BatchNormalization", shapes{s(2, 3, 4), s(3), s(3), s(3), s(3)}, nil, 0, 48},
		{"batch statistics", "BatchNormalization", shapes{s(2, 3, 4), s(3), s(3), s(3), s(3)}, []graphs.Attribute{graphs.Int("training_mode", 1)}, 0, 192},
		{"windows", "MaxPool", shapes{s(1, 2, 4, 4)}, []graphs.Attribute{ints("kernel_shape", 2, 2), ints("strides", 2, 2)}, 0, 32},
		{"channels", "LRN", shapes{s(1, 4, 2, 2)}, []graphs.Attribute{graphs.Int("size", 3)}, 0, 16 * 7},
		{"moved", "Transpose", shapes{s(2, 3)}, nil, 0, 0},
	} {
		t.Run(test.op+" "+test.name, func(t *testing.T) {
			c := costOf(t, test.op, test.in, test.attrs)
			if c.Products != test.products || c.FLOPs-c.Products != test.others || len(c.Uncounted) > 0 {
				t.Errorf("%d in products and %d others, want %d and %d; not counted: %d", c.Products, c.FLOPs-c.Products, test.products, test.others, len(c.Uncounted))
			}
		})
	}
}

// costOf counts a model of one node on inputs of the given shapes.
func costOf(t *testing.T, op string, in []graphs.Shape, attrs []graphs.Attribute) *cost.Cost {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("one node", 23))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []string
	for i, s := range in {
		inputs = append(inputs, b.Input(string(rune('a'+i)), graphs.Type{Elem: graphs.Float32, Shape: s}))
	}
	b.Output(b.Op(op, inputs, attrs...))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	c, err := cost.Of(b.Model(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestUnknownSizes names what cannot be counted, and counts the rest.
func TestUnknownSizes(t *testing.T) {
	height := graphs.Shape{graphs.Symbolic("N"), graphs.Known(2), graphs.Symbolic("height")}
	for op, in := range map[string][]graphs.Shape{
		"Tanh": {height}, "MatMul": {height, height}, "ReduceSum": {height}, "Einsum": {height},
		"Conv": {height, graphs.StaticShape(1, 2, 1)}, "Attention": {height, height, height},
		"NonMaxSuppression": {graphs.StaticShape(1, 2, 4), graphs.StaticShape(1, 1, 2)},
	} {
		var attrs []graphs.Attribute
		switch op {
		case "Einsum":
			attrs = append(attrs, graphs.Str("equation", "abc->ac"))
		case "Attention":
			attrs = append(attrs, graphs.Int("q_num_heads", 1), graphs.Int("kv_num_heads", 1))
		}
		if op == "MatMul" {
			in = []graphs.Shape{{graphs.Known(2), graphs.Symbolic("width")}, {graphs.Symbolic("width"), graphs.Known(3)}}
		}
		c := costOf(t, op, in, attrs)
		if len(c.Uncounted) != 1 || c.Uncounted[0].Op != op || c.FLOPs != 0 {
			t.Errorf("%s: %d FLOPs and not counted %v", op, c.FLOPs, c.Uncounted)
		}
	}
}

// uncounted are the operators without a row: their work depends on values, or
// no classifier has them.
var uncounted = strings.Fields(`Col2Im ConcatFromSequence DFT DeformConv Det GRU GridSample AffineGrid LSTM MaxRoiPool
	MaxUnpool MelWeightMatrix NonMaxSuppression Optional OptionalGetElement OptionalHasElement RNN RegexFullMatch RoiAlign STFT
	SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence
	StringConcat StringNormalizer StringSplit TfIdfVectorizer BlackmanWindow HammingWindow HannWindow ImageDecoder`)

// TestEveryOperatorIsDecided counts every operator of ONNX on no inputs: that
// is unknown or nothing, never a panic, and named unless it is in the table.
func TestEveryOperatorIsDecided(t *testing.T) {
	data, err := os.ReadFile("../autodiff/testdata/operators.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(data), "\n")
	missing := map[string]bool{}
	for _, op := range uncounted {
		missing[op] = true
	}
	for _, op := range strings.Fields(list) {
		if control := op == "If" || op == "Loop" || op == "Scan"; control {
			continue
		}
		if cost.Counts(op) == missing[op] {
			t.Errorf("%s has a row: %t", op, cost.Counts(op))
		}
	}
}
