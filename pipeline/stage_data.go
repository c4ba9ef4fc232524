package pipeline

import (
	"context"
	"fmt"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// selectSamples is the stage that chooses classes, corrupts labels and splits.
// Images of one's own may have changed since a training began, which would then
// go on with others.
func (r *run) selectSamples(ctx context.Context) (facts, error) {
	d, err := r.dataset(ctx)
	if err != nil {
		return nil, err
	}
	path := r.folder.file(runfolder.SamplesFile)
	if files.Exists(r.checkpoints().Last()) && files.Exists(path) {
		if same, err := sameSamples(path, d); err == nil && !same { // one that is damaged is made anew
			return nil, r.otherSamples()
		}
	}
	if err := writeSamples(path, d); err != nil {
		return nil, err
	}
	corrupted := 0
	for _, s := range d.TrainSamples {
		if s.Label != s.TrueLabel {
			corrupted++
		}
	}
	r.log.Info("selected samples", "dataset", d.Name, "classes", d.Classes,
		"train", len(d.TrainSamples), "test", len(d.TestSamples), "corrupted", corrupted)
	return nil, nil
}

// dataset loads the data set once. It is a pure function of the settings and
// of the published files.
func (r *run) dataset(ctx context.Context) (*datasets.Dataset, error) {
	if r.data != nil {
		return r.data, nil
	}
	if err := r.exp.CheckNoiseFile(); err != nil {
		return nil, err
	}
	o := r.exp.DataOptions()
	o.Progress, o.Log, o.Offline = r.opts.Reporter.Download, r.log, r.foreign
	var err error
	r.data, err = datasets.Load(ctx, o)
	return r.data, err
}

// selected loads the data set and checks that it still is what samples.arrow
// was made from.
func (r *run) selected(ctx context.Context) (*datasets.Dataset, error) {
	d, err := r.dataset(ctx)
	if err != nil {
		return nil, err
	}
	same, err := sameSamples(r.folder.file(runfolder.SamplesFile), d)
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, r.otherSamples()
	}
	return d, nil
}

// otherSamples is the error of data that changed since the run began.
func (r *run) otherSamples() error {
	where := "data_dir " + r.exp.DataDir
	if _, _, own := datasets.Own(r.exp.Dataset); own {
		where = r.exp.Dataset
	}
	return fmt.Errorf("the samples in %s are not those of %s: put the data set's files back, or start anew with `memdil run --force`", where, r.folder.file(runfolder.SamplesFile))
}
