package pipeline

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/settings"
)

// TestMemory warns of batches that take more memory than there is, when both
// are known.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		optimizer   training.OptimizerKind
		takes, free int64
		want        string
	}{
		{training.SGD, 100e6, 50e6, "evaluating a batch takes about 100.0 MB of memory, and 50.0 MB are free: --micro_batch evaluates it in pieces"},
		{training.LBFGS, 100e6, 50e6, "--ghost_batch evaluates it in pieces"},
		{training.SGD, 100e6, 100e6, ""},
		{training.SGD, 0, 50e6, ""},
		{training.SGD, 100e6, 0, ""},
	} {
		var log strings.Builder
		s := &session{run: &run{exp: settings.Experiment{Optimizer: c.optimizer}, log: slog.New(slog.NewTextHandler(&log, nil))}}
		s.checkMemory(c.takes, c.free)
		if got := log.String(); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s, %d of %d bytes: %q, want %q", c.optimizer, c.takes, c.free, got, c.want)
		}
	}
}

// TestModelTooLarge asks for a model of 2⁵⁰ bytes: a mistake, and not the end of
// this process by the system's hand.
func TestModelTooLarge(t *testing.T) {
	if machine.FreeMemory() == 0 {
		t.Skip("the system does not tell how much memory is free")
	}
	e := with(t, settings.Defaults(), "model", "MLP", "width", "65536", "depth", "65536")
	var mistake *settings.UsageError
	if _, err := Net(e); !errors.As(err, &mistake) || !strings.Contains(err.Error(), "the weights take more memory than") {
		t.Errorf("error %v", err)
	}
}
