package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/report"
)

// measureEpochs measures the weights of every epoch of a run folder and prints
// a line each.
func measureEpochs(ctx context.Context, o MetricsOptions, formats []arrowfile.Format, stdout, stderr io.Writer) error {
	if o.Output != "" {
		return usage(errors.New("-o has no use for a run folder"), "its metrics are written into it")
	}
	v := newView(stderr, "")
	defer v.stop()
	options := pipeline.Options{Reporter: v, Log: newLog(v), Full: o.Full, Matrices: o.Matrices, Formats: formats}
	err := pipeline.MeasureEpochs(ctx, o.Runs[0], options, func(epoch int, r *pipeline.Results) error {
		if o.JSON {
			return printJSON(stdout, struct {
				Epoch int `json:"epoch"`
				*pipeline.Results
			}{epoch, r})
		}
		_, err := fmt.Fprintf(stdout, "epoch %d: NC1 %s, accuracy %s %% of training, %s %% of test samples\n",
			epoch, number(r.Train.NC1), number(r.Train.AccuracyTop1), number(r.Test.AccuracyTop1))
		return err
	})
	return advise(settingError(err), "")
}

// compareRuns says how dilation goes with memorization over many runs, in
// numbers and, into the report of a study or the folder -o, in figures.
func compareRuns(o MetricsOptions, stdout, stderr io.Writer) error {
	if o.EveryEpoch || o.Full || o.Matrices || o.Formats != "" {
		return usage(errors.New("several runs are compared by the metrics that they have"), "measure each by itself first: --every-epoch, --full, --matrices and --formats take one run folder")
	}
	s, err := pipeline.MemorizationDilation(o.Runs...)
	if err != nil {
		return settingError(err)
	}
	if len(s.Runs) == 0 {
		return fmt.Errorf("%s: no run there has metrics yet", o.Runs[0])
	}
	if o.Output == "" && len(o.Runs) == 1 {
		o.Output = filepath.Join(o.Runs[0], pipeline.ReportDir, "figures")
	}
	if o.Output != "" {
		paths, err := report.WriteDilation(o.Output, s)
		if err != nil {
			return err
		}
		for _, path := range paths {
			fmt.Fprintln(stderr, "figure:", path)
		}
	}
	if o.JSON {
		return printJSON(stdout, s)
	}
	return printDilation(stdout, s)
}

// printDilation prints the runs and what they say.
func printDilation(out io.Writer, s *metrics.MDStatistics) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "run\tloss\tη\tmemorization\tdilation\trelative memorization\trelative dilation")
	for _, r := range s.Runs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Run, r.Loss, cell(r.Noise),
			cell(r.Memorization), cell(r.Dilation), cell(r.RelativeMemorization), cell(r.RelativeDilation))
	}
	for _, form := range []struct {
		name string
		of   metrics.MDAnalysis
	}{{"absolute", s.Absolute}, {"relative", s.Relative}} {
		fmt.Fprintf(w, "\n%s\truns\tslope of dilation\tmemorization\tdilation\tcorrelation\n", form.name)
		for _, l := range form.of.Losses {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", l.Loss, l.Runs, interval(l.Slope), interval(l.Memorization), interval(l.Dilation), cell(l.Correlation))
		}
		for _, c := range form.of.Contrasts {
			fmt.Fprintf(w, "%s − %s\t%d pairs\t%s\t%s\t%s\n", c.Loss, c.Baseline, c.Pairs, interval(c.Slope), interval(c.Memorization), interval(c.Dilation))
		}
	}
	fmt.Fprintln(w, "\nIn brackets: 95 % bootstrap intervals.")
	return w.Flush()
}

// interval is an estimate with its bootstrap interval.
func interval(i metrics.Interval) string {
	if !i.Low.Defined() {
		return cell(i.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", cell(i.Value), cell(i.Low), cell(i.High))
}
