package datasets

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Dataset is a data set ready to be trained on.
type Dataset struct {
	Name       string
	Classes    int      // K, the number of selected classes
	ClassNames []string // of the K classes

	Normalizer *Normalizer

	// The selected images, 3×Side×Side, in the order of the published files.
	// Training and validation samples are mixed.
	Train, Test               Images
	TrainSamples, TestSamples []Sample // of the image at the same position
}

// Load reads a data set, downloading what is missing, and applies the options
// in this order: classes are chosen, training labels corrupted, then the
// validation split or the sample set apart.
//
// Options that cannot be used are reported as *[OptionError].
func Load(ctx context.Context, o Options) (*Dataset, error) {
	src, err := lookup(o.Name)
	if err != nil {
		return nil, err
	}
	choice, err := o.selection(src)
	if err != nil {
		return nil, err
	}
	f, err := o.folder(ctx, src)
	if err != nil {
		return nil, err
	}
	d := &Dataset{
		Name:       src.name,
		Classes:    choice.classes,
		ClassNames: slices.Clone(src.classNames[:choice.classes]),
		Normalizer: NewNormalizer(src.mean, src.std),
	}
	if d.Train, d.TrainSamples, err = loadPart(ctx, f, Train, choice.train); err != nil {
		return nil, err
	}
	if d.Test, d.TestSamples, err = loadPart(ctx, f, Test, choice.test); err != nil {
		return nil, err
	}
	for label, n := range countLabels(d.TrainSamples, Train, d.Classes) {
		if n < choice.sampleSize {
			o.logger().Warn("fewer samples than sample_size", "dataset", src.name, "label", label, "samples", n, "sample_size", choice.sampleSize)
		}
	}
	return d, nil
}

// folder returns the place of the data set's files, after downloading them
// when they are missing and may be.
func (o *Options) folder(ctx context.Context, src *source) (*folder, error) {
	if o.FS != nil {
		f, missing := src.locate(o.FS, "")
		if len(missing) > 0 {
			return nil, fmt.Errorf("%s: the file system given has no %s: %w", src.name, missing[0].name, fs.ErrNotExist)
		}
		return f, nil
	}
	dir, err := dataDir(o.Dir)
	if err != nil {
		return nil, err
	}
	f, missing := src.locate(os.DirFS(dir), dir)
	if len(missing) > 0 {
		if f, err = newDownloader(o.logger()).fetch(ctx, src, dir, o.Progress); err != nil {
			return nil, err
		}
	}
	f.log = o.logger()
	return f, nil
}

// loadPart reads the training or test files and prepares the selected images.
func loadPart(ctx context.Context, f *folder, part Split, choose func([]int32) ([]Sample, error)) (Images, []Sample, error) {
	if err := ctx.Err(); err != nil {
		return Images{}, nil, err
	}
	images, labels, err := f.src.read(f, part)
	if err != nil {
		return Images{}, nil, err
	}
	samples, err := choose(labels)
	if err != nil {
		return Images{}, nil, fmt.Errorf("%s: %w", f.src.name, err)
	}
	return images.prepare(samples), samples, nil
}
