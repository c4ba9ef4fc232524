package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/urfave/cli/v2"
)

// GraphNewOptions are what `memdil graph new` takes.
type GraphNewOptions struct {
	Model   string
	Options zoo.Options
	Output  string
}

func newGraphNewCommand() *cli.Command {
	var o GraphNewOptions
	var activation string
	net := &o.Options
	return &cli.Command{
		Name:      "new",
		Usage:     "write a freshly initialised model",
		UsageText: "memdil graph new [FLAGS] -o MODEL.onnx",
		Description: `The model has the input "input" N×3×32×32 and the outputs "features" and
"logits". The same flags give the same file.

Example, the MLP of the paper with two features:
   memdil graph new --model MLP --width 2048 --depth 9 --use_bn --fixdim 2 -o mlp.onnx`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Value: "MLP", Usage: "architecture: " + strings.Join(zoo.Names(), ", "), Destination: &o.Model},
			&cli.IntFlag{Name: "width", Value: 1024, Usage: "units of a hidden layer", Destination: &net.Width},
			&cli.IntFlag{Name: "depth", Value: 6, Usage: "linear layers before the classifier", Destination: &net.Depth},
			&cli.StringFlag{Name: "act_fn", Value: "relu", Usage: "activation: relu, sigmoid, none", Destination: &activation},
			&cli.BoolFlag{Name: "use_bn", Usage: "batch normalisation after each linear layer", Destination: &net.BatchNorm},
			&cli.BoolFlag{Name: "use_layer_norm", Usage: "layer normalisation after each linear layer", Destination: &net.LayerNorm},
			&cli.IntFlag{Name: "classes", Value: 2, Usage: "number of classes K", Destination: &net.Classes},
			&cli.IntFlag{Name: "fixdim", Usage: "number of features d; 0 takes the model's own (the MLP's is K)", Destination: &net.FixDim},
			&cli.BoolFlag{Name: "no-bias", Usage: "leave out the classifier's bias", Destination: &net.NoBias},
			&cli.BoolFlag{Name: "ETF_fc", Aliases: []string{"ETF"}, Usage: "fix the classifier to a simplex equiangular tight frame", Destination: &net.ETF},
			&cli.Uint64Flag{Name: "seed", Value: 6, Usage: "seed of the initial weights", Destination: &net.Seed},
			outputFlag("the model"),
		},
		Action: func(c *cli.Context) error {
			net.Activation = zoo.Activation(strings.ToLower(activation))
			o.Output = c.Path("output")
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			return runGraphNew(c.Context, o, c.App.ErrWriter)
		},
	}
}

// runGraphNew builds a model of the zoo and writes it.
func runGraphNew(_ context.Context, o GraphNewOptions, stderr io.Writer) error {
	if err := checkOutput(o.Output); err != nil {
		return err
	}
	m, err := zoo.Build(o.Model, o.Options)
	if err != nil {
		return usage(err, "`memdil graph new --help` lists what a model takes")
	}
	if err := graphs.Save(o.Output, m); err != nil {
		return err
	}
	if frozen := zoo.Frozen(o.Options); len(frozen) > 0 {
		fmt.Fprintf(stderr, "%s is fixed: keep it so with --freeze %s in graph grad and graph step\n",
			strings.Join(frozen, ", "), strings.Join(frozen, " --freeze "))
	}
	return nil
}
