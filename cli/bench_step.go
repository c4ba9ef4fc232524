package cli

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
	"github.com/memdil/memdil/ort"
)

// BenchStepOptions are what `memdil bench step` takes.
type BenchStepOptions struct {
	BenchModelOptions
	Steps, Warmup int
}

func newBenchStepCommand() *cli.Command {
	var o BenchStepOptions
	return &cli.Command{
		Name:      "step",
		Usage:     "time single training steps",
		UsageText: "memdil bench step [FLAGS]",
		Description: `Trains a model of the zoo, or --graph MODEL.onnx, on random images with random
labels by the loop that ` + "`memdil run`" + ` trains with, and times each step: the
whole, the graph (forward and backward), the optimizer, and the wait for the
next batch, which is filled while a step runs.

Example, the largest model of the paper:
   memdil bench step --model MLP --depth 9 --width 2048 --use_bn --batch_size 16`,
		Flags: append(o.flags(trainingSettings),
			&cli.IntFlag{Name: "steps", Value: 20, Usage: "steps that are timed", Destination: &o.Steps},
			&cli.IntFlag{Name: "warmup", Value: 5, Usage: "steps before them that are not", Destination: &o.Warmup}),
		Action: func(c *cli.Context) error {
			if err := o.read(c, trainingSettings); err != nil {
				return err
			}
			return runBenchStep(c.Context, o, c.Command, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runBenchStep times training steps.
func runBenchStep(ctx context.Context, o BenchStepOptions, c *cli.Command, stdout, stderr io.Writer) error {
	if err := firstError(atLeast(1, "steps", o.Steps), atLeast(0, "warmup", o.Warmup)); err != nil {
		return err
	}
	net, err := o.net(c, stderr)
	if err != nil {
		return err
	}
	rt, err := ort.Load(ctx)
	if err != nil {
		return err
	}
	r, err := bench.Step(ctx, rt, o.Experiment.TrainConfig(net),
		bench.StepOptions{Warmup: o.Warmup, Steps: o.Steps, Augment: o.Experiment.SOTA})
	if err != nil {
		return err
	}
	facts := append(o.facts(net),
		fact{key: "batch_size", name: "batch size", value: o.Experiment.BatchSize},
		fact{key: "optimizer", name: "optimizer", value: string(o.Experiment.Optimizer)},
		fact{key: "steps", name: "steps", value: o.Steps})
	facts = append(facts, times("step_ms", "step", "ms", r.Step, true)...)
	facts = append(facts, times("graph_ms", "graph", "ms", r.Graph, false)...)
	facts = append(facts, times("optimizer_ms", "optimizer", "ms", r.Optimizer, false)...)
	facts = append(facts, times("wait_ms", "wait for data", "ms", r.Wait, false)...)
	facts = append(facts, rate("samples_per_second", "samples per second", r.SamplesPerSecond), peakMemory(r.PeakMemory))
	return printFacts(stdout, o.JSON, append(facts, versions(rt)...))
}
