package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// ErrCorrupt is wrapped by errors of ReadCheckpoint about files that are
// damaged or no checkpoints at all.
var ErrCorrupt = errors.New("not an intact checkpoint")

// Checkpoint is a state of training at a batch boundary, or the weights of it.
type Checkpoint struct {
	// Key says what is being trained, in the caller's words; a checkpoint is
	// only good for a run with an equal key.
	Key string
	// Notes are what else the caller wants to find again.
	Notes    string
	Position Position
	Tensors  []*graphs.Tensor
}

// Checkpoint returns the Trainer's state.
func (t *Trainer) Checkpoint(key string) (Checkpoint, error) {
	return t.checkpoint(key, t.values.order)
}

// Weights returns the part of the Trainer's state that makes a model: its
// parameters and running statistics. Training cannot go on from it.
func (t *Trainer) Weights(key string) (Checkpoint, error) {
	var names []string
	for _, p := range t.cfg.Net.Parameters {
		names = append(names, p.Name)
	}
	for _, s := range t.cfg.Net.Buffers {
		names = append(names, s.Name)
	}
	return t.checkpoint(key, names)
}

// checkpoint returns the state of the named values.
func (t *Trainer) checkpoint(key string, names []string) (Checkpoint, error) {
	if err := t.values.fetch(t.loop.current()); err != nil {
		return Checkpoint{}, err
	}
	c := Checkpoint{Key: key, Position: t.at}
	for _, name := range names {
		b := t.values.buffers[name]
		c.Tensors = append(c.Tensors, graphs.NewFloats(name, b.Shape(), b.Float32s()))
	}
	return c, nil
}

// Model returns net with the checkpoint's weights in inference form, what
// training would have left as model.onnx had it ended there. A checkpoint of
// another net is an error that names the tensor.
func (c Checkpoint) Model(net *training.Net) (*graphs.Model, error) {
	values := map[string][]float32{}
	for _, t := range c.Tensors {
		values[t.Name] = t.Float32s()
	}
	check := func(name string, want int) error {
		if got, ok := values[name]; !ok || len(got) != want {
			return fmt.Errorf("the checkpoint has %d elements of %q, the model %d", len(got), name, want)
		}
		return nil
	}
	for _, p := range net.Parameters {
		if err := check(p.Name, p.Value.Len()); err != nil {
			return nil, err
		}
	}
	for _, s := range net.Buffers {
		if err := check(s.Name, s.Value.Len()); err != nil {
			return nil, err
		}
	}
	return net.Trained(values)
}

// Restore puts the Trainer into a checkpoint's state, whichever loop it comes
// from. A checkpoint of another net or optimizer is an error that names the
// tensor.
func (t *Trainer) Restore(c Checkpoint) error {
	if p := c.Position; p.Epoch < 0 || p.Batch < 0 || p.Steps < 0 {
		return fmt.Errorf("the checkpoint stands at epoch %d, batch %d, step %d", p.Epoch, p.Batch, p.Steps)
	}
	if len(c.Tensors) != len(t.values.order) {
		return fmt.Errorf("the checkpoint has %d tensors, this training %d", len(c.Tensors), len(t.values.order))
	}
	for i, name := range t.values.order {
		from, to := c.Tensors[i], t.values.buffers[name]
		if from.Name != name || from.Type != graphs.Float32 || fmt.Sprint(from.Dims) != fmt.Sprint(to.Shape()) {
			return fmt.Errorf("the checkpoint holds %q of shape %v where this training has %q of shape %v", from.Name, from.Dims, name, to.Shape())
		}
	}
	for i, name := range t.values.order {
		copy(t.values.buffers[name].Float32s(), c.Tensors[i].Float32s())
	}
	t.loop.restored()
	t.at = c.Position
	return nil
}

// Values returns the current parameters, slots and running statistics by name.
func (t *Trainer) Values() (map[string][]float32, error) {
	if err := t.values.fetch(t.loop.current()); err != nil {
		return nil, err
	}
	values := map[string][]float32{}
	for name, b := range t.values.buffers {
		values[name] = slices.Clone(b.Float32s())
	}
	return values, nil
}
