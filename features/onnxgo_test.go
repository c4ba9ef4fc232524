package features

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/random"
)

// operatorNet builds a model around the nodes that body appends to the input x.
func operatorNet(t testing.TB, shape []int64, body func(b *graphs.Builder) []string) *graphs.Model {
	t.Helper()
	m := graphs.NewModel("operators", 18)
	b, err := graphs.NewBuilder(m)
	if err != nil {
		t.Fatal(err)
	}
	dims := graphs.StaticShape(shape...)
	dims[0] = graphs.Symbolic("N")
	b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: dims})
	for _, name := range body(b) {
		b.Output(name)
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return m
}

// values is a constant of normal random numbers.
func values(b *graphs.Builder, dims ...int64) string { return constant(b, 0, dims...) }

func constant(b *graphs.Builder, shift float64, dims ...int64) string {
	t := zeros("", dims)
	draw := random.New(uint64(t.Len()), random.Init, 0)
	set(t, func(i int) float64 { return shift + draw.Normal(uint64(i)) })
	return b.Const(t)
}

func norm(b *graphs.Builder, x string, channels int64) string {
	return b.Op("BatchNormalization", []string{x, values(b, channels), constant(b, 1, channels),
		constant(b, 2, channels), constant(b, 5, channels)})
}

// positive is a value between 1 and about 20.
func positive(b *graphs.Builder) string { return b.Shift(b.Square(b.Op("Relu", []string{"x"})), 1) }

var (
	matrix = []int64{3, 5}
	image  = []int64{3, 4, 6, 6}
)

// supported are models in the adapter's subset, each with the traps it steps on.
var supported = []struct {
	name  string
	shape []int64
	body  func(b *graphs.Builder) []string
}{
	{"elementwise", matrix, func(b *graphs.Builder) []string {
		y := positive(b)
		for _, op := range []string{"Sqrt", "Log", "Exp", "Neg", "Abs", "Tanh", "Sigmoid", "Relu"} {
			y = b.Op(op, []string{y})
		}
		return []string{y}
	}},
	{"x·x and x/x", matrix, func(b *graphs.Builder) []string {
		y := positive(b)
		return []string{b.Mul("x", "x"), b.Div(y, y), b.Sub(y, y)}
	}},
	{"broadcast constants", []int64{5, 5}, func(b *graphs.Builder) []string {
		row, column := values(b, 5), values(b, 5, 1)
		return []string{b.Mul(b.Add("x", row), b.Scalar(graphs.Float32, 3)), b.Sub(column, "x"), b.Div(values(b, 1, 5), positive(b))}
	}},
	{"leaky input used twice", matrix, func(b *graphs.Builder) []string {
		y := b.Op("LeakyRelu", []string{"x"}, graphs.Float("alpha", 0.3))
		return []string{y, b.Add("x", y)}
	}},
	{"output that feeds in-place work", matrix, func(b *graphs.Builder) []string {
		h := b.Gemm("x", values(b, 5, 7), false, false)
		r := b.Op("Relu", []string{h})
		z := b.Op("Sigmoid", []string{b.Mul(r, r)})
		return []string{h, r, z, b.Op("Identity", []string{h})}
	}},
	{"Gemm", matrix, func(b *graphs.Builder) []string {
		scaled := b.Op("Gemm", []string{"x", values(b, 7, 5), values(b, 7)}, graphs.Int("transB", 1), graphs.Float("alpha", 2), graphs.Float("beta", -3))
		row := b.Op("Gemm", []string{"x", values(b, 5, 7), values(b, 1, 7)})
		scalar := b.Op("Gemm", []string{"x", values(b, 5, 7), b.Scalar(graphs.Float32, 2)})
		return []string{scaled, row, scalar}
	}},
	{"Gemm of square", []int64{5, 5}, func(b *graphs.Builder) []string {
		return []string{b.Op("Gemm", []string{"x", values(b, 5, 5), values(b, 5)}, graphs.Int("transA", 1)), b.Gemm("x", "x", false, true), b.MatMul("x", "x")}
	}},
	{"shared bias", matrix, func(b *graphs.Builder) []string {
		bias := values(b, 5)
		h := b.Op("Gemm", []string{"x", values(b, 5, 5), bias})
		return []string{h, b.Op("Gemm", []string{h, values(b, 5, 5), bias}), b.Add("x", bias)}
	}},
	{"BN after Gemm", matrix, func(b *graphs.Builder) []string {
		h := b.Op("Gemm", []string{"x", values(b, 7, 5), values(b, 7)}, graphs.Int("transB", 1), graphs.Float("alpha", 2), graphs.Float("beta", 3))
		return []string{norm(b, h, 7), b.Op("Relu", []string{h})}
	}},
	{"BN after MatMul and Add", matrix, func(b *graphs.Builder) []string {
		return []string{norm(b, b.Add(values(b, 7), b.MatMul("x", values(b, 5, 7))), 7)}
	}},
	{"BN after nothing", matrix, func(b *graphs.Builder) []string { return []string{norm(b, "x", 5)} }},
	{"BN of images", image, func(b *graphs.Builder) []string { return []string{norm(b, b.Op("Relu", []string{"x"}), 4)} }},
	{"one feature, one class", matrix, func(b *graphs.Builder) []string {
		h := norm(b, b.Gemm("x", values(b, 5, 1), false, false), 1)
		return []string{h, b.Gemm(h, values(b, 1, 1), false, false), b.Gemm(h, values(b, 1, 4), false, false)}
	}},
	{"MatMul of values", matrix, func(b *graphs.Builder) []string {
		return []string{b.MatMul(b.Op("Relu", []string{"x"}), b.ReshapeTo(values(b, 10), 5, 2))}
	}},
	{"Softmax", matrix, func(b *graphs.Builder) []string { return []string{b.Softmax("x", -1)} }},
	{"Dropout", matrix, func(b *graphs.Builder) []string {
		return []string{b.Op("Relu", []string{b.Op("Dropout", []string{"x", b.Scalar(graphs.Float32, 0.5)})})}
	}},
	{"shapes", image, func(b *graphs.Builder) []string {
		flat := b.Op("Flatten", []string{"x"})
		folded := b.ReshapeTo(flat, 0, 12, -1)
		return []string{b.Op("Relu", []string{flat}), b.Squeeze(b.Unsqueeze(folded, 1, 3), 1)}
	}},
}

