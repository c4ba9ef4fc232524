package train

import (
	"fmt"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// Position is how far training has come.
type Position struct {
	Epoch int   // epochs finished
	Batch int   // batches finished of the epoch under way
	Steps int64 // optimizer steps in all
	// Loss, Correct and Samples are sums over the batches finished of the
	// epoch under way.
	Loss    float64
	Correct int64
	Samples int64
	// Seconds is the time spent on the epoch under way.
	Seconds float64
}

// tensors are the buffers that live as long as training: parameters, their
// gradients and slots, and running statistics.
type tensors struct {
	order   []string // parameters, slots, statistics: what a State holds
	values  map[string]*ort.Buffer
	grads   map[string]*ort.Buffer // by parameter
	nexts   map[string]*ort.Buffer // by statistic: its value after a step
	blocks  []variable             // of all parameters, cut once for every update
	buffers []string
}

// newTensors allocates everything and sets the initial values.
func newTensors(net *training.Net, o training.Optimizer) (*tensors, error) {
	t := &tensors{values: map[string]*ort.Buffer{}, grads: map[string]*ort.Buffer{}, nexts: map[string]*ort.Buffer{}}
	for _, p := range net.Parameters {
		v, err := t.parameter(p, o.Slots())
		if err != nil {
			t.close()
			return nil, err
		}
		t.blocks = append(t.blocks, v.blocks()...)
	}
	for _, s := range net.Buffers {
		if err := t.statistic(s); err != nil {
			t.close()
			return nil, err
		}
	}
	return t, nil
}

func (t *tensors) parameter(p training.Parameter, slots []string) (variable, error) {
	value, err := t.add(t.values, p.Name, p.Value.Dims)
	if err != nil {
		return variable{}, err
	}
	t.order = append(t.order, p.Name)
	copy(value, p.Value.Float32s())
	v := variable{value: value}
	if v.grad, err = t.add(t.grads, p.Name, p.Value.Dims); err != nil {
		return variable{}, err
	}
	for _, suffix := range slots {
		slot, err := t.add(t.values, p.Name+suffix, p.Value.Dims)
		if err != nil {
			return variable{}, err
		}
		t.order = append(t.order, p.Name+suffix)
		v.slots = append(v.slots, slot)
	}
	return v, nil
}

func (t *tensors) statistic(s training.Buffer) error {
	value, err := t.add(t.values, s.Name, s.Value.Dims)
	if err != nil {
		return err
	}
	copy(value, s.Value.Float32s())
	t.order = append(t.order, s.Name)
	t.buffers = append(t.buffers, s.Name)
	_, err = t.add(t.nexts, s.Name, s.Value.Dims)
	return err
}

func (t *tensors) add(to map[string]*ort.Buffer, name string, dims []int64) ([]float32, error) {
	b, err := ort.NewBuffer(ort.Float32, dims...)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	to[name] = b
	return b.Float32s(), nil
}

// advance makes the statistics that the last step wrote the current ones.
func (t *tensors) advance() {
	for _, name := range t.buffers {
		copy(t.values[name].Float32s(), t.nexts[name].Float32s())
	}
}

func (t *tensors) close() {
	for _, set := range []map[string]*ort.Buffer{t.values, t.grads, t.nexts} {
		for _, b := range set {
			_ = b.Close() // always nil
		}
	}
}
