package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline"
	"github.com/urfave/cli/v2"
)

// MetricsOptions are what `memdil metrics` takes: a run folder, or paths of
// feature files.
type MetricsOptions struct {
	Run        string // the run folder; "" to measure files
	Features   string // of the training samples
	Classifier string // "" when unknown
	Test       string // features of the test samples; "" when there are none
	JSON       bool
}

func newMetricsCommand() *cli.Command {
	var o MetricsOptions
	return &cli.Command{
		Name:      "metrics",
		Usage:     "measure neural collapse, memorization and dilation on feature files",
		UsageText: "memdil metrics [--json] RUN_DIR, or memdil metrics --features F.arrow [--classifier C.arrow] [--test T.arrow] [--json]",
		Description: `Measures the features of a run folder again and writes its metrics.json and
statistics.arrow, or measures feature files of anyone's. A feature file is an Arrow file or stream with the columns "feature" (vectors)
and "label" and, if known, "logits" (vectors) and "true_label"; its metadata
"classes" states K. A classifier file has one row a class: "weight" (vectors)
and "bias". What the files do not allow to compute is null, and a note says so.

Example:
   memdil metrics --features train.arrow --classifier classifier.arrow --test test.arrow --json`,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "features", Usage: "features of the training samples, a `FILE`", Destination: &o.Features},
			&cli.PathFlag{Name: "classifier", Usage: "last linear layer, a `FILE`", Destination: &o.Classifier},
			&cli.PathFlag{Name: "test", Usage: "features of the test samples, a `FILE`", Destination: &o.Test},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object with every value", Destination: &o.JSON},
		},
		Action: func(c *cli.Context) error {
			o.Run = c.Args().First()
			if err := noArguments(c, c.Args().Tail()); err != nil {
				return err
			}
			return runMetrics(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runMetrics measures a run folder or feature files and prints the results.
func runMetrics(ctx context.Context, o MetricsOptions, stdout, stderr io.Writer) error {
	var m pipeline.Results
	var err error
	switch {
	case o.Run == "":
		m, err = measureFiles(ctx, o, stderr)
	case o.Features != "" || o.Classifier != "" || o.Test != "":
		return usage(errors.New("both a run folder and feature files are given"), "measure the one or the others")
	default:
		m, err = measureRun(ctx, o.Run, stderr)
	}
	if err != nil {
		return err
	}
	switch {
	case !o.JSON:
		return printMetrics(stdout, m)
	case m.Test == nil:
		return printJSON(stdout, m.Train)
	}
	return printJSON(stdout, m)
}

// measureRun runs the metrics stage of a run folder again.
func measureRun(ctx context.Context, dir string, stderr io.Writer) (pipeline.Results, error) {
	if err := runStage(ctx, dir, pipeline.StageMetrics, "", stderr); err != nil {
		return pipeline.Results{}, err
	}
	results, err := readResults([]string{dir})
	if err != nil {
		return pipeline.Results{}, err
	}
	return *results[0], nil
}

// measureFiles measures the feature files that o names.
func measureFiles(ctx context.Context, o MetricsOptions, stderr io.Writer) (m pipeline.Results, err error) {
	if o.Features == "" {
		return m, usage(errors.New("no run folder and no --features FILE is given"), "see `memdil metrics --help`")
	}
	if m.Train, err = measure(ctx, o.Features, o.Classifier, "train", stderr); err != nil || o.Test == "" {
		return m, err
	}
	m.Test, err = measure(ctx, o.Test, o.Classifier, "test", stderr)
	return m, err
}

// measure measures one file; split is what its samples are unless it says so
// itself.
func measure(ctx context.Context, path, classifier, split string, stderr io.Writer) (*metrics.Result, error) {
	r, notes, err := pipeline.Measure(ctx, path, classifier, metrics.Options{})
	if err != nil {
		return nil, err
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
