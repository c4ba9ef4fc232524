package training

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// Host derives the graph of a loop whose optimizer runs outside the runtime:
// a step without updates. Inputs are the model's own, "label" (int64, N),
// every parameter and every running statistic, all required; outputs are
// "loss", "correct", "grad.P" for every parameter P and "next.S" for every
// running statistic S.
func (net *Net) Host(o Objective) (*graphs.Model, error) {
	reserved := []string{CorrectOutput}
	for _, p := range net.Parameters {
		reserved = append(reserved, gradPrefix+p.Name)
	}
	for _, s := range net.Buffers {
		reserved = append(reserved, nextPrefix+s.Name)
	}
	spared, err := net.dropShifts().multiplied()
	if err != nil {
		return nil, err
	}
	d, err := spared.derive(o, reserved)
	if err != nil {
		return nil, err
	}
	for _, p := range d.net.Parameters {
		d.carried(p.Value)
		d.emit(gradPrefix+p.Name, d.grad(p))
	}
	for _, s := range d.net.Buffers {
		d.carried(s.Value)
		d.emit(nextPrefix+s.Name, s.nextStatistic(d.Builder, d.net.sparedBias(s)))
	}
	d.emit(CorrectOutput, correct(d.Builder, d.net.Logits, d.label))
	d.emit(LossOutput, d.loss)
	m, err := d.finish("host")
	if err != nil {
		return nil, err
	}
	dropDefaults(m.Graph)
	return m, nil
}

// multiplied returns the net with convolutions as products of matrices where the
// CPU is faster at these.
func (net *Net) multiplied() (*Net, error) {
	out := *net
	var err error
	out.Model, err = layout.MultiplyConvolutions(net.Model, map[string]bool{net.Logits: true, net.Features: true})
	return &out, err
}

// dropDefaults makes all inputs required: a loop feeds its own buffers, and
// the weights need not be stored twice.
func dropDefaults(g *graphs.Graph) {
	var kept []*graphs.Tensor
	for _, t := range g.Initializers {
		if g.Input(t.Name) == nil {
			kept = append(kept, t)
		}
	}
	g.Initializers = kept
}
