package autodiff_test

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
	"github.com/memdil/memdil/graphs/eval"
)

// The gradient of Σ x² is 2x, appended to the graph that computes the sum.
func ExampleGradients() {
	b, err := graphs.NewBuilder(graphs.NewModel("squares", 18))
	if err != nil {
		panic(err)
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N")}})
	loss := b.ReduceSum(b.Square(x), false)

	grads, err := autodiff.Gradients(b, loss, []string{x})
	if err != nil {
		panic(err)
	}
	out, err := eval.Run(b.Model(), map[string]*eval.Value{x: eval.Floats([]int{3}, 1, -2, 3)}, grads[x])
	if err != nil {
		panic(err)
	}
	fmt.Println(out[grads[x]].F)
	// Output: [2 -4 6]
}
