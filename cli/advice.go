package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// advise adds to the failure of a run what the user can do next. once, unless
// it is "", is the flag that is not to be repeated.
func advise(err error, once string) error {
	again := "the same command goes on from here"
	if once != "" {
		again = fmt.Sprintf("the same command without --%s goes on from here", once)
	}
	var (
		option   *datasets.OptionError
		diverged *train.DivergedError
		device   *ort.DeviceError
		infinite *metrics.NotFiniteError
		gpu      *ort.GPUError
	)
	const anew = "a run with a smaller --lr needs a --uid of its own, or --force to move this one away"
	switch {
	case errors.Is(err, context.Canceled):
		return hint(err, "%s", again)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return hint(err, "make room: %s", again)
	case errors.Is(err, syscall.EFBIG):
		return hint(err, "raise the limit of file sizes (ulimit -f): %s", again)
	case errors.As(err, &diverged) && diverged.Epoch > 1:
		return hint(err, "%s; its finished epochs are in %s", anew, runfolder.HistoryFile)
	case errors.As(err, &infinite):
		return hint(err, "the numbers of the model have grown too large: %s", anew)
	case errors.As(err, &device): // says what to do
	case errors.As(err, &gpu) && gpu.Full:
		return hint(err, "use a smaller batch_size, or the device cpu")
	case errors.As(err, &gpu):
		return hint(err, "%s", again)
	case errors.As(err, &option):
		return badFlag(option.Option, errors.New(option.Reason))
	}
	return settingError(err)
}

// onceOnly returns the flag of an experiment that would undo what was done so
// far if the command were repeated with it, "" for none.
func onceOnly(e settings.Experiment) string {
	switch {
	case e.Force:
		return "force"
	case e.ForceRetrain:
		return "force_retrain"
	}
	return ""
}
