package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

func TestAdvise(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "model.onnx", Err: syscall.ENOSPC}
	for _, c := range []struct {
		err   error
		once  string
		want  string
		usage bool
	}{
		{fmt.Errorf("training: %w", context.Canceled), "", "memdil: interrupted; the same command goes on from here\n", false},
		{context.Canceled, "force", "memdil: interrupted; the same command without --force goes on from here\n", false},
		{full, "", "memdil: write model.onnx: no space left on device; make room: the same command goes on from here\n", false},
		{&train.DivergedError{Epoch: 1, Batch: 2, Loss: math.NaN()}, "",
			"memdil: the loss is NaN in epoch 1, batch 2: training diverged; try a smaller learning rate\n", false},
		{&train.DivergedError{Epoch: 3, Batch: 2, Loss: math.NaN()}, "",
			"memdil: the loss is NaN in epoch 3, batch 2: training diverged; try a smaller learning rate; " +
				"a run with a smaller --lr needs a --uid of its own, or --force to move this one away; its finished epochs are in history.arrow\n", false},
		{&metrics.NotFiniteError{Place: "row 0, column 1 of feature", Value: math.Inf(1)}, "",
			"memdil: metrics: row 0, column 1 of feature: +Inf; the numbers of the model have grown too large: " +
				"a run with a smaller --lr needs a --uid of its own, or --force to move this one away\n", false},
		{&ort.GPUError{Reason: "the GPU has no room for another 7 MB", Full: true}, "", "memdil: the GPU has no room for another 7 MB; use a smaller batch_size, or the device cpu\n", false},
		{&ort.GPUError{Reason: "CUDA failure 719"}, "force", "memdil: CUDA failure 719; the same command without --force goes on from here\n", false},
		{&ort.DeviceError{Device: ort.Device{Kind: ort.CUDA}, Err: &ort.GPUError{Reason: "CUDA failure 100"}}, "", "memdil: use the device cuda:0: CUDA failure 100\n", false},
		{&datasets.OptionError{Option: "classes", Reason: "too many"}, "", "memdil: --classes: too many\n", true},
		{&settings.UsageError{Setting: "batch_size", Reason: "too big", Hint: "less"}, "", "memdil: --batch_size: too big; less\n", true},
		{os.ErrPermission, "", "memdil: permission denied\n", false},
	} {
		var out bytes.Buffer
		err := advise(c.err, c.once)
		printError(&out, err)
		if out.String() != c.want || errors.Is(err, ErrUsage) != c.usage || !errors.Is(err, c.err) && !c.usage {
			t.Errorf("%v: %q, want %q", c.err, out.String(), c.want)
		}
	}
	if advise(nil, "") != nil {
		t.Error("advice without a failure")
	}
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out).With("run", "a")
	log.Info("not for people")
	log.Warn("two\nlines", "file", "x.onnx", "n", 3)
	log.WithGroup("g").Error("worse", slog.Bool("bad", true))
	want := "memdil: two lines (run a, file x.onnx, n 3)\nmemdil: worse (run a, bad true)\n"
	if out.String() != want {
		t.Errorf("logged %q, want %q", out.String(), want)
	}
}

func TestPrintResults(t *testing.T) {
	r := &measure.Results{
		Train: &metrics.Result{AccuracyTop1: 94.5, NC1: 1.5, NC2ETF: 1234, NC3WH: 1e-7, NC4BiasPlus: metrics.Float(math.NaN())},
		Test:  &metrics.Result{AccuracyTop1: 100, NC1: 0.25},
	}
	r.Train.Memorization.Mean = metrics.Float(math.NaN())
	var out bytes.Buffer
	if err := printResults(&out, []string{"CE", "LS"}, []*measure.Results{r, r}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"                                  CE                      LS",
		"                   train        test       train        test",
		"accuracy %         94.50       100.0       94.50       100.0",
		"NC1                1.500      0.2500       1.500      0.2500",
		"NC2                 1234                    1234",
		"NC3            1.000e-07       0.000   1.000e-07       0.000",
		"NC4                    –       0.000           –       0.000",
		"memorization           –                       –",
	}
	got := strings.Split(out.String(), "\n")
	for i, w := range want {
		if got[i] != w {
			t.Errorf("line %d is\n%q, want\n%q", i+1, got[i], w)
		}
	}
}

// TestPrintRunPart prints what there is of a run that was not to go as far as
// its results: as JSON, too, nothing else.
func TestPrintRunPart(t *testing.T) {
	for asJSON, want := range map[bool]string{
		false: "runs/a: done up to stage train\n",
		true:  `{"path":"runs/a","until":"train"}`,
	} {
		var out, compact bytes.Buffer
		o := RunOptions{JSON: asJSON, Experiment: settings.Experiment{Until: settings.StageTrain}}
		if err := printRun(&out, "runs/a", o); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != want {
			if err := json.Compact(&compact, out.Bytes()); err != nil || compact.String() != want {
				t.Errorf("printed %q (%v), want %s", got, err, want)
			}
		}
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out, "LS")
	v.Download("a.gz", 1, 2_000_000)
	v.Download("a.gz", 2, 2_000_000)
	v.Stage(settings.StageData, true)
	v.Stage(settings.StageTrain, false)
	v.Batch(1, 2, 1, 2, 0.5)
	v.Epoch(history.Epoch{Epoch: 1, TrainLoss: 0.5, TrainAcc: 75, ValLoss: math.NaN(), SamplesPerSecond: 10}, 2)
	v.Epoch(history.Epoch{Epoch: 2, TrainLoss: 0.25, TrainAcc: 100, ValLoss: 1, ValAcc: 50, SamplesPerSecond: 10}, 2)
	v.stop()
	want := `LS: downloading a.gz (2.0 MB)
LS: data: done before
LS: train
LS: epoch 1/2: loss 0.5000, accuracy 75.00 %, 10 samples/s
LS: epoch 2/2: loss 0.2500, accuracy 100.00 %, validation loss 1.0000, accuracy 50.00 %, 10 samples/s
`
	if out.String() != want {
		t.Errorf("reported\n%s, want\n%s", out.String(), want)
	}
}

// TestBars runs all of a bar's life, messages from elsewhere among it. What it
// looks like is the library's business.
func TestBars(t *testing.T) {
	var out bytes.Buffer
	b := &bars{c: newConsole(&out), title: "LS: "}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			fmt.Fprintln(b, "memdil: a warning")
		}
	}()
	b.Download("a.gz", 5, 10)
	b.Summary("summary\n")
	for batch := 1; batch <= 4; batch++ {
		b.Batch(1, 1, batch, 4, 0.5)
	}
	b.Epoch(history.Epoch{Epoch: 1, ValLoss: math.NaN()}, 1)
	b.Export("train", 1, 2) // ends before it is full
	<-done
	b.stop()
	b.stop()
	if n := strings.Count(out.String(), "memdil: a warning\n"); n != 20 || !strings.Contains(out.String(), "summary\n") {
		t.Errorf("%d warnings in\n%s", n, out.String())
	}
}

func TestTimeLeft(t *testing.T) {
	b := &bar{start: time.Now().Add(-10 * time.Second), first: 50} // resumed at half
	for done, want := range map[int64]string{50: "", 60: "40 s left", 100: ""} {
		if got := b.left(done, 100); got != want {
			t.Errorf("at %d of 100: %q, want %q", done, got, want)
		}
	}
}
