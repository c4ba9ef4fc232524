package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline"
)

// newStageCommand returns the command that runs one stage of a run folder
// again.
func newStageCommand(name string, s pipeline.Stage, usage, description string) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, Description: description,
		UsageText: fmt.Sprintf("memdil %s RUN_DIR", name),
		Action: func(c *cli.Context) error {
			dir, err := oneFile(c, "the run folder")
			if err != nil {
				return err
			}
			if s == pipeline.StageTrain && wantsChild(deviceOf(dir)) {
				return runChild(c.Context, os.Args, c.App.Writer, c.App.ErrWriter)
			}
			return runStage(c.Context, dir, s, "", c.App.ErrWriter)
		},
	}
}

// deviceOf returns the device of a run folder; of one that cannot be read, the
// CPU, where the stage will say what is wrong.
func deviceOf(dir string) ort.Device {
	e, _, err := pipeline.ReadTOML(filepath.Join(dir, pipeline.ExperimentFile))
	if err != nil {
		return ort.Device{Kind: ort.CPU}
	}
	return e.Device
}

func newTrainCommand() *cli.Command {
	return newStageCommand("train", pipeline.StageTrain, "train the model of a run folder",
		`Trains by the folder's experiment.toml, going on from its checkpoint if it has
one, and writes model.onnx and history.arrow.

Example:
   memdil train runs/MLP_mnist_c2_ln0.2_LS0.1_relu_d3_w256_wd0.0005-0.0001_with_bn_s6`)
}

// ExportOptions are what `memdil export` takes.
type ExportOptions struct {
	Engine string
	Epoch  string // whose model is written, in place of features
	Output string // where to
}

func newExportCommand() *cli.Command {
	var o ExportOptions
	return &cli.Command{
		Name: "export", Usage: "compute the features of a run folder's samples",
		UsageText: "memdil export [--engine ort|onnx-go | --epoch N|best -o MODEL.onnx] RUN_DIR",
		Description: `Runs all training and test samples through the folder's model.onnx and writes
features/train.arrow, test.arrow and classifier.arrow.

With --epoch it writes the model as it was after an epoch instead: the best one,
or one of those that --checkpoint_every_epoch kept.

Examples, the first with the second engine, in pure Go:
   memdil export --engine onnx-go runs/UID
   memdil export --epoch best -o best.onnx runs/UID`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "engine", Usage: "what computes the features, ort or onnx-go", DefaultText: "the run's own", Destination: &o.Engine},
			&cli.StringFlag{Name: "epoch", Usage: "write the model as it was after this epoch, a number or best", Destination: &o.Epoch},
			outputFlag("that model"),
		},
		Action: func(c *cli.Context) error {
			dir, err := oneFile(c, "the run folder")
			if err != nil {
				return err
			}
			o.Output = c.Path("output")
			return runExport(c.Context, o, dir, c.App.ErrWriter)
		},
	}
}

// runExport computes the features of a run folder's samples, or writes the
// model of one of its epochs.
func runExport(ctx context.Context, o ExportOptions, dir string, stderr io.Writer) error {
	if (o.Epoch == "") != (o.Output == "") {
		return usage(errors.New("--epoch and --output belong together"), "`memdil export --epoch best -o best.onnx %s`", dir)
	}
	if o.Epoch != "" {
		if o.Engine != "" {
			return usage(errors.New("--engine computes features, --epoch writes a model"), "leave one of them out")
		}
		if err := checkOutput(o.Output); err != nil {
			return err
		}
		m, err := pipeline.KeptModel(dir, o.Epoch)
		if err != nil {
			return settingError(err)
		}
		return saveModel(stderr, o.Output, m)
	}
	var kind features.EngineKind
	if o.Engine != "" {
		var err error
		if kind, err = features.ParseEngineKind(o.Engine); err != nil {
			return badFlag("engine", err)
		}
	}
	return runStage(ctx, dir, pipeline.StageExport, pipeline.Engine(kind), stderr)
}

// runStage runs one stage of a run folder; engine, unless it is "", computes the
// features in place of the run's own.
func runStage(ctx context.Context, dir string, s pipeline.Stage, engine pipeline.Engine, stderr io.Writer) error {
	return runStageWith(ctx, dir, s, pipeline.Options{Engine: engine}, stderr)
}

// runStageWith runs one stage with further options.
func runStageWith(ctx context.Context, dir string, s pipeline.Stage, o pipeline.Options, stderr io.Writer) error {
	v := newView(stderr, "")
	defer v.stop()
	o.Reporter, o.Log = v, newLog(v)
	return advise(pipeline.RunStage(ctx, dir, s, o), "")
}
