package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// ExportOptions are what `memdil export` takes: a run folder, or a model of
// anyone's with a data set.
type ExportOptions struct {
	Run        string              // the run folder; "" for a model
	Epoch      string              // of the run folder, whose model is written, in place of features
	Model      string              // an ONNX file; "" for a run folder
	Experiment settings.Experiment // data set and tensors of the model
	Output     string              // file of the epoch's model; folder of the model's features, "" for the current one
	Engine     string              // "" for the run's own
	Formats    string              // further formats
}

func newExportCommand() *cli.Command {
	var o ExportOptions
	return &cli.Command{
		Name:  "export",
		Usage: "compute the features of a run folder's samples, or those of any model",
		UsageText: `memdil export [--engine ort|onnx-go] [--formats LIST] RUN_DIR
memdil export --epoch N|best -o MODEL.onnx RUN_DIR
memdil export --model MODEL.onnx --dataset NAME [--classes K] [-o DIR] [FLAGS]`,
		Description: `Runs all training and test samples through the folder's model.onnx and writes
features/train.arrow, test.arrow and classifier.arrow.

With --epoch it writes the model as it was after an epoch instead: the best one,
or one of those that --checkpoint_every_epoch kept.

With --model it does so for a trained model from anywhere, without a run folder:
an ONNX file that takes the data set's images, 3×32×32 and normalised, and gives
logits. --logits and --features_tensor name tensors that are not to be found.

Examples, the first with the second engine, in pure Go, the last of a model of
PyTorch's:
   memdil export --engine onnx-go runs/UID
   memdil export --epoch best -o best.onnx runs/UID
   memdil export --model resnet18.onnx --dataset cifar10 -o resnet18`,
		Flags: append(exportSettingFlags(),
			&cli.PathFlag{Name: "model", Usage: "export the features of the model in this `FILE`", Destination: &o.Model},
			&cli.StringFlag{Name: "epoch", Usage: "write the model as it was after this epoch, a number or best", Destination: &o.Epoch},
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the features to `PATH`/features, or the epoch's model to the file PATH", DefaultText: "here", Destination: &o.Output},
			&cli.StringFlag{Name: "engine", Usage: "what computes the features, ort or onnx-go", DefaultText: "the run's own", Destination: &o.Engine},
			&cli.StringFlag{Name: "formats", Usage: "write tables also as these `LIST`ed formats: parquet, csv, npy", Destination: &o.Formats},
		),
		Action: func(c *cli.Context) (err error) {
			o.Run = c.Args().First()
			if err := noArguments(c, c.Args().Tail()); err != nil {
				return err
			}
			if o.Experiment, err = exportExperiment(c, o); err != nil {
				return err
			}
			return runExport(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// ofModelExport are the settings that matter to a model's features beside
// those of the data.
var ofModelExport = []string{"logits", "features_tensor", "threads"}

func exportSettingFlags() []cli.Flag {
	return slices.DeleteFunc(settingFlags(), func(f cli.Flag) bool { return !ofExport(f.Names()[0]) })
}

func ofExport(name string) bool {
	return slices.ContainsFunc(settings.Table(), func(s settings.Setting) bool {
		return s.Name == name && s.Obsolete == "" && (s.Stage == settings.StageData || slices.Contains(ofModelExport, name))
	})
}

// exportExperiment reads the settings of a model to export; a run folder has
// its own.
func exportExperiment(c *cli.Context, o ExportOptions) (settings.Experiment, error) {
	e := settings.Defaults()
	for _, s := range settings.Table() {
		if !ofExport(s.Name) || !c.IsSet(s.Name) {
			continue
		}
		if o.Model == "" {
			return e, usage(fmt.Errorf("--%s is for a model of its own", s.Name), "name one with --model; a run folder's data are those that it was trained on")
		}
		if err := setFrom(c, &e, s.Name); err != nil {
			return e, err
		}
	}
	if o.Model != "" {
		if err := e.Set("graph", o.Model); err != nil {
			return e, badFlag("model", err)
		}
	}
	return e, settingError(ofModel(e.Check()))
}

// ofModel names the flag --model where a mistake is of the setting graph.
func ofModel(err error) error {
	var u *settings.UsageError
	if errors.As(err, &u) && u.Setting == "graph" {
		u.Setting = "model"
	}
	return err
}

// runExport writes the features of a run folder or of a model, or the model of
// an epoch.
func runExport(ctx context.Context, o ExportOptions, stdout, stderr io.Writer) error {
	if o.Epoch != "" {
		return exportEpoch(o, stderr)
	}
	formats, err := arrowfile.ParseFormats(o.Formats)
	if err != nil {
		return badFlag("formats", err)
	}
	options := pipeline.Options{Formats: formats}
	if o.Engine != "" {
		kind, err := features.ParseEngineKind(o.Engine)
		if err != nil {
			return badFlag("engine", err)
		}
		options.Engine = settings.Engine(kind)
	}
	switch {
	case o.Run != "" && o.Model != "":
		return usage(errors.New("both a run folder and --model are given"), "export the one or the other")
	case o.Run != "" && o.Output != "":
		return usage(errors.New("-o has no use for a run folder"), "its features are written into it; `memdil export --epoch best -o best.onnx %s` writes a model", o.Run)
	case o.Run != "":
		return runStage(ctx, o.Run, settings.StageExport, options, stderr)
	case o.Model == "":
		return usage(errors.New("the run folder is missing"), "usage: memdil export RUN_DIR, or memdil export --model MODEL.onnx --dataset NAME")
	}
	if err := checkOutputFolder(o.Output); err != nil {
		return err
	}
	v := newView(stderr, "")
	defer v.stop()
	options.Reporter, options.Log = v, newLog(v)
	dir := cmp.Or(o.Output, ".")
	if err := pipeline.ExportModel(ctx, o.Experiment, dir, options); err != nil {
		return advise(settingError(ofModel(err)), "")
	}
	v.stop()
	_, err = fmt.Fprintln(stdout, filepath.Join(dir, runfolder.FeaturesDir))
	return err
}

// exportEpoch writes the model of one of a run folder's epochs.
func exportEpoch(o ExportOptions, stderr io.Writer) error {
	switch {
	case o.Run == "":
		return usage(errors.New("the run folder is missing"), "usage: memdil export --epoch N|best -o MODEL.onnx RUN_DIR")
	case o.Output == "":
		return usage(errors.New("--epoch and --output belong together"), "`memdil export --epoch best -o best.onnx %s`", o.Run)
	case o.Engine != "" || o.Model != "" || o.Formats != "":
		return usage(errors.New("--engine, --model and --formats are about features, --epoch writes a model"), "leave one of them out")
	}
	if err := checkOutput(o.Output); err != nil {
		return err
	}
	m, err := pipeline.KeptModel(o.Run, o.Epoch)
	if err != nil {
		return settingError(err)
	}
	return saveModel(stderr, o.Output, m)
}
