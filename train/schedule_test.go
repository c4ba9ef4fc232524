package train_test

import (
	"fmt"
	"math"
	"testing"

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

// TestLasts counts epochs of one rate.
func TestLasts(t *testing.T) {
	milestones := train.Schedule{Gamma: 0.1, Milestones: []int{50, 60, 90}}
	for _, c := range []struct {
		s           train.Schedule
		epoch, want int
	}{
		{train.Schedule{Gamma: 0.1, Patience: 40}, 79, 40}, {train.Schedule{Gamma: 1, Patience: 40}, 79, math.MaxInt}, {train.Schedule{Gamma: 0.1}, 79, math.MaxInt},
		{milestones, 0, 50}, {milestones, 49, 50}, {milestones, 50, 10}, {milestones, 89, 30}, {milestones, 90, math.MaxInt},
		{train.Schedule{Gamma: 1, Milestones: []int{50}}, 3, math.MaxInt},
	} {
		if got := train.Lasts(c.s, c.epoch); got != c.want {
			t.Errorf("%+v, epoch %d: the rate lasts %d epochs, want %d", c.s, c.epoch, got, c.want)
		}
	}
}
