package training

import (
	"github.com/memdil/memdil/graphs"
)

// Step derives one whole training step. Inputs are the model's own, "label"
// (int64, N), "lr" (float32, rank 0), "t" (int64, rank 0, 1 at the first step)
// and every carried value X under its own name, its initial value being the
// default; outputs are "loss" (before the update, with the penalty of
// separate decay, without the optimizer's decay), "correct" (int64, rank 0)
// and "next.X" for every carried X. Carried are the parameters, the
// optimizer's slots and BatchNormalization's running statistics.
func (net *Net) Step(o Objective, opt Optimizer) (*graphs.Model, error) {
	slots := net.slotNames(opt)
	d, err := net.dropShifts().begin(o, net.stepNames(slots))
	if err != nil {
		return nil, err
	}
	if err := d.step(opt, opt.newUpdate); err != nil {
		return nil, err
	}
	m, err := d.finish("step")
	if err != nil {
		return nil, err
	}
	net.describeStep(m, d.net, slots)
	return m, nil
}

// step appends one step to the loss: its inputs and outputs are those of Step.
func (d *derivation) step(opt Optimizer, newUpdate func(b *graphs.Builder, lr, t string) update) error {
	lr := d.Input(RateInput, graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{}})
	t := d.Input(StepInput, graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{}})
	u := newUpdate(d.Builder, lr, t)
	if err := d.differentiate(u.factor); err != nil {
		return err
	}
	d.emit(LossOutput, d.loss)
	d.emit(CorrectOutput, correct(d.Builder, d.net.Logits, d.label))
	d.carry(opt, u)
	return d.Err()
}

// carry makes parameters, slots and statistics inputs with defaults, and
// their next values outputs.
func (d *derivation) carry(opt Optimizer, u update) {
	next := map[string]string{}
	var order []string
	for _, p := range d.net.Parameters {
		d.carried(p.Value)
		order = append(order, p.Name)
	}
	for _, p := range d.net.Parameters {
		var slots []string
		for _, suffix := range opt.Slots() {
			zero := graphs.NewFloats(p.Name+suffix, p.Value.Dims, make([]float32, p.Value.Len()))
			slots = append(slots, d.Initializer(zero))
			d.carried(zero)
		}
		var nextSlots []string
		next[p.Name], nextSlots = u.apply(p.Name, d.grad(p), slots)
		for i, s := range slots {
			next[s] = nextSlots[i]
		}
		order = append(order, slots...)
	}
	if d.net.statistics != nil {
		d.carried(d.net.statistics)
		next[d.net.statistics.Name] = d.nextStatistics()
		order = append(order, d.net.statistics.Name)
	} else {
		for _, s := range d.net.Buffers {
			d.carried(s.Value)
			next[s.Name] = s.nextStatistic(d.Builder, d.net.sparedBias(s))
			order = append(order, s.Name)
		}
	}
	for _, c := range u.carried {
		d.carried(c.value)
		next[c.value.Name] = c.next
		order = append(order, c.value.Name)
		d.scales = append(d.scales, c.value.Name)
	}
	for _, name := range order {
		d.emit(nextPrefix+name, next[name])
	}
}

// carried makes an initializer an input with that default.
func (d *derivation) carried(t *graphs.Tensor) {
	g := d.Model().Graph
	g.Inputs = append(g.Inputs, &graphs.Value{Name: t.Name, Type: t.TensorType()})
}

// slotNames returns the names of all optimizer slots.
func (net *Net) slotNames(opt Optimizer) []string {
	names := []string{}
	for _, p := range net.Parameters {
		for _, suffix := range opt.Slots() {
			names = append(names, p.Name+suffix)
		}
	}
	return names
}

// stepNames returns the names that a step graph gives to its own inputs and
// outputs.
func (net *Net) stepNames(slots []string) []string {
	names := append([]string{RateInput, StepInput, CorrectOutput}, slots...)
	for _, s := range slots {
		names = append(names, nextPrefix+s)
	}
	for _, p := range net.Parameters {
		names = append(names, nextPrefix+p.Name)
	}
	for _, s := range net.Buffers {
		names = append(names, nextPrefix+s.Name)
	}
	return names
}

// describeStep lists in the metadata what a caller has to carry.
func (net *Net) describeStep(m *graphs.Model, inner *Net, slots []string) {
	buffers := []string{}
	for _, s := range net.Buffers {
		buffers = append(buffers, s.Name)
	}
	describe(m, "parameters", net.parameterNames())
	describe(m, "slots", slots)
	describe(m, "buffers", buffers)
	describe(m, "logits", inner.Logits)
	describe(m, "features", inner.Features)
}
