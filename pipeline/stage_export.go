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
)

// export is the stage that computes the features and logits of all training,
// validation and test samples.
func (r *run) export(ctx context.Context) (map[string]float64, error) {
	d, err := r.selected(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.folder.file(featuresDir), 0o755); err != nil {
		return nil, fmt.Errorf("making the features folder: %w", err)
	}
	if err := r.exportClassifier(); err != nil {
		return nil, err
	}
	kind := r.exp.Engine
	if r.opts.Engine != "" {
		kind = r.opts.Engine
	}
	engine, err := features.NewEngine(ctx, features.EngineKind(kind), r.folder.file(ModelFile), features.EngineOptions{Threads: r.exp.Threads})
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }() // it holds memory only
	if err := r.exportSplit(ctx, engine, TrainFeatures, "train", split(d, datasets.Train, datasets.Val)); err != nil {
		return nil, err
	}
	return nil, r.exportSplit(ctx, engine, TestFeatures, "test", split(d, datasets.Test))
}

// exportClassifier writes the last linear layer of the trained model. Where
// the features are not what that layer reads there is no such file.
func (r *run) exportClassifier() error {
	path := r.folder.file(ModelFile)
	m, err := graphs.Load(path)
	if err != nil {
		return err
	}
	layer, err := training.ReadLastLayer(m, "features", "logits")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if layer == nil {
		r.log.Warn("no linear layer leads from the features to the logits: there is no " + ClassifierFile + ", and NC2 to NC4 are undefined")
		if err := os.Remove(r.folder.file(ClassifierFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing the classifier of another model: %w", err)
		}
		return nil
	}
	return features.WriteClassifier(r.folder.file(ClassifierFile), features.Classifier{
		Classes: layer.Classes, Dim: layer.Dim, Weight: widen(layer.Weight), Bias: widen(layer.Bias),
	})
}

func (r *run) exportSplit(ctx context.Context, engine features.Engine, file, name string, s samples) (err error) {
	w, err := features.Create(r.folder.file(file), features.Meta{
		Dim: engine.Dim(), Classes: engine.Classes(), TrueClasses: r.exp.trueClasses(), Split: name,
		Run: r.exp.UID(), HasSplitColumn: true,
	})
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }() // removes what was not committed
	err = features.Export(ctx, engine, s, s.selected(), w, func(done, total int) {
		r.opts.Reporter.Export(name, done, total)
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
