package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// ExportModel writes the features that a trained model of anyone's, the graph
// of the experiment, computes from the experiment's data set, to the folder
// dir/features: train.arrow, test.arrow and, if the model has a last linear layer,
// classifier.arrow. There is no run folder, and the model's weights are as they
// are. Without a given number of classes it is the number of the model's logits.
func ExportModel(ctx context.Context, e settings.Experiment, dir string, o Options) error {
	if o.Reporter == nil {
		o.Reporter = Silent{}
	}
	r := &run{exp: e, opts: o, folder: &folder{path: dir}, log: o.logger()}
	net, err := r.modelToExport()
	if err != nil {
		return err
	}
	if !e.Given("classes") && e.ClassList == "" {
		r.exp.Classes = net.Classes()
		if info, err := datasets.Describe(e.Dataset); err == nil && net.Classes() > len(info.ClassNames) {
			return &settings.UsageError{Setting: "model", Reason: fmt.Sprintf("%s gives %d logits, more than %s has classes", e.Graph, net.Classes(), e.Dataset), Hint: "name the data set that it was trained on, or give --classes"}
		}
	}
	d, err := r.dataset(ctx)
	if err != nil {
		return err
	}
	if d.Classes > net.Classes() {
		return &settings.UsageError{Setting: "classes", Reason: fmt.Sprintf("the data have %d classes, but %s gives %d logits", d.Classes, e.Graph, net.Classes()), Hint: "choose fewer classes"}
	}
	m, err := net.Trained(nil)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.folder.file(runfolder.FeaturesDir), 0o755); err != nil {
		return fmt.Errorf("making the features folder: %w", err)
	}
	engine, err := r.engineOf(ctx, r.folder.file(runfolder.FeaturesDir), m, ort.Device{Kind: ort.CPU})
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }() // it holds memory only
	if err := r.exportAll(ctx, d, e.Graph, m, engine, filepath.Base(e.Graph)); err != nil {
		return err
	}
	return r.interchange()
}

// modelToExport reads the graph and checks that it takes images and has
// features.
func (r *run) modelToExport() (*training.Net, error) {
	m, err := givenGraph(r.exp)
	if err != nil {
		return nil, err
	}
	r.exp.Freeze = "*" // nothing is trained, nor are there warnings of what would be
	net, err := netAsIs(r.exp, m)
	if err != nil {
		return nil, err
	}
	for _, w := range net.Warnings {
		r.log.Warn(w)
	}
	if err := checkInput(r.exp, net); err != nil {
		return nil, err
	}
	if err := checkEnds(r.exp, net); err != nil {
		return nil, err
	}
	return net, nil
}
