package bench

import (
	"context"
	"time"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/train"
)

// StepOptions say what [Step] measures.
type StepOptions struct {
	Warmup, Steps int  // steps that are not counted, and those after them that are
	Augment       bool // whether images are augmented as they are fed
}

// StepResult is what [Step] measures. Times are milliseconds.
type StepResult struct {
	// Step is the whole step as a user waits for it; Graph, Optimizer and Wait
	// (for the batch) are its parts.
	Step, Graph, Optimizer, Wait Spread
	SamplesPerSecond             float64 // at the median
	PeakMemory                   int64   // of the process, in bytes; 0 when unknown
}

// Step measures single training steps.
func Step(ctx context.Context, rt *ort.Runtime, c train.Config, o StepOptions) (*StepResult, error) {
	trainer, err := train.New(rt, c)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	data, err := newSamples(c.Net, (o.Warmup+o.Steps)*c.BatchSize, o.Augment)
	if err != nil {
		return nil, err
	}
	var whole, graph, update, wait []float64
	last := time.Now()
	_, err = trainer.Train(ctx, data, func(batch, _ int, _ float64) {
		now := time.Now()
		if batch > o.Warmup {
			t := trainer.StepTime()
			whole = append(whole, milliseconds(now.Sub(last)))
			graph = append(graph, milliseconds(t.Graph))
			update = append(update, milliseconds(t.Update))
			wait = append(wait, milliseconds(t.Wait))
		}
		last = now
	})
	if err != nil {
		return nil, err
	}
	r := &StepResult{
		Step: newSpread(whole), Graph: newSpread(graph), Optimizer: newSpread(update), Wait: newSpread(wait),
		PeakMemory: PeakMemory(),
	}
	r.SamplesPerSecond = 1000 * float64(c.BatchSize) / r.Step.Median
	return r, nil
}

// EpochOptions say what [Epoch] measures.
type EpochOptions struct {
	Samples int  // of an epoch
	Epochs  int  // after one that is not counted
	Augment bool // whether images are augmented as they are fed
}

// EpochResult is what [Epoch] measures.
type EpochResult struct {
	Seconds          Spread
	SamplesPerSecond float64 // at the median
	PeakMemory       int64   // of the process, in bytes; 0 when unknown
}

// Epoch measures whole epochs of training.
func Epoch(ctx context.Context, rt *ort.Runtime, c train.Config, o EpochOptions) (*EpochResult, error) {
	trainer, err := train.New(rt, c)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	data, err := newSamples(c.Net, o.Samples, o.Augment)
	if err != nil {
		return nil, err
	}
	var seconds []float64
	for i := range 1 + o.Epochs {
		start := time.Now()
		if _, err := trainer.Train(ctx, data, nil); err != nil {
			return nil, err
		}
		if i > 0 {
			seconds = append(seconds, time.Since(start).Seconds())
		}
	}
	r := &EpochResult{Seconds: newSpread(seconds), PeakMemory: PeakMemory()}
	r.SamplesPerSecond = float64(o.Samples) / r.Seconds.Median
	return r, nil
}
