package train

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// Trainer holds a net's parameters and trains them epoch by epoch. It is for
// one goroutine at a time. Close frees its memory.
type Trainer struct {
	cfg    Config
	rt     *ort.Runtime
	data   Data
	values *values
	loop   loop
	evals  map[int]*evaluator // by batch size
	at     Position
	torn   bool // whether a step was given up
	last   StepTime
}

// loop is a way to run the steps of training.
type loop interface {
	// begin makes ready for an epoch, from its batch `from` on. end must follow.
	begin(p plan, from int) error
	// advance runs some steps, from batch i on, the first of which is the
	// training's step number `step`, from 1. A loss that is not finite may
	// leave the values of any step behind, and so does an error, which is ctx's
	// cause when a step that takes long was given up.
	advance(ctx context.Context, i int, step int64) (steps, error)
	end()
	// current returns parameters, slots and statistics where they lie now,
	// until the next advance.
	current() map[string]ort.Tensor
	// restored tells that the values in host memory were replaced: they are
	// the current ones.
	restored()
	close()
}

// steps are the results of consecutive batches.
type steps struct {
	losses  []float32
	correct []int64
	time    StepTime // of one of them
}

// StepTime says where the time of a step went.
type StepTime struct {
	Wait   time.Duration // for the batch to be ready
	Graph  time.Duration // for the runtime
	Update time.Duration // for the optimizer, unless it is in the graph
}

// LoopError reports a loop that cannot train what it is asked to.
type LoopError struct {
	Loop   LoopKind
	Reason string // "cannot …"
}

// Error names the loop.
func (e *LoopError) Error() string { return fmt.Sprintf("the %s loop %s", e.Loop, e.Reason) }

// New returns a Trainer at the net's initial weights that learns from data,
// which must not change. A loop that cannot do that is a *LoopError.
func New(rt *ort.Runtime, cfg Config, data Data) (*Trainer, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Device.Kind != ort.CPU {
		var err error
		if cfg.Device, err = rt.Device(cfg.Device); err != nil {
			return nil, err
		}
	}
	debug.FreeOSMemory() // what reading the model left behind, up to twice its size, before as much is taken
	t := &Trainer{cfg: cfg, rt: rt, data: data, evals: map[int]*evaluator{}}
	var err error
	if t.values, err = newValues(cfg.Net, cfg.Optimizer); err != nil {
		return nil, err
	}
	if t.cfg.Loop, t.loop, err = newLoop(rt, t.cfg, data, t.values); err != nil {
		t.values.close()
		return nil, err
	}
	return t, nil
}

// newLoop returns the loop that is asked for.
func newLoop(rt *ort.Runtime, cfg Config, data Data, v *values) (LoopKind, loop, error) {
	onCPU := cfg.Device.Kind == ort.CPU
	onDevice := cfg.Loop == DeviceLoop || !onCPU && cfg.Loop != HostLoop
	switch {
	case onDevice && cfg.Optimizer.Kind == training.LBFGS:
		return "", nil, &LoopError{DeviceLoop, "has no L-BFGS"}
	case onDevice && cfg.split():
		return "", nil, &LoopError{DeviceLoop, "cannot evaluate batches in pieces"}
	case onDevice:
		l, err := newDeviceLoop(rt, cfg, data, v)
		return DeviceLoop, l, err
	case onCPU:
		l, err := newHostLoop(rt, cfg, data, v)
		return HostLoop, l, err
	}
	return "", nil, &LoopError{HostLoop, "runs on the CPU only, not on " + cfg.Device.String()}
}

// Close frees the Trainer's memory. Closing twice is harmless.
func (t *Trainer) Close() {
	for _, e := range t.evals {
		e.close()
	}
	t.loop.close()
	t.values.close()
}

// Device returns where the graphs run.
func (t *Trainer) Device() ort.Device { return t.cfg.Device }

// Loop returns which loop runs them.
func (t *Trainer) Loop() LoopKind { return t.cfg.Loop }

// Position returns how far training has come.
func (t *Trainer) Position() Position { return t.at }

// StepTime returns where the time of the last step went.
func (t *Trainer) StepTime() StepTime { return t.last }

// Epoch is the record of one epoch of training.
type Epoch struct {
	Epoch int // counted from 1
	LR    float64
	// Loss is the mean over the epoch's samples of the loss before each
	// update, the penalty of separate decay included.
	Loss float64
	// Accuracy is the percentage of samples that were classified as labelled
	// in the training step itself.
	Accuracy         float64
	Seconds          float64
	SamplesPerSecond float64
	// Skipped is 1 when the last batch held a single sample and was left out.
	Skipped int
}

// Progress is told every now and then, by the host loop after every batch, how
// many of an epoch's batches are done, and the mean loss so far.
type Progress func(batch, batches int, loss float64)

// Train runs one epoch, or what is left of it after a restore. When ctx is
// cancelled it stops soon and returns ctx's cause: at a batch boundary, in a
// state that Checkpoint can keep, unless a step of L-BFGS takes too long to be
// waited for. A loss that is not finite is a *DivergedError, after which only
// Restore and Close make sense.
func (t *Trainer) Train(ctx context.Context, progress Progress) (Epoch, error) {
	if t.torn {
		return Epoch{}, ErrTorn
	}
	plan, err := t.plan()
	if err != nil {
		return Epoch{}, err
	}
	start, before := time.Now(), t.at.Seconds
	if err := t.loop.begin(plan, t.at.Batch); err != nil {
		return Epoch{}, err
	}
	defer t.loop.end()
	for t.at.Batch < plan.Count {
		if err := context.Cause(ctx); err != nil {
			return Epoch{}, err
		}
		done, err := t.loop.advance(ctx, t.at.Batch, t.at.Steps+1)
		if err != nil {
			t.torn = true
			return Epoch{}, err
		}
		if err := t.book(plan, done); err != nil {
			return Epoch{}, err
		}
		t.at.Seconds = before + time.Since(start).Seconds()
		if progress != nil {
			progress(t.at.Batch, plan.Count, t.at.Loss/float64(t.at.Samples))
		}
	}
	return t.finishEpoch(plan.rate, plan.Skipped), nil
}

// book adds steps to the position.
func (t *Trainer) book(p plan, done steps) error {
	for i, loss := range done.losses {
		if loss := float64(loss); !finite(loss) {
			return &DivergedError{Epoch: t.at.Epoch + 1, Batch: t.at.Batch + i + 1, Loss: loss}
		}
	}
	for i, loss := range done.losses {
		size := len(p.samples(t.at.Batch))
		t.at.Batch++
		t.at.Steps++
		t.at.Loss += float64(loss) * float64(size)
		t.at.Correct += done.correct[i]
		t.at.Samples += int64(size)
	}
	t.last = done.time
	return nil
}

// finishEpoch closes the books on an epoch.
func (t *Trainer) finishEpoch(lr float64, skipped int) Epoch {
	n := float64(t.at.Samples)
	e := Epoch{
		Epoch: t.at.Epoch + 1, LR: lr, Skipped: skipped,
		Loss: t.at.Loss / n, Accuracy: 100 * float64(t.at.Correct) / n,
		Seconds: t.at.Seconds, SamplesPerSecond: n / t.at.Seconds,
	}
	t.at = Position{Epoch: t.at.Epoch + 1, Steps: t.at.Steps}
	return e
}
