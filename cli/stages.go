package cli

import (
	"context"
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

func newExportCommand() *cli.Command {
	engine := ""
	c := newStageCommand("export", pipeline.StageExport, "compute the features of a run folder's samples",
		`Runs all training and test samples through the folder's model.onnx and writes
features/train.arrow, test.arrow and classifier.arrow.

Example, with the second engine, in pure Go:
   memdil export --engine onnx-go runs/UID`)
	c.UsageText = "memdil export [--engine ort|onnx-go] RUN_DIR"
	c.Flags = []cli.Flag{&cli.StringFlag{
		Name: "engine", Usage: "what computes the features, ort or onnx-go", DefaultText: "the run's own", Destination: &engine,
	}}
	c.Action = func(c *cli.Context) error {
		dir, err := oneFile(c, "the run folder")
		if err != nil {
			return err
		}
		var kind features.EngineKind
		if engine != "" {
			if kind, err = features.ParseEngineKind(engine); err != nil {
				return badFlag("engine", err)
			}
		}
		return runStage(c.Context, dir, pipeline.StageExport, pipeline.Engine(kind), c.App.ErrWriter)
	}
	return c
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
