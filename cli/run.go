package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline"
)

// RunOptions are what `memdil run` takes.
type RunOptions struct {
	Experiment pipeline.Experiment
	Argv       []string // the command line, to be recorded
}

func newRunCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "one experiment, from data to report",
		UsageText: "memdil run [FLAGS]",
		Description: `Selects and corrupts samples, trains, exports features, measures and reports.
Everything lies in one folder, RUNS_DIR/UID. Running the same again skips what
is done and goes on with an interrupted training.

Example, an experiment of the paper on MNIST:
   memdil run --dataset mnist --model MLP --depth 9 --width 2048 --use_bn \
      --loss LS --label_noise 0.2 --classes 2 --epochs 20 --batch_size 128`,
		Flags: settingFlags(),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			e, err := experimentFrom(c)
			if err != nil {
				return err
			}
			o := RunOptions{Experiment: e, Argv: os.Args}
			return runRun(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runRun brings a run folder up to date and prints its results.
func runRun(ctx context.Context, o RunOptions, stdout, stderr io.Writer) error {
	if wantsChild(o.Experiment.Device) {
		return runChild(ctx, o.Argv, stdout, stderr)
	}
	for _, warning := range o.Experiment.Warnings() {
		fmt.Fprintf(stderr, "memdil: %s\n", warning)
	}
	v := newView(stderr, "")
	path, err := pipeline.Run(ctx, o.Experiment, pipeline.Options{
		Reporter: v, Log: newLog(v), Provenance: provenance(o.Argv),
	})
	v.stop()
	if err != nil {
		return advise(err, o.Experiment.Force)
	}
	results, err := readResults([]string{path})
	if err != nil {
		return err
	}
	if err := printResults(stdout, []string{filepath.Base(path)}, results); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "\nreport: %s\n", filepath.Join(path, pipeline.ReportDir, "index.html"))
	return err
}
