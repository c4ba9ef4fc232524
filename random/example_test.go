package random_test

import (
	"fmt"

	"github.com/memdil/memdil/random"
)

func Example() {
	// The order of the samples in epoch 3 of a run with seed 6.
	fmt.Println(random.New(6, random.Order, 3).Perm(8))

	// The first initial weights of parameter 2, whatever was drawn before.
	weights := random.New(6, random.Init, 0).Sub(2)
	for i := range uint64(3) {
		fmt.Printf("%.4f\n", weights.Uniform(i, -0.1, 0.1))
	}
	// Output:
	// [4 7 5 2 1 0 6 3]
	// 0.0764
	// -0.0112
	// 0.0396
}
