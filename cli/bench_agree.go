package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/train"
)

// BenchAgreeOptions are what `memdil bench agree` takes.
type BenchAgreeOptions struct {
	BenchModelOptions
	Steps     int
	LR        float64
	Tolerance float64
}

func newBenchAgreeCommand() *cli.Command {
	var o BenchAgreeOptions
	return &cli.Command{
		Name:      "agree",
		Usage:     "compare training on a device with training on the CPU",
		UsageText: "memdil bench agree [FLAGS]",
		Description: `Trains a model for a few steps by the host loop on the CPU and, from the same
weights on the same data, by the device loop on --device. Fails when the mean
losses, or how far training has moved weights, momentum and statistics, differ
by more than --tolerance.

Example:
   memdil bench agree --device cuda --model MLP --depth 9 --width 2048 --use_bn`,
		Flags: append(o.flags(loopSettings),
			&cli.IntFlag{Name: "steps", Value: 8, Usage: "steps of training, to which one of half a batch comes", Destination: &o.Steps},
			&cli.Float64Flag{Name: "lr", Value: 1e-4, Usage: "learning rate; a large one amplifies rounding from step to step", Destination: &o.LR},
			&cli.Float64Flag{Name: "tolerance", Value: 0.01, Usage: "the largest relative difference", Destination: &o.Tolerance}),
		Action: func(c *cli.Context) error {
			if err := o.read(c, loopSettings); err != nil {
				return err
			}
			return runBenchAgree(c.Context, o, c.Command, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runBenchAgree trains in both ways and prints the differences.
func runBenchAgree(ctx context.Context, o BenchAgreeOptions, c *cli.Command, stdout, stderr io.Writer) error {
	if err := firstError(atLeast(1, "steps", o.Steps), atLeast(2, "batch_size", o.Experiment.BatchSize)); err != nil {
		return err
	}
	if o.Experiment.Optimizer == training.LBFGS {
		return badFlag("optimizer", errors.New("only the host loop trains by L-BFGS: there is nothing to compare it with"))
	}
	net, rt, err := o.load(ctx, c, stderr)
	if err != nil {
		return err
	}
	o.Experiment.LR = o.LR
	host, device := o.Experiment.TrainConfig(net), o.Experiment.TrainConfig(net)
	host.Device, host.Loop, device.Loop = ort.Device{Kind: ort.CPU}, train.HostLoop, train.DeviceLoop
	a, err := bench.Agree(ctx, rt, [2]train.Config{host, device}, o.Steps, o.Experiment.SOTA)
	if err != nil {
		return err
	}
	facts := slices.Concat(o.facts(net), []fact{
		{key: "batch_size", name: "batch size", value: o.Experiment.BatchSize},
		{key: "steps", name: "steps", value: o.Steps},
		{key: "loss_cpu", name: "mean loss on the CPU", value: a.Losses[0], text: fmt.Sprintf("%.7g", a.Losses[0])},
		{key: "loss_device", name: "mean loss on the device", value: a.Losses[1], text: fmt.Sprintf("%.7g", a.Losses[1])},
		{key: "parameters_apart", name: "difference of parameters", value: a.Parameters, text: fmt.Sprintf("%.2g", a.Parameters)},
		{key: "slots_apart", name: "difference of slots", value: a.Slots, text: fmt.Sprintf("%.2g", a.Slots)},
		{key: "statistics_apart", name: "difference of statistics", value: a.Statistics, text: fmt.Sprintf("%.2g", a.Statistics)},
	}, versions(rt))
	if err := printFacts(stdout, o.JSON, facts); err != nil {
		return err
	}
	if worst := a.Worst(); !(worst <= o.Tolerance) {
		return fmt.Errorf("the device loop on %s and the host loop on the CPU differ by %.2g, more than --tolerance %g", o.Experiment.Device, worst, o.Tolerance)
	}
	return nil
}
