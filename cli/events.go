package cli

import (
	"log/slog"
	"time"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/settings"
)

// events reports in JSON, one object a line: a stage, an epoch, and every now
// and then how far something is.
type events struct {
	*console
	log  *slog.Logger
	last time.Time // of the last record of how far something is
}

var _ view = (*events)(nil)

// eventsEvery is the shortest time between two of those.
const eventsEvery = 5 * time.Second

func newEvents(c *console, title string) *events {
	log := slog.New(slog.NewJSONHandler(c.w, nil))
	if title != "" {
		log = log.With("run", title)
	}
	return &events{console: c, log: log}
}

func (e *events) on() *console { return e.console }
func (e *events) stop()        {}

// now reports whether it is time to say how far something is.
func (e *events) now() bool {
	if time.Since(e.last) < eventsEvery {
		return false
	}
	e.last = time.Now()
	return true
}

// Stage tells of every stage.
func (e *events) Stage(s settings.Stage, skipped bool) {
	e.log.Info("stage", "stage", s, "skipped", skipped)
}

// Download tells how far a download is.
func (e *events) Download(file string, done, total int64) {
	if done == total || e.now() {
		e.log.Info("download", "file", file, "done", done, "total", total)
	}
}

// Summary tells the model's summary.
func (e *events) Summary(text string) { e.log.Info("model", "summary", text) }

// Resumed tells where training goes on.
func (e *events) Resumed(epoch, epochs int) { e.log.Info("resumed", "epoch", epoch, "of", epochs) }

// Batch tells how far an epoch is.
func (e *events) Batch(epoch, epochs, batch, batches int, loss float64) {
	if e.now() {
		e.log.Info("batch", "epoch", epoch, "of", epochs, "batch", batch, "batches", batches, "loss", loss)
	}
}

// Epoch tells an epoch's record.
func (e *events) Epoch(r history.Epoch, epochs int) {
	e.log.Info("epoch", "epoch", r.Epoch, "of", epochs, "lr", r.LR, "train_loss", r.TrainLoss, "train_accuracy", r.TrainAcc,
		"val_loss", metrics.Float(r.ValLoss), "val_accuracy", metrics.Float(r.ValAcc), "samples_per_second", r.SamplesPerSecond)
}

// Export tells how far the features are.
func (e *events) Export(split string, done, total int) {
	if done == total || e.now() {
		e.log.Info("export", "split", split, "done", done, "total", total)
	}
}
