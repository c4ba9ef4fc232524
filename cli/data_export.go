package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/settings"
)

// DataExportOptions are what `memdil data export` takes.
type DataExportOptions struct {
	Experiment settings.Experiment
	Output     string   // the folder
	Argv       []string // the command line, to be recorded
}

func newDataExportCommand() *cli.Command {
	var o DataExportOptions
	return &cli.Command{
		Name:      "export",
		Usage:     "write what an experiment trains on, for other programs",
		UsageText: "memdil data export [-f FILE] [FLAGS of memdil run] -o DIR",
		Description: `Writes a folder with the selected images as bytes, their labels and true labels,
the order of the samples in every epoch, the model at its initial weights
(initial.onnx) and all settings, so that another program can train the same.
docs/data.md says what is in it. The folder appears whole, or not at all.

Examples, the second for a run that is there:
   memdil data export --dataset mnist --model MLP --use_bn --label_noise 0.2 -o exported
   memdil data export -f runs/UID/experiment.toml -o exported`,
		Flags: append(trainingSettingFlags(), fileFlag(),
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to the folder `DIR`", Destination: &o.Output},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			if o.Output == "" {
				return usage(errors.New("-o DIR is missing"), "name the folder to write, which may be a new one")
			}
			config, err := configFrom(c)
			if err != nil {
				return err
			}
			o.Experiment, o.Argv = config.Experiment, os.Args
			return runDataExport(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// trainingSettingFlags are flags for the settings of data and training, and for
// force.
func trainingSettingFlags() []cli.Flag {
	var wanted []string
	for _, s := range settings.Table() {
		if s.Stage == settings.StageData || s.Stage == settings.StageTrain || s.Name == "force" {
			wanted = append(wanted, s.Name)
		}
	}
	return slices.DeleteFunc(settingFlags(), func(f cli.Flag) bool { return !slices.Contains(wanted, f.Names()[0]) })
}

// runDataExport writes the folder and prints its name.
func runDataExport(ctx context.Context, o DataExportOptions, stdout, stderr io.Writer) error {
	printWarnings(stderr, o.Experiment)
	v := newView(stderr, "")
	defer v.stop()
	err := pipeline.ExportData(ctx, o.Experiment, o.Output, pipeline.Options{
		Reporter: v, Log: newLog(v), Provenance: provenance(o.Argv),
	})
	v.stop()
	switch {
	case errors.Is(err, context.Canceled):
		return err // there is nothing to go on from
	case err != nil:
		return advise(err, "")
	}
	_, err = fmt.Fprintln(stdout, o.Output)
	return err
}
