package training

import "github.com/memdil/memdil/graphs"

// Names of an epoch graph's inputs and outputs besides those of a step.
const (
	DataInput    = "data"
	LabelsInput  = "labels"
	OrderInput   = "order"
	LossesOutput = "losses"
)

// Epoch derives the graph of many steps: a Loop whose carried values are those
// of Step. Inputs are "data" (M×…, the model's input without its batch, or
// bytes of that shape when pixels is not nil), "labels" (int64, M), "order"
// (int64, steps×batch: the samples of each step), "lr" (float32, steps), "t"
// (int64, rank 0: the number of the first step, from 1) and every carried
// value X with its default; outputs are "losses" (float32, steps), "correct"
// (int64, steps) and "next.X". Nothing passes between the steps outside the
// graph. A last partial batch is one more run.
func (net *Net) Epoch(o Objective, opt Optimizer, pixels *Pixels) (*graphs.Model, error) {
	t, err := net.turn(o, opt, false)
	if err != nil {
		return nil, err
	}
	return t.loop("epoch", pixels)
}

// turn is one step on its way into a Loop.
type turn struct {
	net   *Net // as the caller knows it
	opt   Optimizer
	step  *graphs.Model
	inner *Net
	bundles
	atOnce int // turns of one run of the body; 0 is 1
}

// turn derives what a Loop repeats: Step with small tensors in bundles and
// SGD's update in the form of velocity; unfold is that of autodiff.Options.
func (net *Net) turn(o Objective, opt Optimizer, unfold bool) (*turn, error) {
	names := append(net.stepNames(net.slotNames(opt)), DataInput, LabelsInput, OrderInput, LossesOutput)
	if _, err := net.reserve(append(names, LabelInput, LossOutput)); err != nil {
		return nil, err
	}
	inner, held := net.dropShifts().bundle(opt)
	d, err := inner.begin(o, inner.stepNames(inner.slotNames(opt)))
	if err != nil {
		return nil, err
	}
	d.unfold = unfold
	if err := d.step(opt, opt.velocity); err != nil {
		return nil, err
	}
	m, err := d.finish("step")
	return &turn{net: net, opt: opt, step: m, bundles: held, inner: d.net}, err
}
