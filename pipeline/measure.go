package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// This file measures models over training. What export and metrics do in two
// stages happens at once; the features pass through a temporary file.

// measures reports whether an epoch is one to measure after.
func (s *session) measures(epoch int) bool {
	n := s.exp.MeasureEvery
	return n > 0 && (epoch%n == 0 || epoch == s.exp.Epochs)
}

// noteUnmeasured warns that a training that is done was not measured as is asked
// for now: measure_every changes no result, so nothing else would say so.
func (r *run) noteUnmeasured() {
	if r.exp.MeasureEvery == 0 {
		return
	}
	epochs, err := history.Read(r.folder.file(runfolder.HistoryFile))
	if err == nil && !slices.ContainsFunc(epochs, func(e history.Epoch) bool { return e.Measured() }) {
		r.log.Warn("measure_every comes too late, the training is done: --force_retrain trains again; memdil metrics --every-epoch measures what checkpoint_every_epoch has kept")
	}
}

// measureNow measures the weights as they are into the record of the epoch, which
// stays without these numbers where the features are none.
func (s *session) measureNow(ctx context.Context, e *history.Epoch) error {
	m, err := s.trainer.Model()
	if err != nil {
		return err
	}
	results, err := s.measureModel(ctx, m, s.trainer.Device(), metrics.Options{})
	if _, diverged := errors.AsType[*metrics.NotFiniteError](err); diverged {
		s.log.Warn(fmt.Sprintf("epoch %d is not measured: %v", e.Epoch, err))
		return nil
	}
	if err != nil {
		return fmt.Errorf("measuring after epoch %d: %w", e.Epoch, err)
	}
	results.AddTo(e)
	return nil
}

// measureModel measures a model on the run's samples.
func (r *run) measureModel(ctx context.Context, m *graphs.Model, device ort.Device, o metrics.Options) (*measure.Results, error) {
	d, err := r.selected(ctx)
	if err != nil {
		return nil, err
	}
	layer, err := lastLayer(m)
	if err != nil {
		return nil, err
	}
	engine, err := r.engineOf(ctx, r.folder.checkpoint(""), m, device)
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }() // it holds memory only
	var results measure.Results
	if results.Train, err = r.measureSamples(ctx, engine, split(d, datasets.Train, datasets.Val), layer, o); err != nil {
		return nil, err
	}
	results.Train.Split = "train"
	o.Train = results.Train
	if results.Test, err = r.measureSamples(ctx, engine, split(d, datasets.Test), layer, o); err != nil {
		return nil, err
	}
	results.Test.Split = "test"
	return &results, nil
}

// engineOf makes an engine of a model that is in no file yet; dir takes one for
// a moment.
func (r *run) engineOf(ctx context.Context, dir string, m *graphs.Model, device ort.Device) (features.Engine, error) {
	file, err := os.CreateTemp(dir, ".model.onnx*") // swept with all that is half written
	if err != nil {
		return nil, fmt.Errorf("making a file for the model: %w", err)
	}
	path := file.Name()
	defer func() { _, _ = os.Remove(path), os.Remove(path+".data") }() // loaded by then
	// It need not last, so it is not brought to disk; but a model beyond 2 GiB
	// is more than one file, which Save knows about.
	data, err := graphs.Encode(m)
	if err == nil {
		_, err = file.Write(data)
	} else {
		err = graphs.Save(path, m)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("writing the model for a while: %w", err)
	}
	return features.NewEngine(ctx, r.engineKind(), path, features.EngineOptions{Threads: r.exp.Threads, Device: device})
}

// lastLayer reads the classifier of a trained model, nil when it has none.
func lastLayer(m *graphs.Model) (*metrics.Classifier, error) {
	layer, err := training.ReadLastLayer(m, "features", "logits")
	if err != nil || layer == nil {
		return nil, err
	}
	return &metrics.Classifier{Weight: widen(layer.Weight), Bias: widen(layer.Bias)}, nil
}

// measureSamples measures the features that the engine has of samples.
func (r *run) measureSamples(ctx context.Context, engine features.Engine, s samples, layer *metrics.Classifier, o metrics.Options) (_ *metrics.Result, err error) {
	spool, err := features.NewSpool(r.folder.checkpoint(""), features.Meta{Dim: engine.Dim(), Classes: engine.Classes()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, spool.Close()) }()
	if err := features.Export(ctx, engine, s, s.selected(), spool, nil); err != nil {
		return nil, err
	}
	o.TrueClasses, o.Test = r.exp.TrueClasses(), s.isTest()
	return metrics.Compute(ctx, batches{spool}, layer, o)
}

// batches presents a spool to package metrics.
type batches struct{ *features.Spool }

// Each hands out the rows.
func (b batches) Each(visit func(metrics.Batch) error) error {
	return b.Spool.Each(func(r features.Batch) error {
		return visit(metrics.Batch{Features: r.Features, Logits: r.Logits, Labels: r.Labels, TrueLabels: r.TrueLabels})
	})
}
