package train_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/train"
)

// TestDropoutIsDrawnAnew trains a net that draws random numbers, whose steps are
// not recorded, for a replay would draw the same ones: equal batches at a
// learning rate of 0 have losses that differ.
func TestDropoutIsDrawnAnew(t *testing.T) {
	train.RecordAnywhere(t)
	m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 16, Depth: 2, FixDim: 64, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	i := len(m.Graph.Nodes) - 1 // the classifier
	dropped := &graphs.Node{Op: "Dropout", Inputs: []string{m.Graph.Nodes[i].Inputs[0]}, Outputs: []string{"dropped"}}
	m.Graph.Nodes[i].Inputs[0] = "dropped"
	m.Graph.Nodes = append(m.Graph.Nodes[:i:i], dropped, m.Graph.Nodes[i])
	c := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop, c.Schedule.LR = train.DeviceLoop, 1e-30 })
	if c.Net, err = training.NewNet(m, training.Options{Dropout: true}); err != nil {
		t.Fatal(err)
	}
	epochs := trainEpochs(t, newTrainer(t, c, noise(8, pixels)), 4)
	for i, e := range epochs[1:] {
		if e.Loss == epochs[0].Loss {
			t.Errorf("epochs 1 and %d have the same loss, %v", i+2, e.Loss)
		}
	}
}
