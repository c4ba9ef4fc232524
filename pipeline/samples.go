package pipeline

import (
	"reflect"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
)

// writeSamples writes samples.arrow: one row a selected sample, training and
// validation samples first.
func writeSamples(path string, d *datasets.Dataset) error {
	return features.WriteTable(path, nil, sampleColumns(d)...)
}

func sampleColumns(d *datasets.Dataset) []features.Column {
	var index, label, trueLabel []int32
	var split []string
	for _, samples := range [][]datasets.Sample{d.TrainSamples, d.TestSamples} {
		for _, s := range samples {
			index, label, trueLabel = append(index, s.Index), append(label, s.Label), append(trueLabel, s.TrueLabel)
			split = append(split, s.Split.String())
		}
	}
	return []features.Column{
		{Name: "index", Values: index}, {Name: "split", Values: split},
		{Name: "label", Values: label}, {Name: "true_label", Values: trueLabel},
	}
}

// sameSamples reports whether samples.arrow holds the data set's samples.
func sameSamples(path string, d *datasets.Dataset) (bool, error) {
	columns, _, err := features.ReadTable(path)
	if err != nil {
		return false, err
	}
	return reflect.DeepEqual(columns, sampleColumns(d)), nil
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
