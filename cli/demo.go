package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// DemoOptions are what `memdil demo` takes.
type DemoOptions struct {
	Output string // the folder for runs and report
	Argv   []string
}

func newDemoCommand() *cli.Command {
	var o DemoOptions
	return &cli.Command{
		Name:      "demo",
		Usage:     "the whole on embedded data: two losses under label noise",
		UsageText: "memdil demo [-o DIR]",
		Description: `Trains a small MLP on the MNIST digits 0 and 1 with 20 % label noise, once with
cross entropy and once with label smoothing, measures neural collapse,
memorization and dilation, and draws a report. Takes under a minute.

Example:
   memdil demo -o /tmp/demo`,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write runs and report to `DIR`", Value: "demo", Destination: &o.Output},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			o.Argv = os.Args
			return runDemo(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// demoSettings are those of both runs.
var demoSettings = [][2]string{
	{"dataset", "mnist"}, {"data_dir", settings.Embedded}, {"classes", "2"}, {"label_noise", "0.2"}, {"val_split_prop", "0"},
	{"model", "MLP"}, {"depth", "4"}, {"width", "256"}, {"use_bn", "true"},
	{"epochs", "40"}, {"batch_size", "64"}, {"lr", "0.05"}, {"device", "cpu"}, {"patience", "15"}, {"seed", "42"},
}

// demoLosses are what the demo compares.
var demoLosses = []string{"CrossEntropy", "LS"}

// runDemo runs both experiments and reports on them together.
func runDemo(ctx context.Context, o DemoOptions, stdout, stderr io.Writer) error {
	if err := checkOutputFolder(o.Output); err != nil {
		return err
	}
	var paths, names []string
	for _, loss := range demoLosses {
		path, err := demoRun(ctx, o, loss, brief{newView(stderr, loss)})
		if err != nil {
			return advise(err, "")
		}
		paths, names = append(paths, path), append(names, loss)
	}
	results, err := readResults(paths)
	if err != nil {
		return err
	}
	if err := printResults(stdout, names, results); err != nil {
		return err
	}
	dir := filepath.Join(o.Output, runfolder.ReportDir)
	if err := compare.Report(dir, paths...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "\nreport: %s\n", filepath.Join(dir, "index.html"))
	return err
}

// brief is a view that leaves the list of the model's tensors out.
type brief struct{ view }

// Summary shows nothing.
func (brief) Summary(string) {}

func demoRun(ctx context.Context, o DemoOptions, loss string, v view) (string, error) {
	defer v.stop()
	e := settings.Defaults()
	for _, s := range append(demoSettings, [2]string{"loss", loss}, [2]string{"runs_dir", o.Output}) {
		if err := e.Set(s[0], s[1]); err != nil {
			return "", err
		}
	}
	return pipeline.Run(ctx, e, pipeline.Options{
		Reporter: v, Log: newLog(v), Provenance: provenance(o.Argv),
	})
}
