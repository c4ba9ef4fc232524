package cli

import (
	"context"
	"errors"
	"syscall"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/train"
)

// advise adds to the failure of a run what the user can do next. forced says
// that the run was to begin anew.
func advise(err error, forced bool) error {
	again := "the same command goes on from here"
	if forced {
		again = "the same command without --force goes on from here"
	}
	var (
		option   *datasets.OptionError
		diverged *train.DivergedError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return hint(err, "%s", again)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return hint(err, "make room: %s", again)
	case errors.As(err, &diverged) && diverged.Epoch > 1:
		return hint(err, "a run with a smaller --lr needs a --uid of its own, or --force to move this one away; its finished epochs are in %s", pipeline.HistoryFile)
	case errors.As(err, &option):
		return badFlag(option.Option, errors.New(option.Reason))
	}
	return settingError(err)
}
