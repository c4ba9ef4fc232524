package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// GraphEpochOptions are what `memdil graph epoch` takes.
type GraphEpochOptions struct {
	GraphStepOptions
	Mean, Std []float64 // of bytes, by channel; empty for float data
}

func newGraphEpochCommand() *cli.Command {
	var o GraphEpochOptions
	flags := append(o.lossFlags(), o.optimizerFlags()...)
	flags = append(flags, o.netFlags()...)
	return &cli.Command{
		Name:      "epoch",
		Usage:     "derive the model that does many training steps in one run",
		UsageText: "memdil graph epoch [FLAGS] -o EPOCH.onnx MODEL.onnx",
		Description: `EPOCH.onnx holds the training step in a Loop. It takes "data" (the model's
input of all samples, or bytes with --mean and --std), "labels" (int64),
"order" (int64, steps × batch: the samples of each step), "lr" (steps), "t"
(int64, the number of the first step) and every carried value X with its
default. It gives "losses" and "correct", one a step, and "next.X".

Example, MNIST's bytes as three channels:
   memdil graph epoch --mean .1307,.1307,.1307 --std .3081,.3081,.3081 -o epoch.onnx mlp.onnx`,
		Flags: append(flags,
			&cli.StringFlag{Name: "mean", Usage: "the data are bytes: subtract these means, `M1,M2,…` by channel, after division by 255"},
			&cli.StringFlag{Name: "std", Usage: "and divide by these standard deviations, `S1,S2,…`"},
			outputFlag("the epoch model")),
		Action: func(c *cli.Context) (err error) {
			o.Output = c.Path("output")
			if o.Mean, err = numbers("mean", c.String("mean")); err != nil {
				return err
			}
			if o.Std, err = numbers("std", c.String("std")); err != nil {
				return err
			}
			if err := o.read(c); err != nil {
				return err
			}
			return runGraphEpoch(c.Context, o, c.App.ErrWriter)
		},
	}
}

// runGraphEpoch derives and writes an epoch model.
func runGraphEpoch(_ context.Context, o GraphEpochOptions, stderr io.Writer) error {
	var pixels *training.Pixels
	if len(o.Mean) != len(o.Std) {
		return usage(errors.New("--mean and --std differ in length"), "give both, one number a channel")
	}
	for _, s := range o.Std {
		if !(s > 0) {
			return badFlag("std", fmt.Errorf("%g is not positive", s))
		}
	}
	if len(o.Mean) > 0 {
		pixels = &training.Pixels{Mean: o.Mean, Std: o.Std}
	}
	return o.deriveStep(stderr, func(net *training.Net, objective training.Objective, opt training.Optimizer) (*graphs.Model, error) {
		return net.Epoch(objective, opt, pixels)
	})
}
