package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/bench"
	"github.com/memdil/memdil/ort"
)

// BenchExportOptions are what `memdil bench export` takes.
type BenchExportOptions struct {
	BenchModelOptions
	Samples, Batch, Repeats int
}

var exportSettings = append([]string{"threads"}, netSettings...)

func newBenchExportCommand() *cli.Command {
	var o BenchExportOptions
	return &cli.Command{
		Name:      "export",
		Usage:     "time the export of features",
		UsageText: "memdil bench export [FLAGS]",
		Description: `Computes features and logits of random images by a model with its initial
weights and writes them to an Arrow file, as ` + "`memdil export`" + ` does.

Example:
   memdil bench export --model resnet18 --samples 2048`,
		Flags: append(o.flags(exportSettings),
			&cli.IntFlag{Name: "samples", Value: 4096, Usage: "samples that are exported", Destination: &o.Samples},
			&cli.IntFlag{Name: "batch_size", Value: 512, Usage: "samples that are computed at once", Destination: &o.Batch},
			&cli.IntFlag{Name: "repeats", Value: 3, Usage: "exports that are timed, after one that is not", Destination: &o.Repeats}),
		Action: func(c *cli.Context) error {
			if err := o.read(c, exportSettings); err != nil {
				return err
			}
			return runBenchExport(c.Context, o, c.Command, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runBenchExport times exports.
func runBenchExport(ctx context.Context, o BenchExportOptions, c *cli.Command, stdout, stderr io.Writer) error {
	err := firstError(atLeast(1, "samples", o.Samples), atLeast(1, "batch_size", o.Batch), atLeast(1, "repeats", o.Repeats))
	if err != nil {
		return err
	}
	if o.Experiment.Device.Kind != ort.CPU {
		return badFlag("device", fmt.Errorf("features are exported on the CPU, not on %s", o.Experiment.Device))
	}
	net, err := o.net(c, stderr)
	if err != nil {
		return err
	}
	if net.Features == "" {
		return hint(errNoFeatures, "name its logits with --logits")
	}
	rt, err := o.runtime(ctx)
	if err != nil {
		return err
	}
	r, err := bench.Export(ctx, net, bench.ExportOptions{
		Samples: o.Samples, Batch: o.Batch, Threads: o.Experiment.Threads, Repeats: o.Repeats,
	})
	if err != nil {
		return err
	}
	facts := append(o.facts(net),
		fact{key: "batch_size", name: "batch size", value: r.Batch},
		fact{key: "samples", name: "samples", value: o.Samples})
	facts = append(facts, times("export_seconds", "export", "s", r.Seconds, true)...)
	facts = append(facts, times("infer_seconds", "inference", "s", r.Infer, false)...)
	facts = append(facts, times("commit_seconds", "bringing it to disk", "s", r.Commit, false)...)
	facts = append(facts, rate("samples_per_second", "samples per second", r.SamplesPerSecond), peakMemory(r.PeakMemory))
	return printFacts(stdout, o.JSON, append(facts, versions(rt)...))
}
