package train_test

import (
	"fmt"

	"github.com/memdil/memdil/train"
)

func ExampleSchedule_Rate() {
	step := train.Schedule{LR: 0.1, Gamma: 0.1, Patience: 40}
	milestones := train.Schedule{LR: 0.1, Gamma: 0.1, Milestones: []int{50, 60}}
	for _, epoch := range []int{0, 39, 40, 55, 80} {
		fmt.Printf("%d: %.4f %.4f\n", epoch, step.Rate(epoch), milestones.Rate(epoch))
	}
	// Output:
	// 0: 0.1000 0.1000
	// 39: 0.1000 0.1000
	// 40: 0.0100 0.1000
	// 55: 0.0100 0.0100
	// 80: 0.0010 0.0010
}
