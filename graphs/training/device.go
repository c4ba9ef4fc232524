package training

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// DeviceOptions say for what a device graph is made.
type DeviceOptions struct {
	// Pixels is not nil when the data are bytes.
	Pixels *Pixels
	// Batch is the number of samples of every step, at least 1.
	Batch int
	// AtOnce is how many steps the Loop takes at once: more hide what it costs
	// to wait for a GPU, and make the graph as many times larger. 0 is 1.
	AtOnce int
}

// leastPlane is the number of elements from which on planes are standardised
// one by one: the kernels that small tensors take more cost more time than the
// reads and writes that they spare.
const leastPlane = 64

// affineMatrices says whether matrices features × batch, too, are scaled and
// shifted by one operator.
const affineMatrices = false

// Device derives the graph of the device loop: that of Epoch for batches of
// one size, so that all shapes inside the Loop are constants, and with all
// carried values required. Its inputs and outputs have the names of Epoch's.
func (net *Net) Device(o Objective, opt Optimizer, d DeviceOptions) (*graphs.Model, error) {
	t, err := net.deviceTurn(o, opt, d)
	if err != nil {
		return nil, err
	}
	m, err := t.loop("device", d.Pixels)
	if err != nil {
		return nil, err
	}
	dropDefaults(m.Graph)
	return m, nil
}

// deviceTurn derives what the device loop repeats, in the form that suits a GPU.
func (net *Net) deviceTurn(o Objective, opt Optimizer, d DeviceOptions) (*turn, error) {
	t, err := net.turn(o, opt, true)
	if err != nil {
		return nil, err
	}
	input := t.step.Graph.Inputs[0].Name
	for _, pass := range []func(*graphs.Model) (*graphs.Model, error){
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Columns(m, input) },
		func(m *graphs.Model) (*graphs.Model, error) { return passes.FixBatch(m, input, LabelInput, d.Batch) },
		passes.Standardise,
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Planes(m, leastPlane) },
		passes.Scales,
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Affines(m, affineMatrices) },
		passes.Select, passes.SplitReductions,
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Share(m, nil) },
		passes.Views, passes.Hoist,
	} {
		if t.step, err = pass(t.step); err != nil {
			return nil, err
		}
	}
	t.atOnce = d.AtOnce
	return t, nil
}
