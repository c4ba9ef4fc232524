package bench

import (
	"context"
	"errors"
	"time"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/train"
)

// Stepper measures training steps, in rounds that may alternate with something
// else. Close frees its memory.
type Stepper struct {
	trainer *train.Trainer
	batch   int
}

// NewStepper prepares training on data for rounds of so many steps, augmented
// as they are fed if asked for.
func NewStepper(rt *ort.Runtime, c train.Config, steps int, augment bool) (*Stepper, error) {
	epoch := max(1, min(steps, maxImages/max(1, c.BatchSize))) // in batches
	data, err := newData(c.Net, epoch*c.BatchSize, augment)
	if err != nil {
		return nil, err
	}
	trainer, err := train.New(rt, c, data)
	if err != nil {
		return nil, err
	}
	return &Stepper{trainer: trainer, batch: c.BatchSize}, nil
}

// Close frees the Stepper's memory.
func (s *Stepper) Close() { s.trainer.Close() }

// Trainer returns what trains.
func (s *Stepper) Trainer() *train.Trainer { return s.trainer }

// StepResult is what [Stepper.Round] measures. Times are milliseconds.
type StepResult struct {
	// Step is the whole step as a user waits for it; Graph, Optimizer and Wait
	// (for the batch) are its parts. Of steps that ran together, each counts
	// with their mean.
	Step, Graph, Optimizer, Wait Spread
	SamplesPerSecond             float64 // at the median
	PeakMemory                   int64   // of the process, in bytes; 0 when unknown
}

// Round trains at least so many steps and measures them.
func (s *Stepper) Round(ctx context.Context, steps int) (*StepResult, error) {
	var whole, graph, update, wait []float64
	err := s.Run(ctx, steps, func(n int, took time.Duration) {
		t := s.trainer.StepTime()
		for range n {
			whole = append(whole, milliseconds(took)/float64(n))
			graph = append(graph, milliseconds(t.Graph))
			update = append(update, milliseconds(t.Update))
			wait = append(wait, milliseconds(t.Wait))
		}
	})
	if err != nil {
		return nil, err
	}
	r := &StepResult{
		Step: newSpread(whole), Graph: newSpread(graph), Optimizer: newSpread(update), Wait: newSpread(wait),
		PeakMemory: machine.PeakMemory(),
	}
	r.SamplesPerSecond = 1000 * float64(s.batch) / r.Step.Median
	return r, nil
}

// errEnough stops training when enough steps are done.
var errEnough = errors.New("enough steps")

// Run trains at least so many steps and tells note how many ran together and
// how long they took. note may be nil.
func (s *Stepper) Run(ctx context.Context, steps int, note func(steps int, took time.Duration)) error {
	for done := 0; done < steps; {
		epoch, enough := context.WithCancelCause(ctx)
		before, last := s.trainer.Position().Batch, time.Now()
		_, err := s.trainer.Train(epoch, func(batch, _ int, _ float64) {
			now := time.Now()
			if note != nil {
				note(batch-before, now.Sub(last))
			}
			if done += batch - before; done >= steps {
				enough(errEnough)
			}
			before, last = batch, now
		})
		enough(nil)
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}
