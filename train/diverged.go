package train

import (
	"fmt"
	"math"
)

// DivergedError reports a loss that is no finite number.
type DivergedError struct {
	Epoch, Batch int // counted from 1
	Loss         float64
}

// Error says where training diverged and what may help.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("the loss is %g in epoch %d, batch %d: training diverged; try a smaller learning rate", e.Loss, e.Epoch, e.Batch)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
