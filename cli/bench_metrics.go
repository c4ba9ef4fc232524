package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
)

// BenchMetricsOptions are what `memdil bench metrics` takes.
type BenchMetricsOptions struct {
	bench.MetricsOptions
	JSON bool
}

func newBenchMetricsCommand() *cli.Command {
	var o BenchMetricsOptions
	return &cli.Command{
		Name:      "metrics",
		Usage:     "time the metrics of a table of features",
		UsageText: "memdil bench metrics [FLAGS]",
		Description: `Writes an Arrow file of random features with logits and noisy labels and
measures it as ` + "`memdil metrics`" + ` does, on as many threads as GOMAXPROCS says.

Example:
   memdil bench metrics --samples 50000 --dim 512 --classes 10`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "samples", Value: 50_000, Usage: "rows of the table", Destination: &o.Samples},
			&cli.IntFlag{Name: "dim", Value: 512, Usage: "number of features d", Destination: &o.Dim},
			&cli.IntFlag{Name: "classes", Value: 10, Usage: "number of classes K", Destination: &o.Classes},
			&cli.Float64Flag{Name: "label_noise", Value: 0.2, Usage: "noise degree η", Destination: &o.Noise},
			&cli.IntFlag{Name: "repeats", Value: 3, Usage: "measurements that are timed, after one that is not", Destination: &o.Repeats},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object", Destination: &o.JSON},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			return runBenchMetrics(c.Context, o, c.App.Writer)
		},
	}
}

// runBenchMetrics times the metrics.
func runBenchMetrics(ctx context.Context, o BenchMetricsOptions, stdout io.Writer) error {
	err := firstError(atLeast(1, "dim", o.Dim), atLeast(1, "classes", o.Classes), atLeast(1, "repeats", o.Repeats), atLeast(o.Classes, "samples", o.Samples))
	if err != nil {
		return err
	}
	if !(o.Noise >= 0 && o.Noise <= 1) {
		return badFlag("label_noise", fmt.Errorf("must lie between 0 and 1, not %g", o.Noise))
	}
	r, err := bench.Metrics(ctx, o.MetricsOptions)
	if err != nil {
		return err
	}
	facts := []fact{
		{key: "samples", name: "samples", value: o.Samples},
		{key: "dim", name: "features d", value: o.Dim},
		{key: "classes", name: "classes K", value: o.Classes},
		{key: "threads", name: "threads", value: runtime.GOMAXPROCS(0)},
		{key: "file_bytes", name: "file", value: r.FileSize, text: fmt.Sprintf("%.1f MB", float64(r.FileSize)/1e6)},
	}
	facts = append(facts, times("seconds", "metrics", "s", r.Seconds, true)...)
	facts = append(facts, rate("mb_per_second", "MB per second", r.PerSecond/1e6), peakMemory(r.PeakMemory))
	return printFacts(stdout, o.JSON, append(facts, versions(nil)...))
}
