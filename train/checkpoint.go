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

// ErrTorn is returned by Checkpoint, and by Train, after a step failed or was
// given up because training was told to stop: the state is in between. Restore
// mends it.
var ErrTorn = errors.New("training was stopped within a step")

// Checkpoint is a state of training at a batch boundary, or the weights of it.
type Checkpoint struct {
	// Key says what is being trained, in the caller's words; a checkpoint is
	// only good for a run with an equal key.
	Key string
	// Notes are what else the caller wants to find again.
	Notes    string
	Position Position
	Tensors  []*graphs.Tensor
	LBFGS    *LBFGSState // nil for other optimizers and for weights
}

// Checkpoint returns the Trainer's state, or ErrTorn. Its tensors lie in the
// Trainer's memory, and so do those of Weights and Model: they are good until
// training goes on or the Trainer is closed.
func (t *Trainer) Checkpoint(key string) (Checkpoint, error) {
	if t.torn {
		return Checkpoint{}, ErrTorn
	}
	c, err := t.checkpoint(key, t.values.order)
	if m := t.values.memory; m != nil {
		c.LBFGS = m.state()
		c.Tensors = append(c.Tensors, m.tensors()...)
	}
	return c, err
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
		c.Tensors = append(c.Tensors, &graphs.Tensor{Name: name, Type: graphs.Float32, Dims: b.Shape(), Data: b.Bytes()})
	}
	return c, nil
}

// Model returns the net as it is trained so far, in inference form.
func (t *Trainer) Model() (*graphs.Model, error) {
	c, err := t.Weights("")
	if err != nil {
		return nil, err
	}
	return c.Model(t.cfg.Net)
}

// Model returns net with the checkpoint's weights in inference form, what
// training would have left as model.onnx had it ended there. A checkpoint of
// another net is an error that names the tensor.
func (c Checkpoint) Model(net *training.Net) (*graphs.Model, error) {
	values := map[string]*graphs.Tensor{}
	for _, t := range c.Tensors {
		values[t.Name] = t
	}
	check := func(name string, want *graphs.Tensor) error {
		var got int
		if t := values[name]; t != nil {
			got = t.Len()
		}
		if got != want.Len() {
			return fmt.Errorf("the checkpoint has %d elements of %q, the model %d", got, name, want.Len())
		}
		return nil
	}
	for _, p := range net.Parameters {
		if err := check(p.Name, p.Value); err != nil {
			return nil, err
		}
	}
	for _, s := range net.Buffers {
		if err := check(s.Name, s.Value); err != nil {
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
	if err := t.values.fits(c); err != nil {
		return err
	}
	if m := t.values.memory; m != nil {
		if err := m.restore(*c.LBFGS, c.Tensors[len(t.values.order):]); err != nil {
			return err
		}
	}
	for i, name := range t.values.order {
		c.Tensors[i].CopyFloat32s(t.values.buffers[name].Float32s())
	}
	t.loop.restored()
	t.at, t.torn = c.Position, false
	return nil
}

// fits reports a checkpoint of other values.
func (v *values) fits(c Checkpoint) error {
	if (c.LBFGS != nil) != (v.memory != nil) {
		return fmt.Errorf("the checkpoint is of another optimizer")
	}
	want := len(v.order)
	if c.LBFGS != nil {
		want += c.LBFGS.tensors()
	}
	if len(c.Tensors) != want {
		return fmt.Errorf("the checkpoint has %d tensors, this training %d", len(c.Tensors), want)
	}
	for i, name := range v.order {
		from, to := c.Tensors[i], v.buffers[name]
		if from.Name != name || from.Type != graphs.Float32 || fmt.Sprint(from.Dims) != fmt.Sprint(to.Shape()) {
			return fmt.Errorf("the checkpoint holds %q of shape %v where this training has %q of shape %v", from.Name, from.Dims, name, to.Shape())
		}
	}
	if v.memory != nil {
		return v.memory.fits(c.Tensors[len(v.order):])
	}
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
