package eval_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// A small network y = softmax(x·w + b): any value inside can be asked for, and
// an input replaces the initializer of its name.
func ExampleRun() {
	out, err := eval.Run(linear(), map[string]*eval.Value{
		"x": eval.Floats([]int{1, 2}, 1, 1),
		"b": eval.Floats([]int{2}, 0.5, 0.5),
	}, "logits", "y")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out["logits"], out["logits"].F)
	fmt.Printf("%.4f\n", out["y"].F)
	// Output:
	// float[1, 2] [4.5 6.5]
	// [0.1192 0.8808]
}

// Folding a node: the result is rounded when it becomes a constant again.
func ExampleNode() {
	n := &graphs.Node{Op: "Div", Outputs: []string{"third"}}
	out, err := eval.Node(n, 20, []*eval.Value{eval.Floats(nil, 1), eval.Floats(nil, 3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out[0].F[0], out[0].Tensor("third").At(0))
	// Output: 0.3333333333333333 0.3333333432674408
}

func linear() *graphs.Model {
	m := graphs.NewModel("linear", 20)
	m.Graph.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{
		Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}}}}
	m.Graph.Initializers = []*graphs.Tensor{
		graphs.NewFloats("w", []int64{2, 2}, []float32{1, 2, 3, 4}),
		graphs.NewFloats("b", []int64{2}, []float32{0, 0}),
	}
	m.Graph.Nodes = []*graphs.Node{
		{Op: "Gemm", Inputs: []string{"x", "w", "b"}, Outputs: []string{"logits"}},
		{Op: "Softmax", Inputs: []string{"logits"}, Outputs: []string{"y"}},
		{Op: "NoSuchOperator", Inputs: []string{"logits"}, Outputs: []string{"unwanted"}},
	}
	m.Graph.Outputs = []*graphs.Value{{Name: "y"}}
	return m
}

