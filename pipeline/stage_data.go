package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/fixtures"
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

// Embedded is the data directory that stands for the data embedded in memdil:
// a part of MNIST, its digits 0 and 1.
const Embedded = "embedded"

// dataset loads the data set once. It is a pure function of the settings and
// of the published files.
func (r *run) dataset(ctx context.Context) (*datasets.Dataset, error) {
	if r.data != nil {
		return r.data, nil
	}
	if err := r.exp.sameNoise(); err != nil {
		return nil, err
	}
	o := r.exp.DataOptions()
	o.Progress, o.Log, o.Offline = r.opts.Reporter.Download, r.log, r.foreign
	var err error
	r.data, err = datasets.Load(ctx, o)
	return r.data, err
}

// DataOptions returns what the settings ask of the data set.
func (e Experiment) DataOptions() datasets.Options {
	o := datasets.Options{
		Name: e.Dataset, Dir: e.DataDir, Cache: dataCache(),
		Classes: e.Classes, ClassList: words(e.ClassList),
		Noise: datasets.Noise{
			Kind: e.Noise, Degrees: e.LabelNoise, File: e.NoiseFile,
			Latent: e.FourClass, LatentDegree: e.FourClassDegree,
		},
		ValSplit: e.ValSplit, ValShuffle: e.holdsBackAtRandom(),
		TestSplit: e.TestSplit, SkipUnreadable: e.SkipUnreadable,
		SampleSize: e.SampleSize, Seed: uint64(e.Seed),
		Mean: floats32(e.Mean), Std: floats32(e.Std),
	}
	if e.DataDir == Embedded {
		o.FS = fixtures.MNIST01()
	}
	return o
}

// holdsBackAtRandom settles which samples are held back.
func (e Experiment) holdsBackAtRandom() bool {
	return e.ValSamples == ValRandom || e.ValSamples == ValAuto && (e.FourClass || ofOwn(e))
}

// dataCache returns the folder of decoded images, "" when there is no place for
// it.
func dataCache() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "memdil", "data")
}

func floats32(values []float64) []float32 {
	if values == nil {
		return nil
	}
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
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
