package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/settings"
)

// bars reports with progress bars, one at a time. Messages may be written from
// any goroutine.
type bars struct {
	c     *console
	title string

	mu    sync.Mutex
	bar   *bar   // at work, nil for none
	away  *bar   // taken away for lines, to be drawn again; nil for none
	epoch string // record of the last epoch
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

func (b *bars) on() *console { return b.c }

// Stage ends the bar of the stage before, and says which stages are skipped.
func (b *bars) Stage(s settings.Stage, skipped bool) {
	if !skipped {
		b.stop()
		return
	}
	b.print(fmt.Sprintf("%s%s: done before\n", b.title, s))
}

// Download shows a file's bar.
func (b *bars) Download(file string, done, total int64) {
	b.show("download "+file, done, total, fmt.Sprintf("%.1f of %.1f MB", float64(done)/1e6, float64(total)/1e6))
}

// Summary prints the model's summary.
func (b *bars) Summary(text string) { b.print(text) }

// Resumed says where training goes on.
func (b *bars) Resumed(epoch, epochs int) { b.print(b.title + resumed(epoch, epochs) + "\n") }

// Batch moves the training's bar, which is one for all epochs.
func (b *bars) Batch(epoch, epochs, batch, batches int, loss float64) {
	text := b.epoch
	if text == "" {
		text = fmt.Sprintf("epoch %d/%d: loss %s", epoch, epochs, lossText(loss))
	}
	b.show("train", int64(epoch-1)*int64(batches)+int64(batch), int64(epochs)*int64(batches), text)
}

// Epoch puts an epoch's record beside the bar, where it stays until the next.
func (b *bars) Epoch(e history.Epoch, epochs int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.epoch = fmt.Sprintf("epoch %d/%d: %s", e.Epoch, epochs, record(e))
	if b.bar != nil {
		b.bar.say(b.epoch)
	}
}

// Export moves the bar of a split's features.
func (b *bars) Export(split string, done, total int) {
	b.show("features of "+split, int64(done), int64(total), fmt.Sprintf("%d samples", total))
}

// show moves the bar of something, which it starts if another one was at work.
func (b *bars) show(what string, done, total int64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil || b.bar.what != what {
		b.end(false)
		b.bar = newBar(b.c.w, b.title, what, done, total)
		if b.away != nil && b.away.what == what {
			b.bar.start, b.bar.first = b.away.start, b.away.first
		}
		b.away = nil
	}
	if left := b.bar.left(done, total); left != "" {
		text = left + ", " + text
	}
	b.bar.say(text)
	b.bar.SetCurrent(done)
}

func newBar(w io.Writer, title, what string, done, total int64) *bar {
	b := &bar{what: what, start: time.Now(), first: done}
	b.say("")
	b.progress = mpb.New(mpb.WithOutput(w), mpb.WithAutoRefresh())
	b.Bar = b.progress.AddBar(total,
		mpb.BarWidth(24), mpb.BarFillerTrim(),
		mpb.PrependDecorators(decor.Name(title+what+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + *b.text.Load() })))
	return b
}

func (b *bar) say(text string) { b.text.Store(&text) }

// left says how long the rest will take, going by what was done since the bar
// appeared.
func (b *bar) left(done, total int64) string {
	if done == b.first || done == total {
		return ""
	}
	rest := float64(time.Since(b.start)) * float64(total-done) / float64(done-b.first)
	return rounded(time.Duration(rest)) + " left"
}

// Write takes the bar away and prints lines; the next report draws it below
// them. (What is written through mpb above a bar may never be shown.)
func (b *bars) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		b.away = b.bar
	}
	b.end(true)
	return b.c.w.Write(p)
}

func (b *bars) print(text string) { _, _ = io.WriteString(b, text) }

// stop ends the bar at work where it stands.
func (b *bars) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(false)
}

// end ends the bar at work, which stays on the screen unless it is dropped; one
// that is complete stays in any case.
func (b *bars) end(drop bool) {
	if b.bar == nil {
		return
	}
	if !b.bar.Completed() {
		b.bar.Abort(drop)
	}
	b.bar.progress.Wait()
	b.bar = nil
}
