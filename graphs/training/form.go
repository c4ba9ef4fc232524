package training

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// useTrainingForm makes every BatchNormalization that keeps running statistics
// use those of the batch, and Dropout pass its input on unless it is to stay active.
func (net *Net) useTrainingForm(dropout bool) error {
	m, err := batchnorm.LowerComputed(net.Model)
	if err != nil {
		return err
	}
	m, err = passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		switch n.StandardOp() {
		case "BatchNormalization":
			n.SetAttr(graphs.Int("training_mode", 1))
			if len(n.Outputs) > 1 { // unused ones are gone
				b.Failf("its output %q is in use, and training has statistics of its own: replace it in the model", n.Outputs[len(n.Outputs)-1])
			}
		case "Dropout":
			if !dropout {
				return []string{n.Input(0)}
			}
			activate(b, n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	net.Model = passes.Prune(m)
	return nil
}

// activate turns a Dropout node on.
func activate(b *graphs.Builder, n *graphs.Node) {
	ratio := n.Input(1)
	n.Inputs = []string{n.Input(0), ratio, b.Const(graphs.NewTensor("", graphs.Bool, nil, []float64{1}))}
}
