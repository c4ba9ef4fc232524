package cli

import (
	"bufio"
	"context"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
	"github.com/memdil/memdil/train"
)

// BenchStepOptions are what `memdil bench step` takes.
type BenchStepOptions struct {
	BenchModelOptions
	Steps, Warmup, Rounds int
	Wait                  bool // for a line of standard input before each round
}

func newBenchStepCommand() *cli.Command {
	var o BenchStepOptions
	return &cli.Command{
		Name:      "step",
		Usage:     "time single training steps",
		UsageText: "memdil bench step [FLAGS]",
		Description: `Trains a model of the zoo, or --graph MODEL.onnx, on random images with random
labels by a loop that ` + "`memdil run`" + ` trains with, and times each step. Of the host
loop's it times the parts as well: the graph (forward and backward), the
optimizer, and the wait for the next batch, which is filled while a step runs.
The device loop runs many steps at once; each counts with their mean.

Example, the largest model of the paper:
   memdil bench step --model MLP --depth 9 --width 2048 --use_bn --batch_size 16

With --rounds it prints a result a round; with --wait as well, each round waits
for a line on standard input, so that rounds can alternate with another
program's, and begins with steps that are not timed, since a processor that
rested runs slowly at first.`,
		Flags: append(o.flags(trainingSettings),
			&cli.IntFlag{Name: "steps", Value: 20, Usage: "steps that are timed", Destination: &o.Steps},
			&cli.IntFlag{Name: "warmup", Value: 5, Usage: "steps before them that are not; with --wait before each round, too", Destination: &o.Warmup},
			&cli.IntFlag{Name: "rounds", Value: 1, Usage: "how often so many steps are timed", Destination: &o.Rounds},
			&cli.BoolFlag{Name: "wait", Usage: "wait for a line on standard input before each round", Destination: &o.Wait}),
		Action: func(c *cli.Context) error {
			if err := o.read(c, trainingSettings); err != nil {
				return err
			}
			return runBenchStep(c.Context, o, c.Command, c.App.Reader, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runBenchStep times training steps.
func runBenchStep(ctx context.Context, o BenchStepOptions, c *cli.Command, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := firstError(atLeast(1, "steps", o.Steps), atLeast(0, "warmup", o.Warmup), atLeast(1, "rounds", o.Rounds)); err != nil {
		return err
	}
	net, rt, err := o.load(ctx, c, stderr)
	if err != nil {
		return err
	}
	s, err := bench.NewStepper(rt, o.Experiment.TrainConfig(net), o.Steps, o.Experiment.SOTA)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Run(ctx, o.Warmup, nil); err != nil {
		return err
	}
	turns := bufio.NewScanner(stdin)
	for range o.Rounds {
		if o.Wait {
			if !turns.Scan() { // the other program has ended
				return turns.Err()
			}
			if err := s.Run(ctx, o.Warmup, nil); err != nil {
				return err
			}
		}
		r, err := s.Round(ctx, o.Steps)
		if err != nil {
			return err
		}
		facts := slices.Concat(o.facts(net), o.stepFacts(s, r), versions(rt))
		if err := printFacts(stdout, o.JSON, facts); err != nil {
			return err
		}
	}
	return nil
}

// stepFacts are what a round measured.
func (o *BenchStepOptions) stepFacts(s *bench.Stepper, r *bench.StepResult) []fact {
	loop := s.Trainer().Loop()
	facts := []fact{
		{key: "loop", name: "loop", value: string(loop)},
		{key: "batch_size", name: "batch size", value: o.Experiment.BatchSize},
		{key: "optimizer", name: "optimizer", value: string(o.Experiment.Optimizer)},
		{key: "steps", name: "steps", value: o.Steps},
	}
	facts = append(facts, times("step_ms", "step", "ms", r.Step, true)...)
	if loop == train.HostLoop {
		facts = append(facts, times("graph_ms", "graph", "ms", r.Graph, false)...)
		facts = append(facts, times("optimizer_ms", "optimizer", "ms", r.Optimizer, false)...)
		facts = append(facts, times("wait_ms", "wait for data", "ms", r.Wait, false)...)
	}
	return append(facts, rate("samples_per_second", "samples per second", r.SamplesPerSecond), peakMemory(r.PeakMemory))
}
