package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/metrics/hypothesis"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
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
	options := pipeline.Options{Reporter: brief{v}, Log: newLog(v), Full: o.Full, Matrices: o.Matrices, Formats: formats}
	err := pipeline.MeasureEpochs(ctx, o.Runs[0], options, func(epoch int, r *measure.Results) error {
		if o.JSON {
			return printJSON(stdout, struct {
				Epoch int `json:"epoch"`
				*measure.Results
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
	s, err := compare.MemorizationDilation(o.Runs...)
	if err != nil {
		return settingError(err)
	}
	if len(s.Runs) == 0 {
		return fmt.Errorf("%s: no run there has metrics yet", o.Runs[0])
	}
	if o.Output == "" && len(o.Runs) == 1 {
		o.Output = filepath.Join(o.Runs[0], runfolder.ReportDir, "figures")
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
	grouped := slices.ContainsFunc(s.Runs, func(r metrics.MDRun) bool { return r.Group != "" })
	head, group := "run\tloss", func(metrics.MDRun) string { return "" }
	if grouped {
		head, group = "run\tloss\tgroup", func(r metrics.MDRun) string { return "\t" + r.Group }
	}
	fmt.Fprint(w, head, "\tη")
	for _, q := range metrics.MDQuantities() {
		fmt.Fprint(w, "\t", q.Name)
	}
	for _, r := range s.Runs {
		fmt.Fprintf(w, "\n%s\t%s%s\t%s", r.Run, r.Loss, group(r), cell(r.Noise))
		for _, q := range metrics.MDQuantities() {
			fmt.Fprint(w, "\t", cell(q.Of(r)))
		}
	}
	fmt.Fprintln(w)
	printLines(w, "absolute", s.Absolute)
	printLines(w, "relative", s.Relative)
	printByNoise(w, s.ByNoise)
	fmt.Fprintln(w, "\nIn brackets: 95 % intervals, of bootstraps and, at each noise degree, of the paired t test.")
	fmt.Fprintln(w, "p: of the t test of the slope or of paired runs; signs: of the sign-flip test; Holm: p corrected for all comparisons of the quantity.")
	for _, note := range s.Notes {
		fmt.Fprintln(w, "note:", note)
	}
	return w.Flush()
}

// printLines prints the line of each loss and the contrasts with the baseline,
// in one pair of coordinates.
func printLines(w io.Writer, name string, a metrics.MDAnalysis) {
	fmt.Fprintf(w, "\n%s\truns\tslope of dilation\tp\tR²\tmemorization\tdilation\tcorrelation\n", name)
	for _, l := range a.Losses {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Name(), l.Runs, interval(l.Slope), pValue(l.SlopeP), cell(l.RSquared),
			interval(l.Memorization), interval(l.Dilation), cell(l.Correlation))
	}
	if len(a.Contrasts) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s, at equal conditions\tpairs\tmemorization\tp / signs\tdilation\tp / signs\tslope\n", name)
	for _, c := range a.Contrasts {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", c.Name(), c.Pairs,
			interval(c.Memorization.Interval), twoP(c.Memorization.P, c.Memorization.PSigns),
			interval(c.Dilation.Interval), twoP(c.Dilation.P, c.Dilation.PSigns), interval(c.Slope))
	}
}

// printByNoise prints the contrasts at each noise degree, a line a quantity.
func printByNoise(w io.Writer, rows []metrics.MDNoise) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\nat each noise degree\tη\tpairs\tdifference\tp / Holm\n")
	for _, q := range metrics.MDQuantities() {
		fmt.Fprintf(w, "%s\t\t\t\t\n", q.Name)
		for _, n := range rows {
			if e := q.Effect(&n); e.Pairs > 0 {
				fmt.Fprintf(w, "  %s\t%s\t%d\t%s\t%s\n", n.Name(), cell(n.Noise), e.Pairs, interval(e.Interval), twoP(e.P, e.PHolm))
			}
		}
	}
}

// interval is an estimate with its interval.
func interval(i metrics.Interval) string {
	if !i.Low.Defined() {
		return cell(i.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", cell(i.Value), cell(i.Low), cell(i.High))
}

// twoP is a p-value and another form of it.
func twoP(p, other metrics.Float) string { return pValue(p) + " / " + pValue(other) }

func pValue(p metrics.Float) string { return hypothesis.FormatP(float64(p)) }
