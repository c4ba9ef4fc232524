package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync/atomic"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/memdil/memdil/pipeline"
)

// newReporter shows a run on w: bars on a terminal, plain lines elsewhere. The
// title, which may be empty, begins every line. stop must be called in the
// end, before anything else is written to w.
func newReporter(w io.Writer, title string) (r pipeline.Reporter, stop func()) {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		t := &bars{w: w, title: title}
		t.say("")
		return t, t.stop
	}
	return &lines{w: w, title: title}, func() {}
}

// lines reports in plain lines: one a stage and one an epoch.
type lines struct {
	pipeline.Silent
	w     io.Writer
	title string
	file  string // being downloaded
}

var _ pipeline.Reporter = (*lines)(nil)

func (l *lines) printf(format string, args ...any) {
	if l.title != "" {
		format = l.title + ": " + format
	}
	fmt.Fprintf(l.w, format+"\n", args...)
}

// Stage names the stage that begins.
func (l *lines) Stage(s pipeline.Stage, skipped bool) {
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
func (l *lines) Summary(text string) { fmt.Fprint(l.w, text) }

// Epoch prints an epoch's record.
func (l *lines) Epoch(e pipeline.Epoch, epochs int) {
	l.printf("epoch %d/%d: %s, %.0f samples/s", e.Epoch, epochs, record(e), e.SamplesPerSecond)
}

// record spells out an epoch's losses and accuracies.
func record(e pipeline.Epoch) string {
	text := fmt.Sprintf("loss %.4f, accuracy %.2f %%", e.TrainLoss, e.TrainAcc)
	if !math.IsNaN(e.ValLoss) {
		text += fmt.Sprintf(", validation loss %.4f, accuracy %.2f %%", e.ValLoss, e.ValAcc)
	}
	return text
}

// bars reports with progress bars.
type bars struct {
	w        io.Writer
	title    string
	progress *mpb.Progress
	bar      *mpb.Bar
	what     string                 // the bar at work
	text     atomic.Pointer[string] // beside it; the bar's own goroutine reads it
}

var _ pipeline.Reporter = (*bars)(nil)

// Stage ends the bar of the stage before, and says which stages are skipped.
func (b *bars) Stage(s pipeline.Stage, skipped bool) {
	b.stop()
	if skipped {
		fmt.Fprintf(b.w, "%s: done before\n", strings.TrimSpace(b.title+" "+string(s)))
	}
}

// Download shows a file's bar.
func (b *bars) Download(file string, done, total int64) {
	b.show("download "+file, done, total, fmt.Sprintf("%.1f of %.1f MB", float64(done)/1e6, float64(total)/1e6))
}

// Summary prints the model's summary.
func (b *bars) Summary(text string) {
	b.stop()
	fmt.Fprint(b.w, text)
}

// Batch moves the training's bar, which is one for all epochs.
func (b *bars) Batch(epoch, epochs, batch, batches int, loss float64) {
	done := int64(epoch-1)*int64(batches) + int64(batch)
	text := *b.text.Load()
	if batch < batches {
		text = fmt.Sprintf("epoch %d/%d, loss %.4f", epoch, epochs, loss)
	}
	b.show("train", done, int64(epochs)*int64(batches), text)
}

// Epoch puts an epoch's record beside the bar.
func (b *bars) Epoch(e pipeline.Epoch, epochs int) {
	b.say(fmt.Sprintf("epoch %d/%d, %s", e.Epoch, epochs, record(e)))
}

func (b *bars) say(text string) { b.text.Store(&text) }

// Export moves the bar of a split's features.
func (b *bars) Export(split string, done, total int) {
	b.show("features of "+split, int64(done), int64(total), fmt.Sprintf("%d of %d", done, total))
}

// show moves the bar of something, which it starts if another one was at work.
func (b *bars) show(what string, done, total int64, text string) {
	if b.what != what {
		b.stop()
		b.what = what
		b.progress = mpb.New(mpb.WithOutput(b.w), mpb.WithWidth(40))
		b.bar = b.progress.AddBar(total,
			mpb.PrependDecorators(decor.Name(strings.TrimSpace(b.title+" "+what)+" ")),
			mpb.AppendDecorators(decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 6}), ""),
				decor.Any(func(decor.Statistics) string { return "  " + *b.text.Load() })))
	}
	b.say(text)
	b.bar.SetCurrent(done)
}

// stop ends the bar at work where it stands.
func (b *bars) stop() {
	if b.progress == nil {
		return
	}
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.progress.Wait()
	b.progress, b.bar, b.what = nil, nil, ""
}
