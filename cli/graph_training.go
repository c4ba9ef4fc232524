package cli

import (
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TrainingOptions are what the commands that derive a training graph share.
type TrainingOptions struct {
	Model            string // path of the forward graph
	Loss             string
	LSAlpha, LRAlpha float64
	Net              training.Options
}

// lossFlags choose the loss.
func (o *TrainingOptions) lossFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "loss", Value: "ce", Usage: "ce (cross entropy), ls (label smoothing), lr (label relaxation) or mse", Destination: &o.Loss},
		&cli.Float64Flag{Name: "ls-alpha", Value: 0.1, Usage: "smoothing α of ls", Destination: &o.LSAlpha},
		&cli.Float64Flag{Name: "lr-alpha", Value: 0.1, Usage: "relaxation α of lr", Destination: &o.LRAlpha},
	}
}

// netFlags say how to read the forward graph.
func (o *TrainingOptions) netFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "logits", Usage: "`NAME` of the value that holds the logits, where the model does not tell", Destination: &o.Net.Logits},
		&cli.StringFlag{Name: "features-tensor", Usage: "`NAME` of the value that holds the features, in place of the input of the last linear layer", Destination: &o.Net.Features},
		&cli.StringSliceFlag{Name: "params", Usage: "train only the initializers that match `GLOB` (repeatable)"},
		&cli.StringSliceFlag{Name: "freeze", Usage: "do not train initializers that match `GLOB` (repeatable)"},
		&cli.BoolFlag{Name: "dropout", Usage: "keep Dropout active", Destination: &o.Net.Dropout},
	}
}

// read takes from the command line what flags have no destination for.
func (o *TrainingOptions) read(c *cli.Context) (err error) {
	o.Net.Params, o.Net.Freeze = c.StringSlice("params"), c.StringSlice("freeze")
	if kind, err := training.ParseLossKind(o.Loss); err == nil {
		noteIdle(c, kind == training.LabelSmoothing, "--loss ls", "ls-alpha")
		noteIdle(c, kind == training.LabelRelaxation, "--loss lr", "lr-alpha")
	}
	o.Model, err = oneFile(c, "MODEL.onnx")
	return err
}

// noteIdle warns of flags that are given but need something that is not.
func noteIdle(c *cli.Context, given bool, needed string, flags ...string) {
	for _, name := range flags {
		if !given && c.IsSet(name) {
			fmt.Fprintf(c.App.ErrWriter, "warning: --%s has no effect without %s\n", name, needed)
		}
	}
}

// loss returns the loss that the flags choose.
func (o *TrainingOptions) loss() (training.Loss, error) {
	kind, err := training.ParseLossKind(o.Loss)
	if err != nil {
		return training.Loss{}, badFlag("loss", err)
	}
	l := training.Loss{Kind: kind}
	flag := "loss"
	switch kind {
	case training.LabelSmoothing:
		l.Alpha, flag = o.LSAlpha, "ls-alpha"
	case training.LabelRelaxation:
		l.Alpha, flag = o.LRAlpha, "lr-alpha"
	}
	if err := l.Check(); err != nil {
		return training.Loss{}, badFlag(flag, err)
	}
	return l, nil
}

// net reads the forward graph.
func (o *TrainingOptions) net() (*training.Net, error) {
	m, err := graphs.Load(o.Model)
	if err != nil {
		return nil, ofFile(o.Model, err, nameModel)
	}
	net, err := training.NewNet(m, o.Net)
	if err != nil {
		return nil, netError(fmt.Errorf("%s: %w", o.Model, err))
	}
	return net, nil
}

// netError makes the failure to read a model a mistake of usage when a flag is
// to blame.
func netError(err error) error {
	var unknown *training.NameError
	switch {
	case errors.As(err, &unknown):
		return usage(err, "`memdil graph show` lists the names of all values")
	case errors.Is(err, path.ErrBadPattern):
		return usage(err, `in a GLOB, [ begins a set of characters, as in [0-9]; \[ is the character`)
	}
	return err
}

// derive writes the model that of makes of the forward graph.
func (o *TrainingOptions) derive(stderr io.Writer, output string, of func(*training.Net) (*graphs.Model, error)) error {
	if err := checkOutput(output, o.Model); err != nil {
		return err
	}
	net, err := o.net()
	if err != nil {
		return err
	}
	for _, w := range net.Warnings {
		fmt.Fprintf(stderr, "warning: %s\n", w)
	}
	m, err := of(net)
	if err != nil {
		return fmt.Errorf("%s: %w", o.Model, err)
	}
	return saveModel(stderr, output, m)
}
