package cost_test

import (
	"fmt"
	"log"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/cost"
)

// A layer of 3 to 2 features with its activation, on a batch of 4.
func ExampleOf() {
	b, err := graphs.NewBuilder(graphs.NewModel("layer", 18))
	if err != nil {
		log.Fatal(err)
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(3)}})
	w := b.Initializer(graphs.NewFloats("w", []int64{3, 2}, make([]float32, 6)))
	b.Output(b.Op("Relu", []string{b.Gemm(x, w, false, false)}))
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	c, err := cost.Of(b.Model(), 4)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Products, "FLOPs in products,", c.FLOPs-c.Products, "in others")
	fmt.Println(c.Memory.Activations, "bytes at most, in", c.Memory.At.Label())
	// Output:
	// 48 FLOPs in products, 8 in others
	// 64 bytes at most, in Relu node "relu"
}
