package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Dataset is a data set ready to be trained on. Close frees its images.
type Dataset struct {
	Name       string
	Classes    int      // K, the number of selected classes
	Labels     int      // of training samples: K, or 2·K with latent noise classes
	ClassNames []string // of the K classes

	Normalizer *Normalizer

	// All images of the training and the test part, 3×Side×Side, in the order of
	// the published files: a sample's image is the one at its Index.
	Train, Test Images
	// The selected samples, ordered by Index. Training and validation samples
	// are mixed.
	TrainSamples, TestSamples []Sample

	mappings []*mapping
}

// Close frees the images, which must not be used afterwards.
func (d *Dataset) Close() error {
	var errs []error
	for _, m := range d.mappings {
		errs = append(errs, m.close())
	}
	d.mappings, d.Train, d.Test = nil, Images{}, Images{}
	return errors.Join(errs...)
}

// Load reads a data set, downloading what is missing, and applies the options
// in this order: classes are chosen, training labels corrupted, then the
// validation split or the sample set apart.
//
// Options that cannot be used are reported as *[OptionError].
func Load(ctx context.Context, o Options) (*Dataset, error) {
	src, err := o.source()
	if err != nil {
		return nil, err
	}
	choice, err := o.selection(src.name, src.classNames)
	if err != nil {
		return nil, err
	}
	choice.random = src.random
	normalizer, err := o.normalizer(src)
	if err != nil {
		return nil, err
	}
	files, err := o.files(ctx, src)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Name: src.name, Classes: len(choice.classes), Labels: choice.labels(), Normalizer: normalizer}
	for _, label := range choice.classes {
		d.ClassNames = append(d.ClassNames, src.classNames[label])
	}
	if err := d.load(ctx, &o, files, choice); err != nil {
		_ = d.Close() // the failure is what matters
		return nil, err
	}
	for label, n := range countLabels(d.TrainSamples, Train, d.Labels) {
		if n < choice.sampleSize {
			o.logger().Warn("fewer samples than sample_size", "dataset", src.name, "label", label, "samples", n, "sample_size", choice.sampleSize)
		}
	}
	return d, nil
}

// normalizer returns that of the data set or of the options.
func (o *Options) normalizer(src *source) (*Normalizer, error) {
	mean, std := src.mean, src.std
	for _, given := range []struct {
		option string
		values []float32
		to     *[]float32
	}{{"mean", o.Mean, &mean}, {"std", o.Std, &std}} {
		if given.values == nil {
			continue
		}
		if len(given.values) != 3 {
			return nil, badOption(given.option, "%d numbers, want 3, of red, green and blue", len(given.values))
		}
		*given.to = given.values
	}
	for _, s := range std {
		if !(s > 0) {
			return nil, badOption("std", "%v is not positive", s)
		}
	}
	return NewNormalizer(mean, std), nil
}

// files returns the data set's files, after downloading them when they are
// missing and may be.
func (o *Options) files(ctx context.Context, src *source) (files, error) {
	if src.own != nil {
		return src.own, nil
	}
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
	switch {
	case len(missing) > 0 && o.Offline:
		return nil, fmt.Errorf("%s: %s is not in %s: `memdil data fetch %s --data-dir DIR` downloads it: %w", src.name, missing[0].name, dir, src.name, fs.ErrNotExist)
	case len(missing) > 0:
		return newDownloader(o.logger()).fetch(ctx, src, dir, o.Progress)
	}
	return f, nil
}

// files are those of a data set that was found.
type files interface {
	// read returns the images and labels of a part.
	read(ctx context.Context, part Split) (decoded, error)
	// hasTest reports whether there is a test part.
	hasTest() bool
	// inputs says what a part is made of; false where nothing may be cached.
	inputs(part Split) (inputs, bool)
}

// inputs are what a part of a data set is made of.
type inputs struct {
	where string   // the data set's place
	paths []string // of the files
	how   string   // what else decides what is read
}

// decoded is a part of a data set in memory.
type decoded struct {
	images     Images
	labels     []int32     // published labels, one for each image
	classes    int         // how many there are
	normalizer *Normalizer // of the images
	notes      []string    // what the user should know
	outside    bool        // it was made of files besides its inputs, which may change unseen
}

// load reads both parts and selects their samples.
func (d *Dataset) load(ctx context.Context, o *Options, f files, choice selection) error {
	train, err := d.part(ctx, o, f, Train)
	if err != nil {
		return err
	}
	test := train
	var trainOnly, testOnly []int32 // nil for all
	if f.hasTest() {
		if test, err = d.part(ctx, o, f, Test); err != nil {
			return err
		}
	} else {
		if !(choice.testSplit > 0 && choice.testSplit < 1) {
			return badOption("test_split_prop", "%v; %s has no test part, so that a share above 0 and below 1 has to be set apart", choice.testSplit, d.Name)
		}
		trainOnly, testOnly = choice.setApart(train.labels)
	}
	d.Train, d.Test = train.images, test.images
	if d.TrainSamples, err = choice.train(train, trainOnly); err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	if d.TestSamples, err = choice.test(test, testOnly); err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	if left := len(choice.choose(train.labels, trainOnly, Train)) - len(d.TrainSamples); left > 0 && choice.noise.Kind == FileNoise && choice.sampleSize == 0 {
		o.logger().Warn("samples whose label in the noise file is none of the selected classes are left out", "samples", left)
	}
	return nil
}

// part reads a part, from the cache where it can.
func (d *Dataset) part(ctx context.Context, o *Options, f files, part Split) (decoded, error) {
	if err := context.Cause(ctx); err != nil {
		return decoded{}, err
	}
	read := func() (decoded, error) {
		got, err := f.read(ctx, part)
		if err != nil {
			return got, err
		}
		got.images = got.images.prepare()
		return got, nil
	}
	got, m, err := o.cached(ctx, d.Name, f, part, read)
	if err != nil {
		return got, err
	}
	if m != nil {
		d.mappings = append(d.mappings, m)
	}
	got.normalizer = d.Normalizer
	for _, note := range got.notes {
		o.logger().Warn(note, "dataset", d.Name)
	}
	return got, nil
}
