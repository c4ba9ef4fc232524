package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// GraphStepOptions are what `memdil graph step` takes.
type GraphStepOptions struct {
	TrainingOptions
	Optimizer        string
	Momentum         float64
	WeightDecay      float64
	SepDecay         bool
	FeatureDecayRate float64
	FeatureDecayOn   string
	Output           string
}

func newGraphStepCommand() *cli.Command {
	var o GraphStepOptions
	flags := append(o.lossFlags(), o.optimizerFlags()...)
	return &cli.Command{
		Name:      "step",
		Usage:     "derive the model that does one training step",
		UsageText: "memdil graph step [FLAGS] -o STEP.onnx MODEL.onnx",
		Description: `STEP.onnx is a model of standard ONNX operators. It takes the model's input,
"label" (int64, N), "lr" (float32), "t" (int64, 1 at the first step) and
every carried value X (parameters, optimizer state, running statistics), whose
initial value is the default. It gives "loss" and "correct", both before the
update, and "next.X" for every X: feed them back to train.

Example, as the original trains:
   memdil graph step --optimizer sgd --momentum 0.9 --weight-decay 5e-4 -o step.onnx mlp.onnx`,
		Flags: append(append(flags, o.netFlags()...), outputFlag("the step model")),
		Action: func(c *cli.Context) error {
			o.Output = c.Path("output")
			if err := o.read(c); err != nil {
				return err
			}
			return runGraphStep(c.Context, o, c.App.ErrWriter)
		},
	}
}

func (o *GraphStepOptions) optimizerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "optimizer", Value: "sgd", Usage: "sgd or adam", Destination: &o.Optimizer},
		&cli.Float64Flag{Name: "momentum", Value: 0.9, Usage: "momentum of sgd; 0 keeps no state", Destination: &o.Momentum},
		&cli.Float64Flag{Name: "weight-decay", Value: 5e-4, Usage: "weight decay λ", Destination: &o.WeightDecay},
		&cli.BoolFlag{Name: "sep-decay", Usage: "penalise classifier and features in the loss instead of all parameters in the update", Destination: &o.SepDecay},
		&cli.Float64Flag{Name: "feature-decay-rate", Value: 1e-4, Usage: "feature decay λ_H of --sep-decay", Destination: &o.FeatureDecayRate},
		&cli.StringFlag{Name: "feature-decay-on", Value: "raw", Usage: "what it penalises: raw features, or normalised ones as the original's code does", Destination: &o.FeatureDecayOn},
	}
}

// read does the same for the flags of the optimizer.
func (o *GraphStepOptions) read(c *cli.Context) error {
	if kind, err := training.ParseOptimizerKind(o.Optimizer); err == nil {
		noteIdle(c, kind == training.SGD, "--optimizer sgd", "momentum")
	}
	noteIdle(c, o.SepDecay, "--sep-decay", "feature-decay-rate", "feature-decay-on")
	return o.TrainingOptions.read(c)
}

// runGraphStep derives and writes a step model.
func runGraphStep(_ context.Context, o GraphStepOptions, stderr io.Writer) error {
	return o.deriveStep(stderr, (*training.Net).Step)
}

// deriveStep writes what of makes of the net, objective and optimizer that the
// flags choose.
func (o *GraphStepOptions) deriveStep(stderr io.Writer, of func(*training.Net, training.Objective, training.Optimizer) (*graphs.Model, error)) error {
	objective, err := o.objective()
	if err != nil {
		return err
	}
	optimizer, err := o.optimizer()
	if err != nil {
		return err
	}
	return o.derive(stderr, o.Output, func(net *training.Net) (*graphs.Model, error) {
		return of(net, objective, optimizer)
	})
}

// objective returns the loss with the penalty of --sep-decay.
func (o *GraphStepOptions) objective() (training.Objective, error) {
	loss, err := o.loss()
	if err != nil || !o.SepDecay {
		return training.Objective{Loss: loss}, err
	}
	decay := &training.SepDecay{WeightDecay: o.WeightDecay, FeatureDecay: o.FeatureDecayRate}
	switch strings.ToLower(o.FeatureDecayOn) {
	case "raw":
	case "normalised", "normalized":
		decay.Normalised = true
	default:
		return training.Objective{}, badFlag("feature-decay-on", fmt.Errorf("unknown value %q: one of raw, normalised", o.FeatureDecayOn))
	}
	if err := decay.Check(); err != nil {
		return training.Objective{}, badFlag("sep-decay", err)
	}
	return training.Objective{Loss: loss, Decay: decay}, nil
}

// optimizer returns the update rule. With --sep-decay the objective holds
// the weight decay.
func (o *GraphStepOptions) optimizer() (training.Optimizer, error) {
	kind, err := training.ParseOptimizerKind(o.Optimizer)
	if err != nil {
		return training.Optimizer{}, badFlag("optimizer", err)
	}
	opt := training.Optimizer{Kind: kind, Momentum: o.Momentum, WeightDecay: o.WeightDecay}
	if o.SepDecay {
		opt.WeightDecay = 0
	}
	if err := (training.Optimizer{Momentum: o.Momentum}).Check(); err != nil {
		return training.Optimizer{}, badFlag("momentum", err)
	}
	if err := opt.Check(); err != nil {
		return training.Optimizer{}, badFlag("weight-decay", err)
	}
	return opt, nil
}
