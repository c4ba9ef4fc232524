package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
)

// BenchProfileOptions are what `memdil bench profile` takes.
type BenchProfileOptions struct {
	BenchModelOptions
	Steps  int
	Output string // keeps the runtime's own file; "" does not
}

func newBenchProfileCommand() *cli.Command {
	var o BenchProfileOptions
	return &cli.Command{
		Name:      "profile",
		Usage:     "say what a training step is spent on",
		UsageText: "memdil bench profile [FLAGS]",
		Description: `Trains a model while ONNX Runtime notes each operator's time, and sums the notes
up: of the host loop's graph, forward and backward, or of a whole step of the
device loop. Fails when a node copies between devices or runs on another.

Example:
   memdil bench profile --device cuda --model MLP --depth 9 --width 2048 --use_bn`,
		Flags: append(o.flags(trainingSettings),
			&cli.IntFlag{Name: "steps", Value: 8, Usage: "steps of training", Destination: &o.Steps},
			outputFlag("the runtime's own notes, in the format of Chrome's tracing,")),
		Action: func(c *cli.Context) error {
			if err := o.read(c, trainingSettings); err != nil {
				return err
			}
			o.Output = c.Path("output")
			return runBenchProfile(c.Context, o, c.Command, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runBenchProfile profiles training steps.
func runBenchProfile(ctx context.Context, o BenchProfileOptions, c *cli.Command, stdout, stderr io.Writer) error {
	if err := atLeast(1, "steps", o.Steps); err != nil {
		return err
	}
	if o.Output != "" {
		if err := checkOutput(o.Output); err != nil {
			return err
		}
	}
	net, rt, err := o.load(ctx, c, stderr)
	if err != nil {
		return err
	}
	p, err := bench.Profile(ctx, rt, o.Experiment.TrainConfig(net), o.Steps, o.Experiment.SOTA, o.Output)
	if err != nil {
		return err
	}
	facts := slices.Concat(o.facts(net), []fact{
		{key: "batch_size", name: "batch size", value: o.Experiment.BatchSize},
		{key: "steps", name: "steps", value: p.Steps},
		{key: "nodes", name: "nodes a step", value: p.Nodes()},
	}, operatorFacts(p), versions(rt))
	if err := printFacts(stdout, o.JSON, facts); err != nil {
		return err
	}
	return strays(p)
}

// operatorFacts are the operators' times and numbers, a step.
func operatorFacts(p *bench.StepProfile) []fact {
	var facts []fact
	for _, op := range p.Operators {
		us := float64(op.Time) / float64(time.Microsecond) / float64(p.Steps)
		count := float64(op.Count) / float64(p.Steps)
		facts = append(facts, fact{
			key: "operator " + op.Op + " " + op.Provider, name: op.Op,
			value: map[string]float64{"nodes": count, "us": us},
			text:  fmt.Sprintf("%.4g µs in %.4g %s", us, count, plural(count, "node")),
		})
	}
	return facts
}

// strays reports nodes that do not belong into a step.
func strays(p *bench.StepProfile) error {
	var names []string
	for _, op := range p.Strays {
		names = append(names, fmt.Sprintf("%d × %s on %s", op.Count, op.Op, op.Provider))
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("in a step are nodes that copy between devices or run elsewhere: %s", strings.Join(names, ", "))
}
