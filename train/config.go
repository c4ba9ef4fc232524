package train

import (
	"fmt"
	"runtime"

	"github.com/memdil/memdil/graphs/training"
)

// Config says what is trained and how.
type Config struct {
	Net       *training.Net
	Objective training.Objective
	Optimizer training.Optimizer
	Schedule  Schedule
	// BatchSize is the number of samples a step, at least 1. The last batch of
	// an epoch may be smaller.
	BatchSize int
	// Seed determines the order of the samples.
	Seed uint64
	// Threads is how many threads the runtime and the optimizer use; 0 means
	// all cores. Results are bit-equal at equal threads only.
	Threads int
}

// Check reports settings that make no sense.
func (c Config) Check() error {
	if c.BatchSize < 1 {
		return fmt.Errorf("batch size must be at least 1, not %d", c.BatchSize)
	}
	for _, check := range []func() error{c.Objective.Loss.Check, c.Optimizer.Check, c.Schedule.Check} {
		if err := check(); err != nil {
			return err
		}
	}
	if c.Objective.Decay != nil {
		return c.Objective.Decay.Check()
	}
	return nil
}

func (c Config) threads() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// Data is what a Trainer learns from.
type Data interface {
	// Len returns the number of samples.
	Len() int
	// Label returns the training label of sample i.
	Label(i int) int64
	// Fill writes the input of sample i to x, in row-major order. It is called
	// from several goroutines.
	Fill(x []float32, i int)
}