func TestRunErrors(t *testing.T) {
	x := eval.Floats([]int{1, 2}, 1, 1)
	tests := []struct {
		name   string
		inputs map[string]*eval.Value
		output string
		want   string
	}{
		{"unknown input", map[string]*eval.Value{"x": x, "z": x}, "y", `input "z": the graph has no such input`},
		{"nothing", map[string]*eval.Value{"x": nil}, "y", `input "x": no value is given`},
		{"not enough elements", map[string]*eval.Value{"x": {Type: graphs.Float32, Shape: []int{2, 2}, F: []float64{1}}}, "y", "1 floats and 0 integers do not fill float[2, 2]"},
		{"negative size", map[string]*eval.Value{"x": {Type: graphs.Float32, Shape: []int{-1, 2}}}, "y", "negative size"},
		{"wrong shape", map[string]*eval.Value{"x": eval.Floats([]int{1, 3}, 1, 1, 1)}, "y", "shape [1 3] does not fit float[N, 2]"},
		{"wrong type", map[string]*eval.Value{"x": eval.Ints([]int{1, 2}, 1, 1)}, "y", "int64[1, 2] does not fit float"},
		{"missing input", nil, "y", `Gemm node "logits": its input "x" is not given`},
		{"unknown output", map[string]*eval.Value{"x": x}, "z", `no value "z"`},
		{"bad shape", map[string]*eval.Value{"x": x, "b": eval.Floats([]int{3}, 1, 1, 1)}, "y",
			`Gemm node "logits" on float[1, 2], float[2, 2], float[3]: shape [3] does not broadcast to [1 2]`},
		{"unknown operator", map[string]*eval.Value{"x": x}, "unwanted", `NoSuchOperator node "unwanted" on float[1, 2]: the interpreter has no such operator`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := eval.Run(linear(), test.inputs, test.output)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestSignatures(t *testing.T) {
	f, i := eval.Floats([]int{1}, 1), eval.Ints([]int{1}, 1)
	double := &eval.Value{Type: graphs.Float64, Shape: []int{1}, F: []float64{1}}
	tests := []struct {
		op   string
		in   []*eval.Value
		want string
	}{
		{"Add", []*eval.Value{f}, "input 1 is missing"},
		{"Add", []*eval.Value{f, nil}, "input 1 is missing"},
		{"Add", []*eval.Value{f, f, f}, "at most 2 inputs"},
		{"Add", []*eval.Value{f, i}, "input 1 must be float like the others"},
		{"Add", []*eval.Value{f, double}, "input 1 must be float like the others"},
		{"Sum", []*eval.Value{f, f, nil}, "input 2 is missing"},
		{"Exp", []*eval.Value{i}, "input 0 must be floating"},
		{"Not", []*eval.Value{f}, "input 0 must be bool"},
		{"Gather", []*eval.Value{f, f}, "input 1 must be an integer"},
		{"Neg", []*eval.Value{{Type: graphs.String}}, "elements of type string cannot be computed with"},
		{"Div", []*eval.Value{i, eval.Ints([]int{1}, 0)}, "integer division by zero"},
		{"MatMul", []*eval.Value{eval.Floats([]int{2048, 1, 128}, make([]float64, 2048*128)...), eval.Floats([]int{128, 128}, make([]float64, 128*128)...)},
			"shape [2048 128 128] has more than 16777216 elements"},
	}
	for _, test := range tests {
		_, err := eval.Node(&graphs.Node{Op: test.op, Outputs: []string{"y"}}, 20, test.in)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s on %v: got error %v, want one with %q", test.op, test.in, err, test.want)
		}
	}
	_, err := eval.Node(&graphs.Node{Op: "Add", Domain: "com.microsoft", Outputs: []string{"y"}}, 20, []*eval.Value{f, f})
	if err == nil || !strings.Contains(err.Error(), `domain "com.microsoft"`) {
		t.Errorf("got error %v for a foreign domain", err)
	}
	_, err = eval.Node(&graphs.Node{Op: "Softmax", Outputs: []string{"y"}}, 12, []*eval.Value{f})
	if err == nil || !strings.Contains(err.Error(), "upgrade the model from opset 12 first") {
		t.Errorf("got error %v for an old opset", err)
	}
}

// TestWrap pins integer arithmetic to the declared types.
func TestWrap(t *testing.T) {
	for elem, want := range map[graphs.DType]int64{
		graphs.Int8: -56, graphs.Uint8: 200, graphs.Int16: 200, graphs.Int64: 200,
	} {
		v := &eval.Value{Type: elem, I: []int64{100}}
		out, err := eval.Node(&graphs.Node{Op: "Add", Outputs: []string{"y"}}, 20, []*eval.Value{v, v})
		if err != nil || out[0].I[0] != want {
			t.Errorf("100 + 100 as %s is %v, error %v, want %d", elem, out, err, want)
		}
	}
}

// TestTensor converts the extreme values of every type to a constant and back.
func TestTensor(t *testing.T) {
	values := map[graphs.DType][]int64{
		graphs.Bool: {0, 1}, graphs.Int8: {-128, 127}, graphs.Uint8: {0, 255},
		graphs.Int16: {-1 << 15, 1<<15 - 1}, graphs.Uint16: {0, 1<<16 - 1},
		graphs.Int32: {-1 << 31, 1<<31 - 1}, graphs.Uint32: {0, 1<<32 - 1},
		graphs.Int64: {math.MinInt64, math.MaxInt64}, graphs.Uint64: {-1, math.MaxInt64},
	}
	for elem, v := range values {
		tensor := (&eval.Value{Type: elem, Shape: []int{2}, I: v}).Tensor("c")
		if got := eval.FromTensor(tensor); got.Type != elem || !slices.Equal(got.I, v) {
			t.Errorf("%s %v became %v", elem, v, got.I)
		}
	}
}

// TestHalf checks that every half-precision number survives, and that values
// between two of them round to the nearest, ties to even.
func TestHalf(t *testing.T) {
	for _, elem := range []graphs.DType{graphs.Float16, graphs.BFloat16} {
		for bits := range 1 << 16 {
			tensor := &graphs.Tensor{Type: elem, Dims: []int64{}, Data: []byte{byte(bits), byte(bits >> 8)}}
			v := eval.FromTensor(tensor)
			got := v.Tensor("")
			if !math.IsNaN(v.F[0]) && !slices.Equal(got.Data, tensor.Data) {
				t.Fatalf("%s %#04x (%v) became %x", elem, bits, v.F[0], got.Data)
			}
			if math.IsNaN(v.F[0]) && !math.IsNaN(got.At(0)) {
				t.Fatalf("%s %#04x is NaN and became %v", elem, bits, got.At(0))
			}
		}
	}
	for x, want := range map[float64]float64{
		1 + 0x1p-11: 1, 1 + 3*0x1p-11: 1 + 0x1p-9, 1 + 0x1.8p-11: 1 + 0x1p-10,
		65519: 65504, 65520: math.Inf(1), 0x1p-25: 0, 0x1.1p-25: 0x1p-24, 2047.5: 2048, -2049: -2048,
	} {
		v := &eval.Value{Type: graphs.Float16, F: []float64{x}}
		if got := v.Tensor("").At(0); got != want {
			t.Errorf("%v rounds to %v, want %v", x, got, want)
		}
	}
}
