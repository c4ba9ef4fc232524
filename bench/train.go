package bench

import (
	"context"
	"time"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/train"
)

// StepResult is what [Step] measures. Times are milliseconds.
type StepResult struct {
	// Step is the whole step as a user waits for it; Graph, Optimizer and Wait
	// (for the batch) are its parts.
	Step, Graph, Optimizer, Wait Spread
	SamplesPerSecond             float64 // at the median
	PeakMemory                   int64   // of the process, in bytes; 0 when unknown
}

// Step measures so many training steps, after some that are not counted, on
// the CPU provider.
func Step(ctx context.Context, rt *ort.Runtime, c train.Config, warmup, steps int) (*StepResult, error) {
	trainer, err := train.New(rt, c)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	data, err := newSamples(c.Net, (warmup+steps)*c.BatchSize)
	if err != nil {
		return nil, err
	}
	var whole, graph, update, wait []float64
	last := time.Now()
	_, err = trainer.Train(ctx, data, func(batch, _ int, _ float64) {
		now := time.Now()
		if batch > warmup {
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

// EpochResult is what [Epoch] measures.
type EpochResult struct {
	Seconds          Spread
	SamplesPerSecond float64 // at the median
	PeakMemory       int64   // of the process, in bytes; 0 when unknown
}

// Epoch measures so many epochs over n samples, after one that is not counted.
func Epoch(ctx context.Context, rt *ort.Runtime, c train.Config, n, epochs int) (*EpochResult, error) {
	trainer, err := train.New(rt, c)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	data, err := newSamples(c.Net, n)
	if err != nil {
		return nil, err
	}
	var seconds []float64
	for i := range 1 + epochs {
		start := time.Now()
		if _, err := trainer.Train(ctx, data, nil); err != nil {
			return nil, err
		}
		if i > 0 {
			seconds = append(seconds, time.Since(start).Seconds())
		}
	}
	r := &EpochResult{Seconds: newSpread(seconds), PeakMemory: PeakMemory()}
	r.SamplesPerSecond = float64(n) / r.Seconds.Median
	return r, nil
}
