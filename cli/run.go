package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// RunOptions are what `memdil run` takes.
type RunOptions struct {
	Experiment settings.Experiment
	DryRun     bool     // only print what would be done
	JSON       bool     // print JSON
	Argv       []string // the command line, to be recorded
}

func newRunCommand() *cli.Command {
	var o RunOptions
	return &cli.Command{
		Name:      "run",
		Usage:     "one experiment, from data to report",
		UsageText: "memdil run [FLAGS]",
		Description: `Selects and corrupts samples, trains, exports features, measures and reports.
Everything lies in one folder, RUNS_DIR/UID. Running the same again skips the
stages that are done (data, train, export, metrics, report) and goes on with an
interrupted training; --dry-run says which stages would run, and why.

Example, an experiment of the paper on MNIST:
   memdil run --dataset mnist --model MLP --depth 9 --width 2048 --use_bn \
      --loss LS --label_noise 0.2 --classes 2 --epochs 20 --batch_size 128`,
		Flags: append(settingFlags(), fileFlag(),
			&cli.BoolFlag{Name: "dry-run", Usage: "only print which stages would run, and why", Category: runFolder, Destination: &o.DryRun},
			&cli.BoolFlag{Name: "json", Usage: "print the results, or the plan, as JSON", Category: runFolder, Destination: &o.JSON},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			config, err := configFrom(c)
			if err != nil {
				return err
			}
			setLevel(c, config.INI.LogLevel)
			o.Experiment = config.Experiment
			o.Argv = os.Args
			return runRun(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runRun brings a run folder up to date and prints its results.
func runRun(ctx context.Context, o RunOptions, stdout, stderr io.Writer) error {
	if o.DryRun {
		return dryRun(o, stdout, stderr)
	}
	if wantsChild(o.Experiment.Device) {
		return runChild(ctx, o.Argv, stdout, stderr)
	}
	printWarnings(stderr, o.Experiment)
	v := newView(stderr, "")
	path, err := pipeline.Run(ctx, o.Experiment, pipeline.Options{
		Reporter: v, Log: newLog(v), Provenance: provenance(o.Argv),
	})
	v.stop()
	if err != nil {
		return advise(err, onceOnly(o.Experiment))
	}
	return printRun(stdout, path, o)
}

// printWarnings says which settings have no effect.
func printWarnings(stderr io.Writer, e settings.Experiment) {
	for _, warning := range e.Warnings() {
		newLog(stderr).Warn(warning)
	}
}

// printRun prints the results of a run, as far as it was to go.
func printRun(stdout io.Writer, path string, o RunOptions) error {
	until := o.Experiment.Until
	if until != "" && until != settings.StageMetrics && until != settings.StageReport {
		if o.JSON {
			return printJSON(stdout, map[string]any{"path": path, "until": until})
		}
		_, err := fmt.Fprintf(stdout, "%s: done up to stage %s\n", path, until)
		return err
	}
	results, err := readResults([]string{path})
	switch {
	case err != nil:
		return err
	case o.JSON:
		return printJSON(stdout, results[0])
	}
	if err := printResults(stdout, []string{filepath.Base(path)}, results); err != nil || until == settings.StageMetrics {
		return err
	}
	_, err = fmt.Fprintf(stdout, "\nreport: %s\n", filepath.Join(path, runfolder.ReportDir, "index.html"))
	return err
}

// dryRun prints what a run would do.
func dryRun(o RunOptions, stdout, stderr io.Writer) error {
	printWarnings(stderr, o.Experiment)
	plan, err := pipeline.NewPlan(o.Experiment)
	switch {
	case err != nil:
		return advise(err, onceOnly(o.Experiment))
	case o.JSON:
		return printJSON(stdout, plan)
	}
	text := plan.Path + "\n"
	if plan.Backup {
		text = plan.Path + ", after the folder that is there was moved away\n"
	}
	for _, s := range plan.Stages {
		text += strings.TrimRight(fmt.Sprintf("%-8s  %-8s  %s", s.Stage, s.Action, s.Reason), " ") + "\n"
	}
	_, err = io.WriteString(stdout, text)
	return err
}
