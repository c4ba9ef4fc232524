package eval_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// A small network y = softmax(x·w + b): any value inside can be asked for, and
// an input replaces the initializer of its name.
func ExampleRun() {
	m := graphs.NewModel("linear", 20)
	g := m.Graph
	g.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}}}}
	g.Initializers = []*graphs.Tensor{
		graphs.NewFloats("w", []int64{2, 2}, []float32{1, 2, 3, 4}),
		graphs.NewFloats("b", []int64{2}, []float32{0, 0}),
	}
	g.Nodes = []*graphs.Node{
		{Op: "Gemm", Inputs: []string{"x", "w", "b"}, Outputs: []string{"logits"}},
		{Op: "Softmax", Inputs: []string{"logits"}, Outputs: []string{"y"}},
	}
	g.Outputs = []*graphs.Value{{Name: "y"}}

	out, err := eval.Run(m, map[string]*eval.Value{
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

func TestCore(t *testing.T) {
	out, err := eval.Node(&graphs.Node{Op: "Add", Outputs: []string{"y"}}, 20,
		[]*eval.Value{eval.Ints([]int{2, 1}, 1, 2), eval.Ints([]int{3}, 10, 20, 30)})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out[0], out[0].I); got != "int64[2, 3] [11 21 31 12 22 32]" {
		t.Error(got)
	}
}
