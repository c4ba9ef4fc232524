package train

import (
	"context"
	"fmt"
	"time"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
	"github.com/memdil/memdil/graphs/passes/cpu"
	"github.com/memdil/memdil/graphs/passes/layout"
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
	derived  map[float64]*graphs.Model // of a symbolic batch, by what the features' decay is multiplied with
	programs map[cut]*hostProgram
	outputs  map[string]*ort.Buffer // gradients and next statistics, by the graph's names
	blocks   []variable             // of all parameters; nil where each program has its own
	scratch  [][]float32            // of the threads that update them
	memory   []*ort.Buffer          // of scratch
	sums     *sums                  // of the pieces' gradients; nil for whole batches
	lbfgs    *lbfgs                 // nil for other optimizers
	plan     plan                   // of the epoch under way
	pieces   []piece                // of its batches
	first    []int                  // the first of each batch
	feed     *feed
}

func newHostLoop(rt *ort.Runtime, cfg Config, data Data, v *values) (*hostLoop, error) {
	l := &hostLoop{
		cfg: cfg, rt: rt, data: data, values: v,
		derived: map[float64]*graphs.Model{}, programs: map[cut]*hostProgram{}, outputs: map[string]*ort.Buffer{},
	}
	if _, err := l.step(1); err != nil {
		return nil, err
	}
	err := l.allocate()
	if err == nil && cfg.Optimizer.Kind == training.LBFGS {
		err = l.startLBFGS()
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// step returns the graph of a step on a symbolic batch whose decay of the
// features is multiplied with a factor.
func (l *hostLoop) step(factor float64) (*graphs.Model, error) {
	if m := l.derived[factor]; m != nil {
		return m, nil
	}
	o := l.cfg.Objective
	if o.Decay != nil {
		decay := *o.Decay
		decay.FeatureDecay *= factor
		o.Decay = &decay
	}
	m, err := l.cfg.Net.Host(o)
	if err != nil {
		return nil, fmt.Errorf("deriving the training graph: %w", err)
	}
	if m, err = layout.Columns(m, l.cfg.Net.Input); err != nil {
		return nil, fmt.Errorf("laying out the training graph: %w", err)
	}
	l.derived[factor] = m
	return m, nil
}

// allocate makes the buffers of what a step computes, but for gradients that
// only some programs write.
func (l *hostLoop) allocate() error {
	for _, s := range l.cfg.Net.Buffers {
		if _, err := l.output(training.NextOutput(s.Name), s.Value.Dims); err != nil {
			return err
		}
	}
	err := l.allocateScratch()
	if err != nil || !l.keepsGradients() {
		return err
	}
	if l.blocks, err = l.variables(nil, nil); err != nil || !l.cfg.split() {
		return err
	}
	var outputs vector
	for _, b := range l.blocks {
		outputs = append(outputs, b.grad)
	}
	if l.sums, err = newSums(outputs, l.cfg.threads()); err != nil {
		return err
	}
	for i := range l.blocks {
		l.blocks[i].grad = l.sums.gradient[i]
	}
	return nil
}

// begin starts to fill the epoch's batches.
func (l *hostLoop) begin(p plan, from int) error {
	l.plan = p
	l.pieces, l.first = p.pieces()
	for _, piece := range l.pieces {
		if err := l.compile(piece.cut); err != nil {
			return err
		}
	}
	if l.lbfgs == nil { // which fills a batch as often as it evaluates it
		l.feed = l.startFeed(l.first[from], len(l.pieces))
	}
	return nil
}

// startFeed fills so many pieces of the epoch, in order.
func (l *hostLoop) startFeed(from, to int) *feed {
	data := inEpoch(l.data, l.plan.epoch)
	return startFeed(from, to, func(i int) {
		piece := &l.pieces[i]
		l.programs[l.key(piece.cut)].slots[i%slotsAhead].hold(data, piece)
	})
}

func (l *hostLoop) end() {
	if l.feed != nil {
		l.feed.stop()
		l.feed = nil
	}
}

// advance runs one step, which updates nothing when its loss is not finite.
func (l *hostLoop) advance(ctx context.Context, i int, step int64) (steps, error) {
	if l.lbfgs != nil {
		return l.advanceLBFGS(ctx, i, l.plan.rate)
	}
	s, err := l.pass(i)
	if err != nil {
		return steps{}, err
	}
	if finite(s.loss) {
		start := time.Now()
		update(l.cfg.Optimizer, l.updated(i), l.plan.rate, step, l.scratch)
		s.time.Update += time.Since(start)
	}
	return s.steps(), nil
}

// updated returns the variables with the gradient of batch i.
func (l *hostLoop) updated(i int) []variable {
	if l.blocks != nil {
		return l.blocks
	}
	return l.programs[l.key(l.pieces[l.first[i]].cut)].blocks
}

// score is the result of a pass over a batch.
type score struct {
	loss    float64 // mean
	correct int64
	time    StepTime
}

// steps is the result of one step.
func (s score) steps() steps {
	return steps{losses: []float32{float32(s.loss)}, correct: []int64{s.correct}, time: s.time}
}

// pass evaluates batch i, piece by piece: its loss and, in the variables, its
// gradient. The running statistics move with each piece. It ends early when the
// loss of a piece is not finite.
func (l *hostLoop) pass(i int) (score, error) {
	var total score
	for k := l.first[i]; k < l.first[i+1]; k++ {
		s, err := l.evaluate(k)
		if err != nil {
			return score{}, err
		}
		weight := l.pieces[k].weight()
		total.loss += weight * s.loss
		total.correct += s.correct
		total.time.Wait += s.time.Wait
		total.time.Graph += s.time.Graph
		if !finite(s.loss) {
			return total, nil
		}
		start := time.Now()
		if l.sums != nil {
			l.sums.add(k == l.first[i], weight)
		}
		for _, s := range l.cfg.Net.Buffers {
			copy(l.values.buffers[s.Name].Float32s(), l.outputs[training.NextOutput(s.Name)].Float32s())
		}
		total.time.Update += time.Since(start)
	}
	return total, nil
}

// evaluate runs the graph on piece k, which is the feed's next.
func (l *hostLoop) evaluate(k int) (score, error) {
	var s score
	start := time.Now()
	<-l.feed.ready // pieces become ready in order
	s.time.Wait = time.Since(start)
	start = time.Now()
	loss, correct, err := l.programs[l.key(l.pieces[k].cut)].run(k % slotsAhead)
	if err != nil {
		return score{}, err
	}
	l.feed.release()
	s.time.Graph = time.Since(start)
	s.loss, s.correct = float64(loss), correct
	return s, nil
}

func (l *hostLoop) current() map[string]ort.Tensor { return l.values.tensors() }

// restored has nothing to do: the loop works on the values themselves.
func (l *hostLoop) restored() {}

// key is the cut that tells a piece's program from others: one of whole batches
// serves pieces as well, unless what is summed over a batch weighs differently.
func (l *hostLoop) key(c cut) cut {
	if l.cfg.Objective.Decay == nil {
		c.of = c.size
	}
	return c
}

// compile makes the program for a piece unless it is there.
func (l *hostLoop) compile(c cut) error {
	c = l.key(c)
	if l.programs[c] != nil {
		return nil
	}
	// The mean over pieces divides by the batch, which the penalty of the
	// features, a sum over samples, is not to be.
	m, err := l.step(1 / c.weight())
	if err != nil {
		return err
	}
	if m, err = passes.FixBatch(m, l.cfg.Net.Input, training.LabelInput, c.size); err != nil {
		return fmt.Errorf("fixing the batch to %d: %w", c.size, err)
	}
	for _, pass := range []func(*graphs.Model) (*graphs.Model, error){batchnorm.Standardise, layout.Maxima, cpu.Masks, batchnorm.Scales, cpu.SumRows} {
		if m, err = pass(m); err != nil {
			return fmt.Errorf("batches of %d: %w", c.size, err)
		}
	}
	m, factors, err := l.splitGradients(m)
	if err != nil {
		return err
	}
	own, err := newFactors(m, factors)
	if err != nil {
		return err
	}
	p := &hostProgram{own: own}
	if l.blocks == nil {
		if p.blocks, err = l.variables(factors, own); err != nil {
			p.close()
			return err
		}
	}
	if m, err = cpu.Apart(cpu.LeavesLast(m), training.LossOutput); err != nil {
		return fmt.Errorf("batches of %d: %w", c.size, err)
	}
	inputs := map[string]*ort.Buffer{}
	for _, v := range m.Graph.Inputs {
		if b, ok := l.values.buffers[v.Name]; ok {
			inputs[v.Name] = b
		}
	}
	if err := p.start(l.rt, l.cfg, m, c.size, inputs, l.outputs); err != nil {
		p.close()
		return err
	}
	l.programs[c] = p
	return nil
}

func (l *hostLoop) close() {
	for _, p := range l.programs {
		p.close()
	}
	closeAll(l.outputs)
	closeBuffers(l.memory...)
	if l.sums != nil {
		l.sums.close()
	}
	if l.lbfgs != nil {
		l.lbfgs.close()
	}
}
