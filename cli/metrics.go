package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// MetricsOptions are what `memdil metrics` takes: folders of runs or studies, or
// paths of feature files.
type MetricsOptions struct {
	Runs       []string // run folders or study folders; none to measure files
	Features   string   // of the training samples
	Classifier string   // "" when unknown
	Test       string   // features of the test samples; "" when there are none
	EveryEpoch bool     // measure the weights of every epoch of a run folder
	Full       bool     // measure also what costs more
	Matrices   bool     // write W, b, H, μ_G and the covariances
	Formats    string   // further formats of tables
	Output     string   // folder of what is written of files; figures of a study
	JSON       bool
}

const metricsUsage = `memdil metrics [--full] [--matrices] [--formats LIST] [--json] RUN_DIR
memdil metrics --every-epoch [--full] [--matrices] RUN_DIR
memdil metrics [-o DIR] [--json] STUDY_DIR, or RUN_DIR RUN_DIR…
memdil metrics --features F.arrow [--classifier C.arrow] [--test T.arrow] [--full] [-o DIR [--matrices] [--formats LIST]] [--json]`

func newMetricsCommand() *cli.Command {
	var o MetricsOptions
	return &cli.Command{
		Name:      "metrics",
		Usage:     "measure neural collapse, memorization and dilation, of runs or of feature files",
		UsageText: metricsUsage,
		Description: `Measures the features of a run folder again and writes its metrics.json and
statistics.arrow, or measures feature files of anyone's. A feature file is an
Arrow file or stream with the columns "feature" (vectors) and "label" and, if
known, "logits" (vectors) and "true_label"; its metadata "classes" states K. A
classifier file has one row a class: "weight" (vectors) and "bias". What the
files do not allow to compute is null, and a note says so.

With --every-epoch it measures the weights that a run with
checkpoint_every_epoch keeps, into history.arrow; epochs that are measured
already are passed over. Of a study, or of several runs, it says how dilation
goes with memorization, by loss, and how the losses differ, with p-values.

Examples:
   memdil metrics --features train.arrow --classifier classifier.arrow --test test.arrow --json
   memdil metrics runs/*_ln0.2_*`,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "features", Usage: "features of the training samples, a `FILE`", Destination: &o.Features},
			&cli.PathFlag{Name: "classifier", Usage: "last linear layer, a `FILE`", Destination: &o.Classifier},
			&cli.PathFlag{Name: "test", Usage: "features of the test samples, a `FILE`", Destination: &o.Test},
			&cli.BoolFlag{Name: "every-epoch", Usage: "measure the weights of every epoch of the run folder", Destination: &o.EveryEpoch},
			&cli.BoolFlag{Name: "full", Usage: "measure also what costs more: linear probes, effective rank, one-vs-rest margins, NC1 and nearest means in every grouping", Destination: &o.Full},
			&cli.BoolFlag{Name: "matrices", Usage: "write W, b, H, μ_G, Σ_W and Σ_B, of features and of logits, as Arrow and .npy", Destination: &o.Matrices},
			&cli.StringFlag{Name: "formats", Usage: "write tables also as these `LIST`ed formats: parquet, csv, npy", Destination: &o.Formats},
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write what is measured of feature files, or the figures of a study, to the folder `DIR`", Destination: &o.Output},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object with every value", Destination: &o.JSON},
		},
		Action: func(c *cli.Context) error {
			o.Runs = c.Args().Slice()
			return runMetrics(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// check reports options that do not go together.
func (o MetricsOptions) check() error {
	files := o.Features != "" || o.Classifier != "" || o.Test != ""
	for _, dir := range o.Runs {
		if strings.HasPrefix(dir, "-") {
			return usage(fmt.Errorf("flag %s stands after a folder", dir), "flags come first")
		}
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			return usage(fmt.Errorf("%s is a file, not a run folder", dir), "a feature file is named with a flag: --features %s", dir)
		}
	}
	switch {
	case len(o.Runs) > 0 && files:
		return usage(errors.New("both a run folder and feature files are given"), "measure the one or the others")
	case len(o.Runs) == 0 && o.EveryEpoch:
		return usage(errors.New("--every-epoch needs a run folder"), "usage: memdil metrics --every-epoch RUN_DIR")
	case len(o.Runs) == 0 && o.Features == "":
		return usage(errors.New("no run folder and no --features FILE is given"), "see `memdil metrics --help`")
	case len(o.Runs) == 0 && o.Output == "" && (o.Matrices || o.Formats != ""):
		return usage(errors.New("-o is missing"), "name the folder for what is measured of feature files")
	}
	return checkOutputFolder(o.Output)
}

// runMetrics measures what o names and prints the results.
func runMetrics(ctx context.Context, o MetricsOptions, stdout, stderr io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	formats, err := arrowfile.ParseFormats(o.Formats)
	if err != nil {
		return badFlag("formats", err)
	}
	switch {
	case len(o.Runs) > 1 || len(o.Runs) == 1 && !isRun(o.Runs[0]):
		return compareRuns(o, stdout, stderr)
	case o.EveryEpoch:
		return measureEpochs(ctx, o, formats, stdout, stderr)
	}
	var m measure.Results
	if len(o.Runs) == 1 {
		m, err = measureRun(ctx, o, formats, stderr)
	} else {
		m, err = measureFiles(ctx, o, formats, stderr)
	}
	switch {
	case err != nil:
		return err
	case !o.JSON:
		return printMetrics(stdout, m)
	case m.Test == nil:
		return printJSON(stdout, m.Train)
	}
	return printJSON(stdout, m)
}

// isRun reports whether dir is a run folder rather than one of runs: a study or
// what runs lie in. What is neither is taken for a run, so that opening it says
// what is wrong.
func isRun(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, runfolder.ExperimentFile)); err == nil {
		return true
	}
	runs, err := fs.Glob(os.DirFS(dir), "*/"+runfolder.ExperimentFile)
	return !isFolder(filepath.Join(dir, "trials")) && (err != nil || len(runs) == 0)
}

