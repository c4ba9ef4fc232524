package training

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
)

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
	t, err := net.turn(o, opt, turnOptions{})
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
	form  form // nil where all is carried as the caller knows it
	// scales are what the body carries for the form alone.
	scales []string
	bundles
	atOnce int // turns of one run of the body; 0 is 1
}

// turnOptions say for what a turn is made.
type turnOptions struct {
	gradients autodiff.Options // but for the factor
	rate      float64          // the learning rate where that is known, else 0
	// rewritten is what becomes of the net, nil for nothing. It comes after dropShifts,
	// from which it may hide what biases are.
	rewritten func(*Net) (*Net, error)
}

// turn derives what a Loop repeats: Step with small tensors in bundles and
// SGD's update in a form of fewer operators.
func (net *Net) turn(o Objective, opt Optimizer, how turnOptions) (*turn, error) {
	if err := net.checkOutside(opt); err != nil {
		return nil, err
	}
	t := &turn{net: net, opt: opt}
	inner := net.dropShifts()
	if how.rewritten != nil {
		var err error
		if inner, err = how.rewritten(inner); err != nil {
			return nil, err
		}
	}
	t.inner, t.bundles = inner.bundle(opt)
	newUpdate := opt.velocity
	if s := opt.steadily(how.rate); s != nil {
		t.inner, t.form, newUpdate = s.scaled(t.inner), s, s.update
	} else if len(opt.Slots()) > 0 && opt.Kind == SGD {
		t.form = velocityForm{}
	}
	d, err := t.inner.begin(o, t.inner.stepNames(t.inner.slotNames(opt)))
	if err != nil {
		return nil, err
	}
	d.gradients = how.gradients
	if err := d.step(opt, newUpdate); err != nil {
		return nil, err
	}
	t.inner, t.scales = d.net, d.scales
	t.step, err = d.finish("step")
	return t, err
}

// checkOutside returns an error when what is carried, which is outside the Loop
// under its own name, has the name of something else there or inside.
func (net *Net) checkOutside(opt Optimizer) error {
	slots := net.slotNames(opt)
	names := append(net.stepNames(slots), DataInput, LabelsInput, OrderInput, LossesOutput)
	if err := refuseClash(net.carriedNames(), append(names, LabelInput, LossOutput)); err != nil {
		return err
	}
	for _, name := range net.carriedNames() {
		for _, prefix := range []string{bodyPrefix, turnPrefix, outerPrefix} {
			if strings.HasPrefix(name, prefix) {
				return fmt.Errorf("the model's %q begins with %q, as the names around a Loop's steps do: rename it in the model", name, prefix)
			}
		}
	}
	return nil
}
