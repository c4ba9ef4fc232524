package train

import (
	"context"
	"log/slog"
	"time"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// deviceLoop runs many steps at once, optimizer included. The data lie on the
// device; parameters, slots and statistics stay there from run to run. A run is
// a chunk of steps: long enough that its start does not matter, short enough
// that progress can be told and training be stopped. Where chunks end shows in
// the last bits of the results, so that it depends on the graph and the
// settings alone.
type deviceLoop struct {
	*deviceJob
	values *values
	engine engine // nil before the first epoch
	ahead  bool   // whether the current values are the engine's, not those in host memory
	plan   plan   // of the epoch under way
}

// deviceJob is what a device loop and its engine work on.
type deviceJob struct {
	cfg    Config
	rt     *ort.Runtime
	data   Data
	pixels *training.Pixels // how the graph makes inputs of bytes; nil when data are none
	set    *deviceData      // nil before the first session
}

func newDeviceLoop(rt *ort.Runtime, cfg Config, data Data, v *values) (*deviceLoop, error) {
	pixels := pixelsOf(data, cfg.Net)
	if _, ok := data.(augmented); ok && pixels == nil {
		return nil, &LoopError{DeviceLoop, "augments images of shape N×C×H×W only"}
	}
	return &deviceLoop{deviceJob: &deviceJob{cfg: cfg, rt: rt, data: data, pixels: pixels}, values: v}, nil
}

// begin compiles what the epoch needs. Steps that cannot be recorded, which may
// show at any size or rate, are run by a looper from then on.
func (l *deviceLoop) begin(p plan, _ int) error {
	if l.engine == nil {
		l.engine = newEngine(l.deviceJob, l.values.order)
	}
	l.plan = p
	rate := l.known(p)
	err := l.compile(p, rate)
	if _, loops := l.engine.(*looper); err == nil || loops {
		return err
	}
	if failed := l.toHost(); failed != nil {
		return failed
	}
	l.engine.close()
	l.engine = newLooper(l.deviceJob, l.values.order)
	if failed := l.compile(p, rate); failed != nil {
		return failed
	}
	slog.Warn("the GPU cannot record the steps of this training, which makes them slower", "because", err)
	return nil
}

func (l *deviceLoop) compile(p plan, rate float64) error {
	for _, size := range []int{p.Size, p.Last} {
		if err := l.engine.compile(size, rate); err != nil {
			return err
		}
	}
	return nil
}

// toHost makes the current values those in host memory.
func (l *deviceLoop) toHost() error {
	err := l.values.fetch(l.current())
	l.ahead = l.ahead && err != nil
	return err
}

// worthKnowing is for how many steps a learning rate has to last so that it pays
// to compile for it alone, which takes seconds and saves a tenth of a millisecond
// or two a step; a variable for tests.
var worthKnowing = 10_000

// known returns the learning rate of an epoch that is to be compiled for, 0 for
// none in particular.
func (l *deviceLoop) known(p plan) float64 {
	if l.cfg.Schedule.lasts(p.epoch) < worthKnowing/p.Count {
		return 0
	}
	return p.rate
}

func (l *deviceLoop) end() {}

// advance runs a chunk of batches of one size.
func (l *deviceLoop) advance(_ context.Context, i int, step int64) (steps, error) {
	size := len(l.plan.samples(i))
	n := 1
	if size == l.plan.Size { // up to the last, smaller batch
		n = min(l.engine.most(size), len(l.plan.order)/size-i)
	}
	if !l.ahead {
		if err := l.engine.take(l.values.buffers); err != nil {
			return steps{}, err
		}
	}
	order := l.plan.order[i*l.plan.Size:]
	start := time.Now()
	done, err := l.engine.run(work{batch: size, samples: order[:n*size], step: step, lr: float32(l.plan.rate), draw: l.draw()})
	if err != nil {
		return steps{}, err
	}
	l.ahead = true
	done.time.Graph = time.Since(start) / time.Duration(n)
	return done, nil
}

// draw returns how the epoch under way changes a sample; nil when it does not.
func (l *deviceLoop) draw() func(sample int) datasets.Augmentation {
	a, ok := l.data.(augmented)
	if !ok {
		return nil
	}
	return func(sample int) datasets.Augmentation { return a.draw(l.plan.epoch, sample) }
}

func (l *deviceLoop) current() map[string]ort.Tensor {
	current := l.values.tensors()
	if l.ahead {
		for name := range current {
			current[name] = l.engine.value(name)
		}
	}
	return current
}

// restored makes the next run start from the values in host memory.
func (l *deviceLoop) restored() { l.ahead = false }

func (l *deviceLoop) close() {
	if l.engine != nil {
		l.engine.close()
		l.engine = nil
	}
	if l.set != nil {
		l.set.close()
	}
}
