package cli

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
)

// BenchEpochOptions are what `memdil bench epoch` takes.
type BenchEpochOptions struct {
	BenchModelOptions
	Samples, Epochs int
}

func newBenchEpochCommand() *cli.Command {
	var o BenchEpochOptions
	return &cli.Command{
		Name:      "epoch",
		Usage:     "time whole epochs of training",
		UsageText: "memdil bench epoch [FLAGS]",
		Description: `Trains as ` + "`memdil bench step`" + ` does, for whole epochs over so many samples:
order, feeding and the last partial batch included.

Example:
   memdil bench epoch --samples 10000 --model MLP --depth 4 --width 256 --use_bn --batch_size 64`,
		Flags: append(o.flags(trainingSettings),
			&cli.IntFlag{Name: "samples", Value: 10_000, Usage: "samples of an epoch", Destination: &o.Samples},
			&cli.IntFlag{Name: "epochs", Value: 3, Usage: "epochs that are timed, after one that is not", Destination: &o.Epochs}),
		Action: func(c *cli.Context) error {
			if err := o.read(c, trainingSettings); err != nil {
				return err
			}
			return runBenchEpoch(c.Context, o, c.Command, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runBenchEpoch times epochs.
func runBenchEpoch(ctx context.Context, o BenchEpochOptions, c *cli.Command, stdout, stderr io.Writer) error {
	if err := firstError(atLeast(o.Experiment.BatchSize, "samples", o.Samples), atLeast(1, "epochs", o.Epochs)); err != nil {
		return err
	}
	net, rt, err := o.load(ctx, c, stderr)
	if err != nil {
		return err
	}
	r, err := bench.Epoch(ctx, rt, o.Experiment.TrainConfig(net),
		bench.EpochOptions{Samples: o.Samples, Epochs: o.Epochs, Augment: o.Experiment.SOTA})
	if err != nil {
		return err
	}
	facts := append(o.facts(net),
		fact{key: "batch_size", name: "batch size", value: o.Experiment.BatchSize},
		fact{key: "optimizer", name: "optimizer", value: string(o.Experiment.Optimizer)},
		fact{key: "samples", name: "samples", value: o.Samples},
		fact{key: "epochs", name: "epochs", value: o.Epochs})
	facts = append(facts, times("epoch_seconds", "epoch", "s", r.Seconds, true)...)
	facts = append(facts, rate("samples_per_second", "samples per second", r.SamplesPerSecond), peakMemory(r.PeakMemory))
	return printFacts(stdout, o.JSON, append(facts, versions(rt)...))
}
