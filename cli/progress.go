package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/settings"
)

// view shows a run: what it reports, and what is written to it, line by line.
type view interface {
	pipeline.Reporter
	io.Writer
	// on returns the console that shows it.
	on() *console
	// stop must be called in the end, before anything else is written to where
	// the run is shown.
	stop()
}

// newView shows a run on w: bars on a terminal, plain lines elsewhere, JSON or
// nothing where that is wanted. The title, which may be empty, begins every line.
func newView(w io.Writer, title string) view {
	c := consoleOf(w)
	switch {
	case c.quiet:
		return silent{console: c}
	case c.json:
		return newEvents(c, title)
	}
	if title != "" {
		title += ": "
	}
	if c.screen() {
		return &bars{c: c, title: title}
	}
	return &lines{console: c, title: title}
}

// silent shows nothing.
type silent struct {
	pipeline.Silent
	*console
}

var _ view = silent{}

func (s silent) on() *console { return s.console }
func (silent) stop()          {}

// lines reports in plain lines: one a stage and one an epoch.
type lines struct {
	pipeline.Silent
	*console
	title string
	file  string // being downloaded
}

var _ view = (*lines)(nil)

func (l *lines) on() *console { return l.console }
func (l *lines) stop()        {}

func (l *lines) printf(format string, args ...any) {
	fmt.Fprintf(l, l.title+format+"\n", args...)
}

// Stage names the stage that begins.
func (l *lines) Stage(s settings.Stage, skipped bool) {
	if skipped {
		l.printf("%s: done before", s)
		return
	}
	l.printf("%s", s)
}

// Download names each file once.
func (l *lines) Download(file string, _, total int64) {
	if file != l.file {
		l.printf("downloading %s (%.1f MB)", file, float64(total)/1e6)
	}
	l.file = file
}

// Summary prints the model's summary.
func (l *lines) Summary(text string) { fmt.Fprint(l, text) }

// Resumed says where training goes on.
func (l *lines) Resumed(epoch, epochs int) { l.printf("%s", resumed(epoch, epochs)) }

// resumed is the line on a training that goes on.
func resumed(epoch, epochs int) string {
	return fmt.Sprintf("train: goes on after %d of %d epochs", epoch, epochs)
}

// Epoch prints an epoch's record.
func (l *lines) Epoch(e history.Epoch, epochs int) {
	l.printf("epoch %d/%d: %s, %.0f samples/s", e.Epoch, epochs, record(e), e.SamplesPerSecond)
}

// record spells out an epoch's losses and accuracies.
func record(e history.Epoch) string {
	text := fmt.Sprintf("loss %s, accuracy %.2f %%", lossText(e.TrainLoss), e.TrainAcc)
	if !math.IsNaN(e.ValLoss) {
		text += fmt.Sprintf(", validation loss %s, accuracy %.2f %%", lossText(e.ValLoss), e.ValAcc)
	}
	return text
}
