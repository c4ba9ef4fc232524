package train

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes/cpu"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// few is the largest batch whose gradients of weights stay products: the
// optimizer then multiplies a block of a gradient when it comes to it, and what
// the runtime would write and the optimizer read again, a fourth of a step's
// traffic, never leaves the cache.
const few = 32

// keepsGradients reports whether all gradients are written out: where those of
// pieces are added up, and where directions are made of them.
func (l *hostLoop) keepsGradients() bool {
	return l.cfg.split() || l.cfg.Optimizer.Kind == training.LBFGS
}

// splitGradients leaves gradients of weights as products where the batch is
// small.
func (l *hostLoop) splitGradients(m *graphs.Model) (*graphs.Model, map[string]cpu.Factors, error) {
	if l.keepsGradients() {
		return m, nil, nil
	}
	var names []string
	for _, p := range l.cfg.Net.Parameters {
		if p.Value.Len() >= block {
			names = append(names, training.GradOutput(p.Name))
		}
	}
	m, factors, err := cpu.SplitProducts(m, few, names...)
	if err != nil {
		return nil, nil, fmt.Errorf("splitting gradients: %w", err)
	}
	return m, factors, nil
}

// allocateScratch makes room for a block's gradient for each thread, of no size
// where none is multiplied. Each has a large page of its own: small ones that
// happen to share parts of a cache make an update take half as long again.
func (l *hostLoop) allocateScratch() error {
	size := 0
	for _, p := range l.cfg.Net.Parameters {
		if d := p.Value.Dims; len(d) == 2 && p.Value.Len() >= block && !l.keepsGradients() {
			size = max(size, blockSize(int(d[0]), int(d[1])), ort.LargePage/4)
		}
	}
	l.scratch = make([][]float32, l.cfg.threads())
	for i := range l.scratch {
		b, err := newFloats("scratch", []int64{int64(size)})
		if err != nil {
			return err
		}
		l.scratch[i], l.memory = b.Float32s(), append(l.memory, b)
	}
	return nil
}

// variables returns the blocks of all parameters for one program, whose
// gradients lie in the loop's buffers or are products of the program's own.
func (l *hostLoop) variables(factors map[string]cpu.Factors, own map[string]*ort.Buffer) ([]variable, error) {
	var blocks []variable
	for _, p := range l.cfg.Net.Parameters {
		v := variable{value: l.values.buffers[p.Name].Float32s()}
		for _, suffix := range l.cfg.Optimizer.Slots() {
			v.slots = append(v.slots, l.values.buffers[p.Name+suffix].Float32s())
		}
		name := training.GradOutput(p.Name)
		if f, ok := factors[name]; ok {
			v.product = &product{left: own[f.Left].Float32s(), right: own[f.Right].Float32s(), inner: int(f.Inner)}
		} else {
			grad, err := l.output(name, p.Value.Dims)
			if err != nil {
				return nil, err
			}
			v.grad = grad
		}
		blocks = append(blocks, v.blocks()...)
	}
	return blocks, nil
}

// output returns the buffer, shared by the programs, in which an output of the
// graphs lies.
func (l *hostLoop) output(name string, dims []int64) ([]float32, error) {
	if b := l.outputs[name]; b != nil {
		return b.Float32s(), nil
	}
	b, err := newFloats(name, dims)
	if err != nil {
		return nil, err
	}
	l.outputs[name] = b
	return b.Float32s(), nil
}

// newFactors makes the buffers of the factors that m puts out.
func newFactors(m *graphs.Model, factors map[string]cpu.Factors) (map[string]*ort.Buffer, error) {
	own := map[string]*ort.Buffer{}
	for _, f := range factors {
		for _, name := range []string{f.Left, f.Right} {
			b, err := newFloats(name, m.Graph.Output(name).Type.Shape.Dims())
			if err != nil {
				closeAll(own)
				return nil, err
			}
			own[name] = b
		}
	}
	return own, nil
}

func closeAll(buffers map[string]*ort.Buffer) {
	for _, b := range buffers {
		closeBuffers(b)
	}
}
