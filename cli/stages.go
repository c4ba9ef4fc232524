package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// newStageCommand returns the command that runs one stage of a run folder
// again.
func newStageCommand(name string, s settings.Stage, usage, description string) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, Description: description,
		UsageText: fmt.Sprintf("memdil %s RUN_DIR", name),
		Action: func(c *cli.Context) error {
			dir, err := oneFile(c, "the run folder")
			if err != nil {
				return err
			}
			if s == settings.StageTrain && wantsChild(deviceOf(dir)) {
				return runChild(c.Context, os.Args, c.App.Writer, c.App.ErrWriter)
			}
			return runStage(c.Context, dir, s, pipeline.Options{}, c.App.ErrWriter)
		},
	}
}

// deviceOf returns the device of a run folder; of one that cannot be read, the
// CPU, where the stage will say what is wrong.
func deviceOf(dir string) ort.Device {
	e, _, err := settings.ReadTOML(filepath.Join(dir, runfolder.ExperimentFile))
	if err != nil {
		return ort.Device{Kind: ort.CPU}
	}
	return e.Device
}

func newTrainCommand() *cli.Command {
	return newStageCommand("train", settings.StageTrain, "train the model of a run folder",
		`Trains by the folder's experiment.toml, going on from its checkpoint if it has
one, and writes model.onnx and history.arrow.

Example:
   memdil train runs/MLP_mnist_c2_ln0.2_LS0.1_relu_d3_w256_wd0.0005-0.0001_with_bn_s6`)
}

// runStage runs one stage of a run folder again.
func runStage(ctx context.Context, dir string, s settings.Stage, o pipeline.Options, stderr io.Writer) error {
	v := newView(stderr, "")
	defer v.stop()
	o.Reporter, o.Log = v, newLog(v)
	return advise(pipeline.RunStage(ctx, dir, s, o), "")
}
