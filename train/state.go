package train

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
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

// values are what training changes, in host memory: parameters, the
// optimizer's slots, running statistics. The host loop works on them; the
// device loop takes them from there and leaves its own on the device.
type values struct {
	order   []string // what a Checkpoint holds
	buffers map[string]*ort.Buffer
	memory  *memory // of L-BFGS; nil for other optimizers
}

// newValues allocates everything and sets the initial values.
func newValues(net *training.Net, o training.Optimizer) (*values, error) {
	v := &values{buffers: map[string]*ort.Buffer{}}
	if err := v.addAll(net, o); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

func (v *values) addAll(net *training.Net, o training.Optimizer) error {
	for _, p := range net.Parameters {
		if err := v.set(p.Name, p.Value); err != nil {
			return err
		}
		for _, suffix := range o.Slots() {
			if err := v.add(p.Name+suffix, p.Value.Dims); err != nil {
				return err
			}
		}
	}
	for _, s := range net.Buffers {
		if err := v.set(s.Name, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// set allocates a value that begins as a tensor.
func (v *values) set(name string, initial *graphs.Tensor) error {
	if err := v.add(name, initial.Dims); err != nil {
		return err
	}
	initial.CopyFloat32s(v.buffers[name].Float32s())
	return nil
}

// add allocates a value of zeros.
func (v *values) add(name string, dims []int64) error {
	b, err := newFloats(name, dims)
	if err != nil {
		return err
	}
	v.order = append(v.order, name)
	v.buffers[name] = b
	return nil
}

func newFloats(name string, dims []int64) (*ort.Buffer, error) {
	b, err := ort.NewBuffer(ort.Float32, dims...)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	return b, nil
}

// tensors returns the values as what graphs can read.
func (v *values) tensors() map[string]ort.Tensor {
	out := make(map[string]ort.Tensor, len(v.buffers))
	for name, b := range v.buffers {
		out[name] = b
	}
	return out
}

// fetch copies the tensors that lie on a device to the values of their names.
func (v *values) fetch(current map[string]ort.Tensor) error {
	for name, tensor := range current {
		if onDevice, ok := tensor.(*ort.Value); ok {
			if err := onDevice.CopyTo(v.buffers[name]); err != nil {
				return fmt.Errorf("tensor %q: %w", name, err)
			}
		}
	}
	return nil
}

func (v *values) close() {
	for _, b := range v.buffers {
		closeBuffers(b)
	}
	if v.memory != nil {
		v.memory.close()
	}
}
