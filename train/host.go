package train

import (
	"fmt"
	"time"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// hostLoop runs a graph of one step, without its optimizer, on the CPU. The
// graph reads the parameters where they lie and writes gradients into buffers
// that stay; the optimizer then updates the parameters in place.
type hostLoop struct {
	cfg      Config
	rt       *ort.Runtime
	data     Data
	values   *values
	step     *graphs.Model          // of a symbolic batch
	programs map[int]*hostProgram   // by batch size
	outputs  map[string]*ort.Buffer // gradients and next statistics, by the graph's names
	blocks   []variable             // of all parameters, cut once for every update
	plan     plan                   // of the epoch under way
	feed     *feed
}

func newHostLoop(rt *ort.Runtime, cfg Config, data Data, v *values) (*hostLoop, error) {
	l := &hostLoop{cfg: cfg, rt: rt, data: data, values: v, programs: map[int]*hostProgram{}, outputs: map[string]*ort.Buffer{}}
	step, err := cfg.Net.Host(cfg.Objective)
	if err != nil {
		return nil, fmt.Errorf("deriving the training graph: %w", err)
	}
	if l.step, err = passes.Columns(step, cfg.Net.Input); err != nil {
		return nil, fmt.Errorf("laying out the training graph: %w", err)
	}
	if err := l.allocate(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// allocate makes the buffers of what a step computes.
func (l *hostLoop) allocate() error {
	for _, p := range l.cfg.Net.Parameters {
		grad, err := l.output(training.GradOutput(p.Name), p.Value.Dims)
		if err != nil {
			return err
		}
		v := variable{value: l.values.buffers[p.Name].Float32s(), grad: grad}
		for _, suffix := range l.cfg.Optimizer.Slots() {
			v.slots = append(v.slots, l.values.buffers[p.Name+suffix].Float32s())
		}
		l.blocks = append(l.blocks, v.blocks()...)
	}
	for _, s := range l.cfg.Net.Buffers {
		if _, err := l.output(training.NextOutput(s.Name), s.Value.Dims); err != nil {
			return err
		}
	}
	return nil
}

func (l *hostLoop) output(name string, dims []int64) ([]float32, error) {
	b, err := newFloats(name, dims)
	if err != nil {
		return nil, err
	}
	l.outputs[name] = b
	return b.Float32s(), nil
}

// begin starts to fill the epoch's batches.
func (l *hostLoop) begin(p plan, from int) error {
	for _, size := range []int{p.size, p.last} {
		if err := l.compile(size); err != nil {
			return err
		}
	}
	l.plan = p
	data := inEpoch(l.data, p.epoch)
	l.feed = startFeed(from, p.batches, func(i int) {
		samples := p.samples(i)
		l.programs[len(samples)].slots[i%slotsAhead].fill(data, samples)
	})
	return nil
}

func (l *hostLoop) end() { l.feed.stop() }

// advance runs one step, which updates nothing when its loss is not finite.
func (l *hostLoop) advance(i int, step int64, lr float64) (steps, error) {
	var done steps
	start := time.Now()
	<-l.feed.ready // batches become ready in order
	done.time.Wait = time.Since(start)
	start = time.Now()
	loss, correct, err := l.programs[len(l.plan.samples(i))].run(i % slotsAhead)
	if err != nil {
		return steps{}, err
	}
	l.feed.release()
	done.time.Graph = time.Since(start)
	done.losses, done.correct = []float32{loss}, []int64{correct}
	if !finite(float64(loss)) {
		return done, nil
	}
	start = time.Now()
	update(l.cfg.Optimizer, l.blocks, lr, step, l.cfg.threads())
	for _, s := range l.cfg.Net.Buffers {
		copy(l.values.buffers[s.Name].Float32s(), l.outputs[training.NextOutput(s.Name)].Float32s())
	}
	done.time.Update = time.Since(start)
	return done, nil
}

func (l *hostLoop) current() map[string]ort.Tensor { return l.values.tensors() }

// restored has nothing to do: the loop works on the values themselves.
func (l *hostLoop) restored() {}

// compile makes the program for batches of n samples unless it is there.
func (l *hostLoop) compile(n int) error {
	if l.programs[n] != nil {
		return nil
	}
	m, err := passes.FixBatch(l.step, l.cfg.Net.Input, training.LabelInput, n)
	if err != nil {
		return fmt.Errorf("fixing the batch to %d: %w", n, err)
	}
	if m, err = passes.Standardise(m); err != nil {
		return fmt.Errorf("batches of %d: %w", n, err)
	}
	m = passes.LeavesLast(m)
	inputs := map[string]*ort.Buffer{}
	for _, v := range m.Graph.Inputs {
		if b, ok := l.values.buffers[v.Name]; ok {
			inputs[v.Name] = b
		}
	}
	p, err := newHostProgram(l.rt, l.cfg, m, n, inputs, l.outputs)
	if err != nil {
		return err
	}
	l.programs[n] = p
	return nil
}

func (l *hostLoop) close() {
	for _, p := range l.programs {
		p.close()
	}
	for _, b := range l.outputs {
		closeBuffers(b)
	}
}
