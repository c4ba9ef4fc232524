package training_test

import (
	"fmt"
	"log"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// scale is a net of one weight for each of two logits: logits = x·w.
func scale() *training.Net {
	b, err := graphs.NewBuilder(graphs.NewModel("scale", 18))
	if err != nil {
		log.Fatal(err)
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(1)}})
	w := b.Initializer(graphs.NewFloats("w", []int64{1, 2}, []float32{1, 0}))
	b.Output(b.Named("logits", "MatMul", []string{x, w}))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return net
}

// halfSquares is half the sum of squares: MSE is a mean over N·K entries.
var halfSquares = training.Objective{Loss: training.Loss{Kind: training.MeanSquaredError}}

// The loss ((1 − 0)² + (0 − 1)²)/2 of one sample x = 1 of class 1, and its
// gradient.
func ExampleNet_Gradient() {
	m, err := scale().Gradient(halfSquares)
	if err != nil {
		log.Fatal(err)
	}
	out, err := eval.Run(m, map[string]*eval.Value{"x": eval.Floats([]int{1, 1}, 1), "label": eval.Ints([]int{1}, 1)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(out["loss"].F, out["grad.w"].F)
	// Output: [1] [1 -1]
}

// Two steps of gradient descent: what a step gives as next.w is w of the next.
func ExampleNet_Step() {
	m, err := scale().Step(halfSquares, training.Optimizer{Kind: training.SGD})
	if err != nil {
		log.Fatal(err)
	}
	feeds := map[string]*eval.Value{
		"x": eval.Floats([]int{1, 1}, 1), "label": eval.Ints([]int{1}, 1),
		"lr": eval.Floats(nil, 0.5), "t": eval.Ints(nil, 1),
	}
	for range 2 {
		out, err := eval.Run(m, feeds)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(out["loss"].F, out["next.w"].F)
		feeds["w"] = out["next.w"]
	}
	// Output:
	// [1] [0.5 0.5]
	// [0.25] [0.25 0.75]
}

// The same two steps in one run: order says which samples each step takes.
func ExampleNet_Epoch() {
	m, err := scale().Epoch(halfSquares, training.Optimizer{Kind: training.SGD}, nil)
	if err != nil {
		log.Fatal(err)
	}
	out, err := eval.Run(m, map[string]*eval.Value{
		"data": eval.Floats([]int{3, 1}, 7, 1, 8), "labels": eval.Ints([]int{3}, 0, 1, 0),
		"order": eval.Ints([]int{2, 1}, 1, 1), "lr": eval.Floats([]int{2}, 0.5, 0.5), "t": eval.Ints(nil, 1),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(out["losses"].F, out["next.w"].F)
	// Output: [1 0.25] [0.25 0.75]
}
