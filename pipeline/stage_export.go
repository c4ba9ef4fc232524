package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// export is the stage that computes the features and logits of all training,
// validation and test samples.
func (r *run) export(ctx context.Context) (facts, error) {
	d, err := r.selected(ctx)
	if err != nil {
		return nil, err
	}
	path := r.folder.file(runfolder.ModelFile)
	m, err := graphs.Load(path)
	if err != nil {
		return nil, err
	}
	engine, err := features.NewEngine(ctx, r.engineKind(), path, features.EngineOptions{Threads: r.exp.Threads})
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }() // it holds memory only
	return nil, r.exportAll(ctx, d, path, m, engine, r.exp.UID())
}

// engineKind is what computes features.
func (r *run) engineKind() features.EngineKind {
	if r.opts.Engine != "" {
		return features.EngineKind(r.opts.Engine)
	}
	return features.EngineKind(r.exp.Engine)
}

// exportAll writes what the engine, made of the model m at path, computes from
// the data set; name is what the tables call their run.
func (r *run) exportAll(ctx context.Context, d *datasets.Dataset, path string, m *graphs.Model, engine features.Engine, name string) error {
	if err := os.MkdirAll(r.folder.file(runfolder.FeaturesDir), 0o755); err != nil {
		return fmt.Errorf("making the features folder: %w", err)
	}
	if err := r.exportClassifier(path, m); err != nil {
		return err
	}
	train := features.Meta{Dim: engine.Dim(), Classes: engine.Classes(), TrueClasses: r.exp.TrueClasses(), Split: "train", Run: name, HasSplitColumn: true}
	if err := r.exportSplit(ctx, engine, runfolder.TrainFeatures, train, split(d, datasets.Train, datasets.Val)); err != nil {
		return err
	}
	test := train
	test.Split = "test"
	return r.exportSplit(ctx, engine, runfolder.TestFeatures, test, split(d, datasets.Test))
}

// exportClassifier writes the last linear layer of the trained model m. Where
// the features are not what that layer reads there is no such file.
func (r *run) exportClassifier(path string, m *graphs.Model) error {
	layer, err := training.ReadLastLayer(m, "features", "logits")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if layer == nil {
		r.log.Warn("no linear layer leads from the features to the logits: there is no " + runfolder.ClassifierFile + ", and NC2 to NC4 are undefined")
		if err := os.Remove(r.folder.file(runfolder.ClassifierFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing the classifier of another model: %w", err)
		}
		return nil
	}
	return features.WriteClassifier(r.folder.file(runfolder.ClassifierFile), features.Classifier{
		Classes: layer.Classes, Dim: layer.Dim, Weight: widen(layer.Weight), Bias: widen(layer.Bias),
	})
}

func (r *run) exportSplit(ctx context.Context, engine features.Engine, file string, of features.Meta, s samples) (err error) {
	w, err := features.Create(r.folder.file(file), of)
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }() // removes what was not committed
	err = features.Export(ctx, engine, s, s.selected(), w, func(done, total int) {
		r.opts.Reporter.Export(of.Split, done, total)
	})
	if err != nil {
		return err
	}
	return w.Commit()
}

func widen(v []float32) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
