package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/settings"
)

// newBenchCommand groups the commands that measure memdil's speed.
func newBenchCommand() *cli.Command {
	return &cli.Command{
		Name:      "bench",
		Usage:     "measure how fast this machine trains, exports and measures",
		UsageText: "memdil bench COMMAND [FLAGS]",
		Subcommands: []*cli.Command{
			newBenchStepCommand(),
			newBenchEpochCommand(),
			newBenchExportCommand(),
			newBenchMetricsCommand(),
			newBenchAgreeCommand(),
			newBenchProfileCommand(),
		},
	}
}

// benchLR is small, so that no net diverges on random data. The time of a step
// does not depend on it.
const benchLR = 1e-4

// netSettings are the settings of an experiment that make its model, from the
// zoo or a file.
var netSettings = append([]string{"graph", "logits", "features_tensor", "params", "freeze", "reset_head", "reset_weights"}, modelSettings...)

// trainingSettings are those that make its training, by either loop.
var trainingSettings = append([]string{"loop", "micro_batch", "ghost_batch", "history_size"}, loopSettings...)

// loopSettings are those that make its training by loops that are not for the
// user to choose.
var loopSettings = append([]string{
	"loss", "ls_alpha", "lr_alpha", "weight_decay", "sep_decay", "feature_decay_rate", "feature_decay_on",
	"optimizer", "momentum", "batch_size", "threads", "tf32",
}, netSettings...)

// BenchModelOptions say which model a benchmark runs, and how its result is
// printed.
type BenchModelOptions struct {
	Experiment settings.Experiment // of which only what concerns the benchmark is set
	Device     string
	JSON       bool
}

// flags are the settings of those names, and the flags of every benchmark of a
// model.
func (o *BenchModelOptions) flags(names []string) []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "device", Value: "cpu", Usage: "what computes: cpu, cuda, cuda:N or auto", Destination: &o.Device},
		&cli.BoolFlag{Name: "json", Usage: "print one JSON object", Destination: &o.JSON},
	}
	for _, f := range settingFlags() {
		if slices.Contains(names, f.Names()[0]) {
			flags = append(flags, f)
		}
	}
	return flags
}

// read takes the settings of those names from the command line.
func (o *BenchModelOptions) read(c *cli.Context, names []string) error {
	if err := noArguments(c, c.Args().Slice()); err != nil {
		return err
	}
	device, err := ort.ParseDevice(o.Device)
	if err != nil {
		return badFlag("device", err)
	}
	o.Experiment = settings.Defaults()
	o.Experiment.LR, o.Experiment.Device = benchLR, device
	for _, name := range names {
		if err := setFrom(c, &o.Experiment, name); err != nil {
			return err
		}
	}
	if o.Experiment.BatchSize == 0 {
		return badFlag("batch_size", errors.New("a benchmark has as many samples as it needs: give their number"))
	}
	if o.Experiment.Graph != "" && !o.Experiment.Given("classes") {
		o.Experiment.Classes = 0 // those of the graph
	}
	if o.Experiment.Threads == 0 {
		o.Experiment.Threads = runtime.GOMAXPROCS(0)
	}
	if err := o.Experiment.CheckLoop(); err != nil {
		return settingError(err)
	}
	return nil
}

// load builds the model that is to be trained and loads what computes.
func (o *BenchModelOptions) load(ctx context.Context, c *cli.Command, stderr io.Writer) (*training.Net, *ort.Runtime, error) {
	net, err := o.net(c, stderr)
	if err != nil {
		return nil, nil, err
	}
	if o.Experiment.BatchSize == 1 && len(net.Buffers) > 0 {
		return nil, nil, badFlag("batch_size", errors.New("batches of one sample have no variance for BatchNormalization: use at least 2"))
	}
	rt, err := o.runtime(ctx)
	return net, rt, err
}

// net builds the model.
func (o *BenchModelOptions) net(c *cli.Command, stderr io.Writer) (*training.Net, error) {
	net, err := pipeline.Net(o.Experiment)
	if err != nil && o.Experiment.Graph == "" {
		return nil, usage(err, "`%s --help` lists what a model takes", c.HelpName)
	}
	if err != nil {
		return nil, settingError(ofFile(o.Experiment.Graph, err, nameModel))
	}
	for _, w := range append(o.Experiment.Warnings(), net.Warnings...) {
		fmt.Fprintf(stderr, "memdil: %s\n", w)
	}
	return net, nil
}

// runtime loads what computes, and settles on which device.
func (o *BenchModelOptions) runtime(ctx context.Context) (*ort.Runtime, error) {
	rt, err := ort.LoadFor(ctx, o.Experiment.Device)
	if err != nil {
		return nil, err
	}
	o.Experiment.Device, err = rt.Device(o.Experiment.Device)
	return rt, err
}

// facts describe the model and where it runs.
func (o *BenchModelOptions) facts(net *training.Net) []fact {
	parameters := 0
	for _, p := range net.Parameters {
		parameters += p.Value.Len()
	}
	model := o.Experiment.Model
	if o.Experiment.Graph != "" {
		model = o.Experiment.Graph
	}
	return []fact{
		{key: "model", name: "model", value: model},
		{key: "parameters", name: "parameters", value: parameters},
		{key: "device", name: "device", value: o.Experiment.Device.String()},
		{key: "threads", name: "threads", value: o.Experiment.Threads},
	}
}

// atLeast reports a count that is too small.
func atLeast(least int, flag string, value int) error {
	if value < least {
		return badFlag(flag, fmt.Errorf("must be at least %d, not %d", least, value))
	}
	return nil
}

// firstError returns the first error of several checks, all of which are
// cheap.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var errNoFeatures = errors.New("the model has no last linear layer, and so no features to export")
