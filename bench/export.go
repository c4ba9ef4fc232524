package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/machine"
)

// ExportOptions say what [Export] exports.
type ExportOptions struct {
	Samples int
	Batch   int // samples computed at once
	Threads int // 0 means all cores
	Repeats int // how often all samples are exported
}

// ExportResult is what [Export] measures.
type ExportResult struct {
	Batch            int    // the engine's: a model with a fixed batch keeps its own
	Seconds          Spread // from the first sample to the file on disk
	Infer            Spread // of them in the runtime
	Commit           Spread // of them bringing the file to disk
	SamplesPerSecond float64
	PeakMemory       int64 // of the process from the first sample on, in bytes; 0 when unknown
}

// Export measures the export of features of the net at its initial weights, on
// ONNX Runtime, as the stage of a run does it. One export more than is counted
// comes first.
func Export(ctx context.Context, net *training.Net, o ExportOptions) (*ExportResult, error) {
	dir, err := os.MkdirTemp("", "memdil-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the benchmark: %w", err)
	}
	defer os.RemoveAll(dir)
	m, err := net.Trained(nil)
	if err != nil {
		return nil, err
	}
	model := filepath.Join(dir, "model.onnx")
	if err := graphs.Save(model, m); err != nil {
		return nil, err
	}
	data, err := newSamples(net, o.Samples)
	if err != nil {
		return nil, err
	}
	engine, err := features.NewEngine(ctx, features.ONNXRuntime, model, features.EngineOptions{Threads: o.Threads, Batch: o.Batch})
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }() // it holds memory only
	e := &exporter{Engine: engine, data: data, path: filepath.Join(dir, "features.arrow")}
	machine.ForgetPeak()
	return e.measure(ctx, o.Repeats)
}

// exporter exports the same samples again and again, and is an engine that
// knows how long it computes.
type exporter struct {
	features.Engine
	data       *samples
	path       string
	inferring  time.Duration
	committing time.Duration
}

// Infer computes as the engine does.
func (e *exporter) Infer(i, n int) (h, z []float32, err error) {
	start := time.Now()
	h, z, err = e.Engine.Infer(i, n)
	e.inferring += time.Since(start)
	return h, z, err
}

func (e *exporter) measure(ctx context.Context, repeats int) (*ExportResult, error) {
	labels := make([]datasets.Sample, e.data.Len())
	for i := range labels {
		y := int32(e.data.Label(i))
		labels[i] = datasets.Sample{Index: int32(i), Label: y, TrueLabel: y}
	}
	var seconds, infer, commit []float64
	for i := range 1 + repeats {
		start := time.Now()
		if err := e.export(ctx, labels); err != nil {
			return nil, err
		}
		if i > 0 {
			seconds = append(seconds, time.Since(start).Seconds())
			infer = append(infer, e.inferring.Seconds())
			commit = append(commit, e.committing.Seconds())
		}
	}
	r := &ExportResult{Batch: e.Batch(), Seconds: newSpread(seconds), Infer: newSpread(infer), Commit: newSpread(commit), PeakMemory: machine.PeakMemory()}
	r.SamplesPerSecond = float64(len(labels)) / r.Seconds.Median
	return r, nil
}

func (e *exporter) export(ctx context.Context, labels []datasets.Sample) error {
	e.inferring = 0
	w, err := features.Create(e.path, features.Meta{Dim: e.Dim(), Classes: e.Classes(), Split: "train", HasSplitColumn: true})
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }() // removes what was not committed
	if err := features.Export(ctx, e, e.data, labels, w, nil); err != nil {
		return err
	}
	start := time.Now()
	err = w.Commit()
	e.committing = time.Since(start)
	return err
}
