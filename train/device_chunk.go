package train

import (
	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// work is what a run is to do.
type work struct {
	batch   int   // samples in each
	samples []int // of all batches
	step    int64 // the number of the first
	lr      float32
	draw    func(sample int) datasets.Augmentation // nil for none
}

func (w work) steps() int { return len(w.samples) / w.batch }

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

// fill sets what goes in. Work of fewer steps leaves the rest as it was.
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

// results are those of the first n steps.
func (c *chunk) results(n int) steps {
	return steps{losses: c.losses.Float32s()[:n], correct: c.correct.Int64s()[:n]}
}

func (c *chunk) close() { closeBuffers(c.order, c.rates, c.step, c.draws, c.losses, c.correct) }
