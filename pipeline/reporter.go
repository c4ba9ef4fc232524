package pipeline

import (
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/settings"
)

// Reporter is told what a run does, to show it. Its methods are called from
// one goroutine at a time.
type Reporter interface {
	// Stage says that a stage begins, or that it is skipped because it is done.
	Stage(s settings.Stage, skipped bool)
	// Download says how many bytes of a file are there.
	Download(file string, done, total int64)
	// Summary is the model's summary, printed before training.
	Summary(text string)
	// Resumed says that training goes on where it stopped: after so many of all
	// epochs. They may be all.
	Resumed(epoch, epochs int)
	// Batch says how many of an epoch's batches are done, and the mean loss so
	// far.
	Batch(epoch, epochs, batch, batches int, loss float64)
	// Epoch is the record of a finished epoch.
	Epoch(e history.Epoch, epochs int)
	// Export says how many samples' features are computed.
	Export(split string, done, total int)
}

// Silent is a Reporter that shows nothing.
type Silent struct{}

var _ Reporter = Silent{}

// Stage does nothing.
func (Silent) Stage(settings.Stage, bool) {}

// Download does nothing.
func (Silent) Download(string, int64, int64) {}

// Summary does nothing.
func (Silent) Summary(string) {}

// Resumed does nothing.
func (Silent) Resumed(int, int) {}

// Batch does nothing.
func (Silent) Batch(int, int, int, int, float64) {}

// Epoch does nothing.
func (Silent) Epoch(history.Epoch, int) {}

// Export does nothing.
func (Silent) Export(string, int, int) {}
