package train

import (
	"context"
	"fmt"
	"time"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/random"
)

// Trainer is the host loop: it holds a net's parameters and trains them epoch
// by epoch. It is for one goroutine at a time. Close frees its memory.
type Trainer struct {
	cfg      Config
	rt       *ort.Runtime
	tensors  *tensors
	step     *graphs.Model    // of a symbolic batch
	programs map[int]*program // training steps by batch size
	evals    map[int]*program
	at       Position
	last     StepTime
}

// StepTime says where the time of a step went.
type StepTime struct {
	Wait   time.Duration // for the batch to be ready
	Graph  time.Duration // for the runtime: forward and backward
	Update time.Duration // for the optimizer
}

// New returns a Trainer at the net's initial weights.
func New(rt *ort.Runtime, cfg Config) (*Trainer, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	step, err := cfg.Net.Host(cfg.Objective)
	if err != nil {
		return nil, fmt.Errorf("deriving the training graph: %w", err)
	}
	if step, err = passes.Columns(step, cfg.Net.Input); err != nil {
		return nil, fmt.Errorf("laying out the training graph: %w", err)
	}
	t := &Trainer{cfg: cfg, rt: rt, step: step, programs: map[int]*program{}, evals: map[int]*program{}}
	if t.tensors, err = newTensors(cfg.Net, cfg.Optimizer); err != nil {
		return nil, err
	}
	return t, nil
}

// Close frees the Trainer's memory.
func (t *Trainer) Close() {
	for _, set := range []map[int]*program{t.programs, t.evals} {
		for _, p := range set {
			p.close()
		}
	}
	t.tensors.close()
}

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

// Progress is told after every batch how many of an epoch's batches are done,
// and the mean loss so far.
type Progress func(batch, batches int, loss float64)

// Train runs one epoch, or what is left of it after a restore. When ctx is
// cancelled it stops at the next batch boundary and returns ctx's cause: the
// Trainer is then in a state that Save can keep. A loss that is not finite is
// a *DivergedError.
func (t *Trainer) Train(ctx context.Context, data Data, progress Progress) (Epoch, error) {
	plan, err := t.plan(data.Len())
	if err != nil {
		return Epoch{}, err
	}
	for _, size := range []int{plan.size, plan.last} {
		if err := t.compile(size); err != nil {
			return Epoch{}, err
		}
	}
	lr := t.cfg.Schedule.Rate(t.at.Epoch)
	start, before := time.Now(), t.at.Seconds
	f := startFeed(t.at.Batch, plan.batches, func(i int) {
		samples := plan.samples(i)
		t.programs[len(samples)].slots[i%slotsAhead].fill(data, samples)
	})
	defer f.stop()
	waiting := time.Now()
	for i := range f.ready {
		t.last.Wait = time.Since(waiting)
		if err := context.Cause(ctx); err != nil {
			return Epoch{}, err
		}
		if err := t.batch(i, len(plan.samples(i)), lr); err != nil {
			return Epoch{}, err
		}
		f.release()
		t.at.Seconds = before + time.Since(start).Seconds()
		if progress != nil {
			progress(i+1, plan.batches, t.at.Loss/float64(t.at.Samples))
		}
		waiting = time.Now()
	}
	return t.finishEpoch(lr, plan.skipped), nil
}

// batch runs one step.
func (t *Trainer) batch(i, size int, lr float64) error {
	start := time.Now()
	loss, correct, err := t.programs[size].run(i % slotsAhead)
	if err != nil {
		return err
	}
	t.last.Graph = time.Since(start)
	if !finite(loss) {
		return &DivergedError{Epoch: t.at.Epoch + 1, Batch: i + 1, Loss: loss}
	}
	t.at.Steps++
	start = time.Now()
	update(t.cfg.Optimizer, t.tensors.blocks, lr, t.at.Steps, t.cfg.threads())
	t.tensors.advance()
	t.last.Update = time.Since(start)
	t.at.Batch = i + 1
	t.at.Loss += loss * float64(size)
	t.at.Correct += correct
	t.at.Samples += int64(size)
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

// plan is how an epoch's samples are cut into batches.
type plan struct {
	order      []int
	size, last int // of all batches, and of the last one
	batches    int
	skipped    int
}

// plan orders and cuts n samples. A last batch of one sample is left out under
// BatchNormalization, which it has no variance for.
func (t *Trainer) plan(n int) (plan, error) {
	size := t.cfg.BatchSize
	if n < size {
		return plan{}, fmt.Errorf("a batch of %d samples is larger than the data, %d", size, n)
	}
	p := plan{order: random.New(t.cfg.Seed, random.Order, uint64(t.at.Epoch)).Perm(n), size: size, last: size}
	p.batches = (n + size - 1) / size
	if rest := n % size; rest != 0 {
		p.last = rest
	}
	if p.last == 1 && len(t.tensors.buffers) > 0 {
		if size == 1 {
			return plan{}, fmt.Errorf("batches of one sample have no variance for BatchNormalization: use a batch size of at least 2")
		}
		p.batches, p.last, p.skipped = p.batches-1, size, 1
	}
	return p, nil
}

// samples returns the samples of batch i.
func (p plan) samples(i int) []int {
	return p.order[i*p.size : min((i+1)*p.size, len(p.order))]
}

// compile makes the program for batches of n samples unless it is there.
func (t *Trainer) compile(n int) error {
	if t.programs[n] != nil {
		return nil
	}
	m, err := passes.FixBatch(t.step, t.cfg.Net.Input, training.LabelInput, n)
	if err != nil {
		return fmt.Errorf("fixing the batch to %d: %w", n, err)
	}
	outputs := map[string]*ort.Buffer{}
	for name, b := range t.tensors.grads {
		outputs[training.GradOutput(name)] = b
	}
	for name, b := range t.tensors.nexts {
		outputs[training.NextOutput(name)] = b
	}
	p, err := newProgram(t.rt, t.cfg.Net, m, n, t.cfg.threads(), t.inputs(m), outputs)
	if err != nil {
		return err
	}
	t.programs[n] = p
	return nil
}

// inputs returns the buffers of the variables that m reads.
func (t *Trainer) inputs(m *graphs.Model) map[string]*ort.Buffer {
	in := map[string]*ort.Buffer{}
	for _, v := range m.Graph.Inputs {
		if b, ok := t.tensors.values[v.Name]; ok {
			in[v.Name] = b
		}
	}
	return in
}
