package bench

import (
	"context"
	"time"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/train"
)

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
	data, err := newData(c.Net, o.Samples, o.Augment)
	if err != nil {
		return nil, err
	}
	trainer, err := train.New(rt, c, data)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	var seconds []float64
	for i := range 1 + o.Epochs {
		start := time.Now()
		if _, err := trainer.Train(ctx, nil); err != nil {
			return nil, err
		}
		if i > 0 {
			seconds = append(seconds, time.Since(start).Seconds())
		}
	}
	r := &EpochResult{Seconds: newSpread(seconds), PeakMemory: machine.PeakMemory()}
	r.SamplesPerSecond = float64(o.Samples) / r.Seconds.Median
	return r, nil
}
