package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"

	"github.com/memdil/memdil/pipeline"
)

// newLog returns the log for people: warnings and errors, without times. The
// run folder's log.jsonl holds everything.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// provenance records what makes a run, but for the runtime's version, which
// the pipeline knows.
func provenance(argv []string) pipeline.Provenance {
	return pipeline.Provenance{
		Argv: argv, Memdil: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// resumable adds to an interruption what the user can do next.
func resumable(err error) error {
	if errors.Is(err, context.Canceled) {
		return hint(err, "the same command goes on from here")
	}
	return err
}
