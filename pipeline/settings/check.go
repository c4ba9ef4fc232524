package settings

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/train"
)

// Check settles what depends on other settings or on the machine (classes,
// val_split_prop, ghost_batch, threads, the host loop's device, what is kept of
// large-scale runs) and reports settings that do not go together. The error is
// a *UsageError.
func (e *Experiment) Check() error {
	for _, check := range []func(Experiment) *UsageError{
		checkClasses, checkEmbedded, checkSamples, checkNoise, checkFeatures, checkLoop, checkStages,
	} {
		if err := check(*e); err != nil {
			return err
		}
	}
	if e.Graph != "" {
		if err := identify("graph", e.Graph, &e.GraphSHA256, "name the ONNX file of a model"); err != nil {
			return err
		}
	}
	if e.Noise.NeedsFile() {
		if err := identify("noise_file", e.NoiseFile, &e.NoiseSHA256, "name the file of the noise"); err != nil {
			return err
		}
	}
	*e = e.resolved()
	return nil
}

// identify notes which file a setting names, unless that was noted before: a
// recorded run does not need the file any more.
func identify(setting, path string, sum *string, hint string) (err error) {
	if *sum != "" {
		return nil
	}
	if *sum, err = files.Digest(path); err != nil {
		return &UsageError{Setting: setting, Reason: err.Error(), Hint: hint}
	}
	return nil
}

// resolved returns e with the values that Check settles.
func (e Experiment) resolved() Experiment {
	e.Dataset = settledDataset(e.Dataset)
	if list := words(e.ClassList); len(list) > 0 {
		e.Classes = len(list)
	} else if e.Classes == 0 {
		e.Classes = classesOf(e.Dataset)
	}
	if e.SampleSize > 0 && !e.given["val_split_prop"] {
		e.ValSplit = 0
	}
	if e.Threads == 0 {
		e.Threads = runtime.GOMAXPROCS(0)
	}
	if isLBFGS(e) && e.BatchSize > 0 && !e.given["ghost_batch"] {
		e.GhostBatch = 0
	}
	if e.Device.Kind == ort.Auto && (e.Loop == train.HostLoop || e.needsHostLoop() != "") {
		e.Device = ort.Device{Kind: ort.CPU} // where that loop runs
	}
	if e.LargeScaleUID && !e.given["checkpoint_every_epoch"] {
		e.CheckpointEveryEpoch = true // as the original's large-scale experiments do
	}
	e.DataDir = settledPath(e.DataDir)
	e.Graph = settledPath(e.Graph)
	e.NoiseFile = settledPath(e.NoiseFile)
	return e
}

// settledPath makes a relative path absolute, so that later commands find it
// from wherever they are called.
func settledPath(path string) string {
	if path == "" || path == Embedded || strings.HasPrefix(path, "~") {
		return path
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path // without a working directory nothing better can be said
	}
	return absolute
}

func checkFeatures(e Experiment) *UsageError {
	k, d := e.resolved().Outputs(), e.features()
	switch {
	case ofZoo(e) && e.FourClass && e.TwoFeatures && e.FixDim > 0 && e.FixDim != 2:
		return &UsageError{"fourclass_twofeatures", fmt.Sprintf("there are to be two features, but fixdim is %d", e.FixDim), "leave one of them out"}
	case ofZoo(e) && e.ETF && d > 0 && d < k:
		err := usage("ETF_fc", "a simplex of %d classes needs at least %d features, but fixdim is %d", k, k, d)
		err.Hint = "raise fixdim or leave it out"
		return err
	}
	return nil
}

// CheckLoop returns a *UsageError where the loop cannot run on the device, or not
// do what the optimizer and the batch ask for.
func (e Experiment) CheckLoop() error {
	if err := checkLoop(e); err != nil {
		return err
	}
	return nil
}

// checkLoop reports a loop that cannot run where it is to, or what it is to.
func checkLoop(e Experiment) *UsageError {
	if e.Device.Kind == ort.CUDA && e.Loop == train.HostLoop {
		return &UsageError{"loop", "the host loop runs on the CPU only, not on " + e.Device.String(), "leave loop out, or make it device"}
	}
	setting := e.needsHostLoop()
	switch {
	case setting == "":
		return nil
	case e.Device.Kind == ort.CUDA:
		return &UsageError{setting, "needs the host loop, which runs on the CPU only, not on " + e.Device.String(), "leave device out, or make it cpu"}
	case e.Loop == train.DeviceLoop:
		return &UsageError{setting, "needs the host loop", "leave loop out, or make it host"}
	}
	return nil
}

// needsHostLoop names the setting that only the host loop can do; "" for none.
func (e Experiment) needsHostLoop() string {
	switch {
	case isLBFGS(e):
		return "optimizer"
	case e.MicroBatch > 0 && (e.BatchSize == 0 || e.MicroBatch < e.BatchSize):
		return "micro_batch"
	}
	return ""
}

// checkStages reports a choice of stages that contradicts itself or what else
// is asked for.
func checkStages(e Experiment) *UsageError {
	switch {
	case e.From != "" && e.Until != "" && e.From.After(e.Until):
		return usage("from", "%s comes after --until %s: nothing is left to run", e.From, e.Until)
	case e.ForceRetrain && !slices.Contains(e.Asked(), StageTrain):
		return &UsageError{"force_retrain", "the stages that are asked for do not train", "leave --from or --until out"}
	case e.DeleteModel && e.Until != "" && StageExport.After(e.Until):
		return &UsageError{"delete_model", "the export of features, which needs the model, comes after --until " + string(e.Until), "leave one of them out"}
	}
	return nil
}
