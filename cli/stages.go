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
	v := newView(stderr, "")
	defer v.stop()
	err := pipeline.RunStage(ctx, dir, s, pipeline.Options{Reporter: v, Log: newLog(v), Engine: engine})
	return advise(err, "")
}

// ReportOptions are what `memdil report` takes.
type ReportOptions struct {
	Runs   []string
	Output string // the report's folder; "" for the run folder's own
}

func newReportCommand() *cli.Command {
	var o ReportOptions
	return &cli.Command{
		Name:      "report",
		Usage:     "draw the report of one run folder, or of several side by side",
		UsageText: "memdil report [-o DIR] RUN_DIR…",
		Description: `Reads what the stages before wrote and writes DIR/index.html with its figures.
One run folder's report goes to its report folder unless -o names another.

Example, two losses side by side:
   memdil report -o comparison runs/UID_OF_CE runs/UID_OF_LS`,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the report to `DIR`", Destination: &o.Output},
		},
		Action: func(c *cli.Context) error {
			o.Runs = c.Args().Slice()
			return runReport(o, c.App.Writer)
		},
	}
}

// runReport writes a report and prints its path.
func runReport(o ReportOptions, stdout io.Writer) error {
	switch {
	case len(o.Runs) == 0:
		return usage(fmt.Errorf("no run folder is given"), "usage: memdil report [-o DIR] RUN_DIR…")
	case o.Output == "" && len(o.Runs) > 1:
		return usage(fmt.Errorf("-o is missing"), "a report on several runs needs a folder of its own")
	case o.Output == "":
		o.Output = filepath.Join(o.Runs[0], pipeline.ReportDir)
	}
	if err := pipeline.Report(o.Output, o.Runs...); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, filepath.Join(o.Output, "index.html"))
	return err
}
