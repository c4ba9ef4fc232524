package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// BatchShape returns the shape of the input for n samples.
func (net *Net) BatchShape(n int) ([]int64, error) {
	shape := net.Model.Graph.Input(net.Input).Type.Shape
	dims := append([]int64{int64(n)}, shape[1:].Dims()...)
	for i, d := range dims {
		if d < 0 {
			return nil, fmt.Errorf("dimension %d of input %q has no fixed size: %s", i, net.Input, shape)
		}
	}
	return dims, nil
}

// GradOutput is the name of the gradient of parameter p in derived graphs.
func GradOutput(p string) string { return gradPrefix + p }

// NextOutput is the name of a carried value's next value in derived graphs.
func NextOutput(name string) string { return nextPrefix + name }

// inference returns a copy of the net's graph in inference form: running
// statistics normalise, Dropout is off.
func (net *Net) inference() (*graphs.Model, error) {
	return passes.Rewrite(net.Model, func(b *graphs.Builder, n *graphs.Node) []string {
		switch n.StandardOp() {
		case "BatchNormalization":
			n.DropAttr("training_mode")
		case "Dropout":
			return []string{n.Input(0)}
		}
		return nil
	})
}

// Evaluation derives the graph that measures a net: from the model's input and
// "label" it computes "loss" and "correct" in inference form. Parameters and
// running statistics are required inputs, as in Host.
func (net *Net) Evaluation(l Loss) (*graphs.Model, error) {
	net, err := net.reserve([]string{LabelInput, LossOutput, CorrectOutput})
	if err != nil {
		return nil, err
	}
	m, err := net.inference()
	if err != nil {
		return nil, err
	}
	m.Graph.Outputs = nil
	b, err := graphs.NewBuilder(m)
	if err != nil {
		return nil, err
	}
	d := &derivation{Builder: b, net: net}
	d.label = b.Input(LabelInput, graphs.Type{Elem: graphs.Int64, Shape: b.Shape(net.Input)[:1]})
	d.emit(LossOutput, l.build(b, net.Logits, d.label))
	d.emit(CorrectOutput, correct(b, net.Logits, d.label))
	for _, p := range net.Parameters {
		d.carried(p.Value)
	}
	for _, s := range net.Buffers {
		d.carried(s.Value)
	}
	out, err := d.finish("evaluation")
	if err != nil {
		return nil, err
	}
	dropDefaults(out.Graph)
	return out, nil
}

// Trained returns the forward graph in inference form with the given values of
// parameters and running statistics, float32 tensors keyed by name; what is not
// given keeps its initial value. Its outputs are "features" N×d, where the net has them, and
// "logits".
func (net *Net) Trained(values map[string]*graphs.Tensor) (*graphs.Model, error) {
	m, err := net.inference()
	if err != nil {
		return nil, err
	}
	for i, t := range m.Graph.Initializers {
		if v, ok := values[t.Name]; ok {
			if v.Len() != t.Len() {
				return nil, fmt.Errorf("%d values for %q of shape %v", v.Len(), t.Name, t.Dims)
			}
			m.Graph.Initializers[i] = &graphs.Tensor{Name: t.Name, Type: v.Type, Dims: t.Dims, Data: v.Data}
		}
	}
	m.Graph.Outputs = nil
	if m, err = expose(m, net.Features, "features"); err != nil {
		return nil, err
	}
	if m, err = expose(m, net.Logits, "logits"); err != nil {
		return nil, err
	}
	m.ProducerName, m.IRVersion = "memdil", graphs.IRVersion
	return passes.Prune(m), nil
}

// expose makes a value an output of the given name, N×d; "" exposes nothing.
func expose(m *graphs.Model, value, name string) (*graphs.Model, error) {
	if value == "" {
		return m, nil
	}
	b, err := graphs.NewBuilder(m)
	if err != nil {
		return nil, err
	}
	spell := ""
	switch {
	case len(b.Shape(value)) != 2:
		spell = "Flatten"
	case m.Graph.Maker(value) == nil: // an input: it keeps its own name
		spell = "Identity"
	case value == name:
		b.Output(name)
		return m, b.Err()
	}
	if names := graphs.NewNames(m.Graph); names.Has(name) {
		inner := names.Fresh(name + ".inner")
		m = passes.Rename(m, name, inner)
		if value == name {
			value = inner
		}
	}
	if spell == "" {
		m = passes.Rename(m, value, name)
	}
	if b, err = graphs.NewBuilder(m); err != nil {
		return nil, err
	}
	if spell != "" {
		b.Named(name, spell, []string{value})
	}
	b.Output(name)
	return m, b.Err()
}
