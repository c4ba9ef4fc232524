package pipeline

import (
	"context"
	"fmt"

	"github.com/memdil/memdil/datasets"
)

// selectSamples is the stage that chooses classes, corrupts labels and splits.
func (r *run) selectSamples(ctx context.Context) (map[string]float64, error) {
	d, err := r.dataset(ctx)
	if err != nil {
		return nil, err
	}
	if err := writeSamples(r.folder.file(SamplesFile), d); err != nil {
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
	path := r.folder.file(SamplesFile)
	same, err := sameSamples(path, d)
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, fmt.Errorf("the samples in data_dir %s are not those of %s: put the data set's files back, or start anew with `memdil run --force`", r.exp.DataDir, path)
	}
	return d, nil
}

// samples are the samples of one or two splits, as training and export read
// them.
type samples struct {
	images     datasets.Images
	samples    []datasets.Sample
	normalizer *datasets.Normalizer
	rows       []int // positions of the split's samples
}

// split returns the samples of the given splits.
func split(d *datasets.Dataset, splits ...datasets.Split) samples {
	s := samples{images: d.Train, samples: d.TrainSamples, normalizer: d.Normalizer}
	if splits[0] == datasets.Test {
		s.images, s.samples = d.Test, d.TestSamples
	}
	for i, sample := range s.samples {
		for _, want := range splits {
			if sample.Split == want {
				s.rows = append(s.rows, i)
			}
		}
	}
	return s
}

// isTest reports whether they are test samples.
func (s samples) isTest() bool {
	return len(s.rows) > 0 && s.samples[s.rows[0]].Split == datasets.Test
}

// Len returns the number of samples.
func (s samples) Len() int { return len(s.rows) }

// Label returns the training label of sample i.
func (s samples) Label(i int) int64 { return int64(s.samples[s.rows[i]].Label) }

// selected returns the samples themselves.
func (s samples) selected() []datasets.Sample {
	out := make([]datasets.Sample, len(s.rows))
	for i, row := range s.rows {
		out[i] = s.samples[row]
	}
	return out
}

// Pixels returns the bytes of sample i.
func (s samples) Pixels(i int) []uint8 { return s.images.At(int(s.samples[s.rows[i]].Index)) }

// Normalizer returns what Fill normalises them with.
func (s samples) Normalizer() *datasets.Normalizer { return s.normalizer }

// Fill writes the normalised pixels of sample i.
func (s samples) Fill(x []float32, i int) { s.normalizer.Normalize(x, s.Pixels(i)) }
