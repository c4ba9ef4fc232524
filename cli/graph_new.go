package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/pipeline/settings"
)

// GraphNewOptions are what `memdil graph new` takes.
type GraphNewOptions struct {
	Model   string
	Options zoo.Options
	Output  string
}

func newGraphNewCommand() *cli.Command {
	return &cli.Command{
		Name:      "new",
		Usage:     "write a freshly initialised model",
		UsageText: "memdil graph new [FLAGS] -o MODEL.onnx",
		Description: `The model has the input "input" N×3×32×32 and the outputs "features" and
"logits". The same flags give the same file.

Example, the MLP of the paper with two features:
   memdil graph new --model MLP --width 2048 --depth 9 --use_bn --fixdim 2 -o mlp.onnx`,
		Flags: append(modelFlags(), outputFlag("the model")),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			e := settings.Defaults()
			for _, name := range modelSettings {
				if err := setFrom(c, &e, name); err != nil {
					return err
				}
			}
			for _, warning := range e.Warnings() {
				fmt.Fprintf(c.App.ErrWriter, "memdil: %s\n", warning)
			}
			o := GraphNewOptions{Model: e.Model, Options: e.ModelOptions(), Output: c.Path("output")}
			return runGraphNew(c.Context, o, c.App.ErrWriter)
		},
	}
}

// modelSettings are the settings of an experiment that make its model.
var modelSettings = []string{
	"model", "width", "depth", "act_fn", "use_bn", "use_layer_norm", "classes", "fixdim", "no_bias", "ETF_fc", "SOTA", "seed",
}

func modelFlags() (flags []cli.Flag) {
	for _, f := range settingFlags() {
		if slices.Contains(modelSettings, f.Names()[0]) {
			flags = append(flags, f)
		}
	}
	return flags
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
	if err := saveModel(stderr, o.Output, m); err != nil {
		return err
	}
	if frozen := zoo.Frozen(o.Options); len(frozen) > 0 {
		fmt.Fprintf(stderr, "%s is fixed: keep it so with --freeze %s in graph grad and graph step\n",
			strings.Join(frozen, ", "), strings.Join(frozen, " --freeze "))
	}
	return nil
}
