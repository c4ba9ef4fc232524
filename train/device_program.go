package train

import (
	"math"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/cost"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// deviceProgram is the graph of many steps for one batch size, with what
// changes from run to run.
type deviceProgram struct {
	session *ort.Session
	binding *ort.DeviceBinding
	batch   int
	carried []string
	most    int    // steps of a run
	chunk   *chunk // of the latest run
}

// bind binds all but what a run sets.
func (p *deviceProgram) bind(data *deviceData, carried []string) error {
	var err error
	if p.binding, err = p.session.BindDevice(); err != nil {
		return err
	}
	if err := p.binding.Input(training.DataInput, data.inputs); err != nil {
		return err
	}
	if err := p.binding.Input(training.LabelsInput, data.labels); err != nil {
		return err
	}
	p.carried = carried
	for _, name := range carried {
		if err := p.binding.Carry(training.NextOutput(name), name); err != nil {
			return err
		}
	}
	return nil
}

// take makes the next run start from the given values.
func (p *deviceProgram) take(current map[string]ort.Tensor) error {
	for _, name := range p.carried {
		if err := p.binding.Input(name, current[name]); err != nil {
			return err
		}
	}
	return nil
}

// work is what a run is to do.
type work struct {
	samples []int // of all batches
	step    int64 // the number of the first
	lr      float32
	draw    func(sample int) datasets.Augmentation // nil for none
}

// run runs the steps of consecutive batches.
func (p *deviceProgram) run(w work) (steps, error) {
	if err := p.resize(len(w.samples)/p.batch, w.draw != nil); err != nil {
		return steps{}, err
	}
	p.chunk.fill(w)
	for name, b := range p.chunk.inputs() {
		if err := p.binding.Input(name, b); err != nil {
			return steps{}, err
		}
	}
	if err := p.binding.Run(nil); err != nil {
		return steps{}, err
	}
	return steps{losses: p.chunk.losses.Float32s(), correct: p.chunk.correct.Int64s()}, nil
}

// resize makes ready for n steps a run.
func (p *deviceProgram) resize(n int, augment bool) error {
	if p.chunk != nil && p.chunk.steps == n {
		return nil
	}
	c, err := newChunk(n, p.batch, augment)
	if err != nil {
		return err
	}
	if p.chunk != nil {
		p.chunk.close()
	}
	p.chunk = c
	if err := p.binding.Output(training.LossesOutput, c.losses); err != nil {
		return err
	}
	return p.binding.Output(training.CorrectOutput, c.correct)
}

func (p *deviceProgram) close() {
	if p.binding != nil {
		p.binding.Close()
	}
	if p.chunk != nil {
		p.chunk.close()
	}
	_ = p.session.Close() // freed when the last value from it is
}

// chunkTime is what a chunk should take, in seconds.
const chunkTime = 0.4

// maxChunk is the most steps of a chunk; a variable for tests.
var maxChunk = 1 << 12

// chunkSteps returns the number of steps that take about chunkTime on an
// ordinary device: a power of two. It is an estimate, not a measurement, for
// the same steps must run together every time.
func chunkSteps(m *graphs.Model, c Config) int {
	seconds := 0.0
	if c.Device.Kind == ort.CPU {
		seconds = 2e-6*float64(nodesInside(m)) + operations(m)/(20e9*float64(c.threads()))
	} else {
		seconds = 5e-6*float64(nodesInside(m)) + operations(m)/10e12
	}
	fit := min(chunkTime/seconds, float64(maxChunk))
	return 1 << max(0, int(math.Log2(fit)))
}

// nodesInside counts the nodes of a step.
func nodesInside(m *graphs.Model) int {
	count := 1
	for _, n := range m.Graph.Nodes {
		for _, body := range n.Subgraphs() {
			count += len(body.Nodes)
		}
	}
	return count
}

// operations counts a step's floating-point operations, as far as they are
// known.
func operations(m *graphs.Model) float64 {
	c, err := cost.Of(m, 0)
	if err != nil {
		return 0
	}
	return float64(c.FLOPs)
}

// chunk is what goes in and out of one run, in host memory.
type chunk struct {
	steps              int
	order, rates, step *ort.Buffer
	draws              *ort.Buffer // of the augmentation; nil without
	losses, correct    *ort.Buffer
}

func newChunk(steps, batch int, augment bool) (*chunk, error) {
	type buffer struct {
		to    **ort.Buffer
		dtype ort.DType
		shape []int64
	}
	n := int64(steps)
	c := &chunk{steps: steps}
	buffers := []buffer{
		{&c.order, ort.Int64, []int64{n, int64(batch)}}, {&c.rates, ort.Float32, []int64{n}}, {&c.step, ort.Int64, nil},
		{&c.losses, ort.Float32, []int64{n}}, {&c.correct, ort.Int64, []int64{n}},
	}
	if augment {
		buffers = append(buffers, buffer{&c.draws, ort.Int64, []int64{n, int64(batch), 3}})
	}
	for _, b := range buffers {
		var err error
		if *b.to, err = ort.NewBuffer(b.dtype, b.shape...); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// fill sets what goes in.
func (c *chunk) fill(w work) {
	order, rates := c.order.Int64s(), c.rates.Float32s()
	for i, s := range w.samples {
		order[i] = int64(s)
	}
	for i := range rates {
		rates[i] = w.lr
	}
	c.step.Int64s()[0] = w.step
	if c.draws == nil {
		return
	}
	draws := c.draws.Int64s()[:0]
	for _, s := range w.samples {
		a := w.draw(s)
		draws = append(draws, int64(a.DY), int64(a.DX), flag(a.Flip))
	}
}

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

func (c *chunk) inputs() map[string]*ort.Buffer {
	in := map[string]*ort.Buffer{training.OrderInput: c.order, training.RateInput: c.rates, training.StepInput: c.step}
	if c.draws != nil {
		in[training.AugmentationInput] = c.draws
	}
	return in
}

func (c *chunk) close() { closeBuffers(c.order, c.rates, c.step, c.draws, c.losses, c.correct) }
