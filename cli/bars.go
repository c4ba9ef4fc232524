package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/memdil/memdil/pipeline"
)

// bars reports with progress bars.
type bars struct {
	w     io.Writer
	title string

	mu    sync.Mutex // of bar: messages may come from any goroutine
	bar   *bar       // at work, nil for none
	epoch string     // record of the last epoch
}

var _ view = (*bars)(nil)

// bar is a bar on the screen.
type bar struct {
	what     string
	progress *mpb.Progress
	*mpb.Bar
	text  atomic.Pointer[string] // beside it; mpb's goroutine reads it
	start time.Time
	first int64 // where it stood at the start
}

// Stage ends the bar of the stage before, and says what begins or is skipped.
func (b *bars) Stage(s pipeline.Stage, skipped bool) {
	b.stop()
	if skipped {
		fmt.Fprintf(b.w, "%s%s: done before\n", b.title, s)
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
	text := b.epoch
	if text == "" {
		text = fmt.Sprintf("epoch %d/%d: loss %.4f", epoch, epochs, loss)
	}
	b.show("train", int64(epoch-1)*int64(batches)+int64(batch), int64(epochs)*int64(batches), text)
}

// Epoch puts an epoch's record beside the bar, where it stays until the next.
func (b *bars) Epoch(e pipeline.Epoch, epochs int) {
	b.epoch = fmt.Sprintf("epoch %d/%d: %s", e.Epoch, epochs, record(e))
	b.say(b.epoch)
}

// Export moves the bar of a split's features.
func (b *bars) Export(split string, done, total int) {
	b.show("features of "+split, int64(done), int64(total), fmt.Sprintf("%d samples", total))
}

// show moves the bar of something, which it starts if another one was at work.
func (b *bars) show(what string, done, total int64, text string) {
	if b.bar == nil || b.bar.what != what {
		b.stop()
		b.begin(what, done, total)
	}
	if eta := b.bar.eta(done, total); eta != "" {
		text = eta + ", " + text
	}
	b.say(text)
	b.bar.SetCurrent(done)
}

func (b *bars) begin(what string, done, total int64) {
	started := &bar{what: what, start: time.Now(), first: done}
	started.text.Store(new(string))
	started.progress = mpb.New(mpb.WithOutput(b.w))
	started.Bar = started.progress.AddBar(total,
		mpb.BarWidth(24), mpb.BarFillerTrim(),
		mpb.PrependDecorators(decor.Name(b.title+what+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + *started.text.Load() })))
	b.mu.Lock()
	b.bar = started
	b.mu.Unlock()
}

// eta says how long the rest will take, going by what was done since the bar
// appeared.
func (b *bar) eta(done, total int64) string {
	if done == b.first || done == total {
		return ""
	}
	rest := float64(time.Since(b.start)) * float64(total-done) / float64(done-b.first)
	return time.Duration(rest).Round(time.Second).String() + " left"
}

func (b *bars) say(text string) {
	if b.bar != nil {
		b.bar.text.Store(&text)
	}
}

// Write prints lines above the bar.
func (b *bars) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		return b.bar.progress.Write(p)
	}
	return b.w.Write(p)
}

// stop ends the bar at work where it stands.
func (b *bars) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return
	}
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.bar.progress.Wait()
	b.bar = nil
}
