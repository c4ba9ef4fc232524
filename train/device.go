package train

import (
	"context"
	"fmt"
	"time"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// deviceLoop runs graphs of many steps, optimizer included. The data lie on
// the device; parameters, slots and statistics stay there from run to run.
// A run is a chunk of steps: long enough that its start does not matter, short
// enough that progress can be told and training be stopped. Where chunks end
// shows in the last bits of the results, so that it depends on the graph and
// the settings alone.
type deviceLoop struct {
	cfg      Config
	rt       *ort.Runtime
	data     Data
	pixels   *training.Pixels // how the graph makes inputs of bytes; nil when data are none
	values   *values
	programs map[int]*deviceProgram // by batch size
	set      *deviceData            // once the first program is there
	owner    *deviceProgram         // whose outputs are the current values; nil for host memory
	plan     plan                   // of the epoch under way
}

func newDeviceLoop(rt *ort.Runtime, cfg Config, data Data, v *values) (*deviceLoop, error) {
	pixels := pixelsOf(data, cfg.Net)
	if _, ok := data.(augmented); ok && pixels == nil {
		return nil, &LoopError{DeviceLoop, "augments images of shape N×C×H×W only"}
	}
	return &deviceLoop{
		cfg: cfg, rt: rt, data: data, pixels: pixels,
		values: v, programs: map[int]*deviceProgram{},
	}, nil
}

// begin compiles what the epoch needs.
func (l *deviceLoop) begin(p plan, _ int) error {
	for _, size := range []int{p.Size, p.Last} {
		if err := l.compile(size); err != nil {
			return err
		}
	}
	l.plan = p
	return nil
}

func (l *deviceLoop) end() {}

// compile makes the program for batches of n samples unless it is there.
func (l *deviceLoop) compile(n int) error {
	if l.programs[n] != nil {
		return nil
	}
	m, most, err := l.graph(n)
	if err != nil {
		return fmt.Errorf("deriving the training graph for batches of %d: %w", n, err)
	}
	session, err := newSession(l.rt, l.cfg, m)
	if err != nil {
		return err
	}
	if l.set == nil {
		if l.set, err = newDeviceData(session, l.cfg.Net, l.data, l.pixels != nil); err != nil {
			_ = session.Close()
			return err
		}
	}
	p := &deviceProgram{session: session, batch: n, most: most}
	if err := p.bind(l.set, l.values.order); err != nil {
		p.close()
		return err
	}
	l.programs[n] = p
	return nil
}

// operatorsAtOnce is how many operators a GPU is given before it is waited for:
// so many that waiting does not matter, few enough for a graph of decent size.
const operatorsAtOnce = 2000

// graph derives the graph for batches of n samples, and says how many steps it
// is to take in a run.
func (l *deviceLoop) graph(n int) (*graphs.Model, int, error) {
	o := training.DeviceOptions{Pixels: l.pixels, Batch: n}
	m, err := l.cfg.Net.Device(l.cfg.Objective, l.cfg.Optimizer, o)
	if err != nil {
		return nil, 0, err
	}
	most := chunkSteps(m, l.cfg)
	if l.cfg.Device.Kind == ort.CPU { // nothing is waited for
		return m, most, nil
	}
	if o.AtOnce = min(most, operatorsAtOnce/nodesInside(m)); o.AtOnce > 1 {
		m, err = l.cfg.Net.Device(l.cfg.Objective, l.cfg.Optimizer, o)
	}
	return m, most, err
}

// advance runs a chunk of batches of one size.
func (l *deviceLoop) advance(_ context.Context, i int, step int64, lr float64) (steps, error) {
	p := l.programs[len(l.plan.samples(i))]
	n := p.most
	if p.batch == l.plan.Size { // up to the last, smaller batch
		n = min(n, len(l.plan.order)/l.plan.Size-i)
	} else {
		n = 1
	}
	if l.owner != p {
		if err := p.take(l.current()); err != nil {
			return steps{}, err
		}
	}
	order := l.plan.order[i*l.plan.Size:]
	start := time.Now()
	done, err := p.run(work{samples: order[:n*p.batch], step: step, lr: float32(lr), draw: l.draw()})
	if err != nil {
		return steps{}, err
	}
	l.owner = p
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
	if l.owner == nil {
		return current
	}
	for name := range current {
		current[name] = l.owner.binding.Value(training.NextOutput(name))
	}
	return current
}

// restored makes the next run start from the values in host memory.
func (l *deviceLoop) restored() { l.owner = nil }

func (l *deviceLoop) close() {
	for _, p := range l.programs {
		p.close()
	}
	if l.set != nil {
		l.set.close()
	}
}