// measureRun runs the metrics stage of a run folder again.
func measureRun(ctx context.Context, o MetricsOptions, formats []arrowfile.Format, stderr io.Writer) (measure.Results, error) {
	dir := o.Runs[0]
	if o.Output != "" {
		return measure.Results{}, usage(errors.New("-o has no use for a run folder"), "its metrics are written into it")
	}
	err := runStage(ctx, dir, settings.StageMetrics, pipeline.Options{Full: o.Full, Matrices: o.Matrices, Formats: formats}, stderr)
	if err != nil {
		return measure.Results{}, err
	}
	results, err := readResults([]string{dir})
	if err != nil {
		return measure.Results{}, err
	}
	return *results[0], nil
}

// measureFiles measures the feature files that o names.
func measureFiles(ctx context.Context, o MetricsOptions, formats []arrowfile.Format, stderr io.Writer) (m measure.Results, err error) {
	if m.Train, err = measureFile(ctx, o, o.Features, "train", nil, stderr); err != nil {
		return m, err
	}
	if o.Test != "" {
		if m.Test, err = measureFile(ctx, o, o.Test, "test", m.Train, stderr); err != nil {
			return m, err
		}
		if m.Test.Dim != m.Train.Dim {
			return m, fmt.Errorf("%s has features of width %d, %s of width %d: they are of different networks", o.Test, m.Test.Dim, o.Features, m.Train.Dim)
		}
	}
	if o.Output != "" {
		err = m.Write(o.Output, formats...)
	}
	return m, err
}

// measureFile measures one file; split is what its samples are unless it says so
// itself.
func measureFile(ctx context.Context, o MetricsOptions, path, split string, train *metrics.Result, stderr io.Writer) (*metrics.Result, error) {
	r, notes, err := measure.Table(ctx, path, o.Classifier, metrics.Options{Full: o.Full, Matrices: o.Matrices, Train: train})
	if err != nil {
		return nil, ofFile(path, ofFile(o.Classifier, err, "--classifier names an Arrow file"), "name a file of features")
	}
	for _, note := range notes {
		fmt.Fprintf(stderr, "note: %s: %s\n", path, note)
	}
	if r.Split == "" {
		r.Split = split
	}
	return r, nil
}

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", " ")
	return encoder.Encode(v)
}
