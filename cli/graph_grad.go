package cli

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// GraphGradOptions are what `memdil graph grad` takes.
type GraphGradOptions struct {
	TrainingOptions
	Output string
}

func newGraphGradCommand() *cli.Command {
	var o GraphGradOptions
	return &cli.Command{
		Name:      "grad",
		Usage:     "derive the model that computes loss and gradients",
		UsageText: "memdil graph grad [FLAGS] -o GRAD.onnx MODEL.onnx",
		Description: `GRAD.onnx is a model of standard ONNX operators that any runtime runs. It takes
the model's input and "label" (int64, N) and gives "loss", the mean over the
batch, and "grad.P" for every parameter P.

Example, with label smoothing and only the last layer trained:
   memdil graph grad --loss ls --ls-alpha 0.1 --params 'fc.*' -o grad.onnx mlp.onnx`,
		Flags: append(append(o.lossFlags(), o.netFlags()...), outputFlag("the gradient model")),
		Action: func(c *cli.Context) error {
			o.Output = c.Path("output")
			if err := o.read(c); err != nil {
				return err
			}
			return runGraphGrad(c.Context, o, c.App.ErrWriter)
		},
	}
}

// runGraphGrad derives and writes a gradient model.
func runGraphGrad(_ context.Context, o GraphGradOptions, stderr io.Writer) error {
	loss, err := o.loss()
	if err != nil {
		return err
	}
	return o.derive(stderr, o.Output, func(net *training.Net) (*graphs.Model, error) {
		return net.Gradient(training.Objective{Loss: loss})
	})
}