// TestSupported compares onnx-go with the float64 interpreter, twice in a row:
// onnx-go is known to spoil a graph that it runs again.
func TestSupported(t *testing.T) {
	for _, c := range supported {
		t.Run(c.name, func(t *testing.T) {
			m := operatorNet(t, c.shape, c.body)
			net, err := newGoNet(m, int(c.shape[0]))
			if err != nil {
				t.Fatal(err)
			}
			x := all(noise{int(c.shape[0])}, elements(net.input[1:]))
			given := slices.Clone(x)
			want, err := eval.Run(m, map[string]*eval.Value{"x": eval.FromTensor(graphs.NewFloats("x", c.shape, x))})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got, err := net.run(x)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range m.Graph.Outputs {
					if d := maxDiff(t, got[i], want[v.Name].Tensor("").Floats()); d > 1e-5 {
						t.Errorf("output %d, %s, differs by %g", i, v.Name, d)
					}
				}
			}
			if !slices.Equal(x, given) {
				t.Error("the input was written to")
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	for _, c := range []struct {
		name, want string
		shape      []int64
		body       func(b *graphs.Builder) []string
	}{
		{"operator", `onnx-go cannot run ReduceMean node "reducemean": the operator is outside its subset`, matrix, func(b *graphs.Builder) []string {
			return []string{b.ReduceMean("x", true, 1)}
		}},
		{"foreign domain", "Relu", matrix, func(b *graphs.Builder) []string {
			b.Append(&graphs.Node{Op: "Relu", Domain: "com.example", Inputs: []string{"x"}, Outputs: []string{"y"}})
			return []string{"y"}
		}},
		{"computed broadcast", "broadcast [3, 1] to [3, 5]", matrix, func(b *graphs.Builder) []string {
			return []string{b.Add("x", b.Gemm("x", values(b, 5, 1), false, false))}
		}},
		{"column bias", "one value a column", []int64{5, 5}, func(b *graphs.Builder) []string {
			return []string{b.Op("Gemm", []string{"x", values(b, 5, 5), values(b, 5, 1)})}
		}},
		{"training", "training form", matrix, func(b *graphs.Builder) []string {
			return b.Node("BatchNormalization", []string{"x", values(b, 5), values(b, 5), values(b, 5), values(b, 5)}, 3, graphs.Int("training_mode", 1))
		}},
		{"axis", "last axis only", matrix, func(b *graphs.Builder) []string { return []string{b.Softmax("x", 0)} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newGoNet(operatorNet(t, c.shape, c.body), int(c.shape[0]))
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestUnsupportedBatchOfOne(t *testing.T) {
	m := operatorNet(t, matrix, func(b *graphs.Builder) []string { return []string{b.Op("Relu", []string{"x"})} })
	m.Graph.Inputs[0].Type.Shape[0] = graphs.Known(1)
	var unsupported *UnsupportedError
	if _, err := newGoNet(m, 4); !errors.As(err, &unsupported) {
		t.Errorf("error is %v", err)
	}
}

// FuzzAdapt: whatever the model, the answer is a net or an error.
func FuzzAdapt(f *testing.F) {
	for _, c := range supported {
		data, err := graphs.Encode(operatorNet(f, c.shape, c.body))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := graphs.Decode(data)
		if err != nil {
			return
		}
		net, err := newGoNet(m, 2)
		if err != nil || elements(net.input) > 1<<12 {
			return
		}
		if out, err := net.run(make([]float32, elements(net.input))); err == nil && len(out) != len(m.Graph.Outputs) {
			t.Errorf("%d of %d outputs", len(out), len(m.Graph.Outputs))
		}
	})
}

func TestUnsupportedSize(t *testing.T) {
	for _, dims := range [][]int64{{3, 1 << 40}, {3, 1 << 62, 1 << 62}, {3, 0}} {
		m := operatorNet(t, matrix, func(b *graphs.Builder) []string { return []string{b.Op("Relu", []string{"x"})} })
		m.Graph.Inputs[0].Type.Shape = graphs.StaticShape(dims...)
		m.Graph.Outputs[0].Type.Shape = nil
		var unsupported *UnsupportedError
		if _, err := newGoNet(m, 4); !errors.As(err, &unsupported) {
			t.Errorf("%v: error is %v", dims, err)
		}
	}
}

// TestNotANumber: what a net computes is exported as it is.
func TestNotANumber(t *testing.T) {
	m := operatorNet(t, matrix, func(b *graphs.Builder) []string {
		return []string{b.Gemm("x", values(b, 5, 2), false, false)}
	})
	net, err := newGoNet(m, 3)
	if err != nil {
		t.Fatal(err)
	}
	x := all(noise{3}, 5)
	x[7] = float32(math.NaN())
	got, err := net.run(x)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got[0] {
		if nan := v != v; nan != (i/2 == 1) {
			t.Errorf("value %d is %g", i, v)
		}
	}
}
