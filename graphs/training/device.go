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
}

// Device derives the graph of the device loop: that of Epoch for batches of
// one size, so that all shapes inside the Loop are constants, and with all
// carried values required. Its inputs and outputs have the names of Epoch's.
func (net *Net) Device(o Objective, opt Optimizer, d DeviceOptions) (*graphs.Model, error) {
	step, err := net.step(o, opt, epochNames())
	if err != nil {
		return nil, err
	}
	input := step.Graph.Inputs[0].Name
	if step, err = passes.FixBatch(step, input, LabelInput, d.Batch); err != nil {
		return nil, err
	}
	m, err := wrap(step, d.Pixels)
	if err != nil {
		return nil, err
	}
	m.Graph.Name = "device"
	dropDefaults(m.Graph)
	return m, nil
}
