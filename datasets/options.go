package datasets

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Options says what [Load] loads. Only Name is required.
type Options struct {
	// Name is the data set, as in List, or one's own: folder:PATH is a folder
	// of images, arrow:PATH a table of images, see [Own].
	Name string

	// Dir is the data directory (default ~/data) of published data sets. It
	// holds the files in a folder of the data set's name, in torchvision's place
	// or by themselves; what is missing is downloaded to the first of these.
	Dir string
	// Offline makes missing files an error instead of downloading them.
	Offline bool
	// FS is read in place of Dir when it is not nil; nothing is then downloaded
	// or cached and unknown checksums are not noted.
	FS fs.FS
	// Cache is the folder in which decoded images are kept for later runs and
	// shared between processes; empty for memory of this process alone.
	Cache string

	Classes   int      // the first so many classes, at least 2; 0 for all
	ClassList []string // in place of that: names or numbers of classes, in the order of their new labels

	Noise      Noise   // of the training labels
	ValSplit   float64 // share of the training samples held back, in [0, 1)
	ValShuffle bool    // hold back samples drawn at random, not the first ones
	SampleSize int     // training samples a label; 0 for all; excludes ValSplit
	Seed       uint64  // of all that is drawn

	// TestSplit is the share of samples, in (0, 1), that a data set of one's own
	// without a test part sets apart for testing, class by class.
	TestSplit float64
	// SkipUnreadable leaves out images of one's own that cannot be read; without
	// it they are an error.
	SkipUnreadable bool

	// Mean and Std replace the data set's own means and standard deviations by
	// channel, of pixels scaled to [0, 1], unless they are nil.
	Mean, Std []float32

	Progress Progress     // told of downloads; nil for nobody
	Log      *slog.Logger // for notes (default slog.Default())
}

// OptionError reports an option that cannot be used as given: a mistake of the
// user's, not of a file or a server.
type OptionError struct {
	Option string // the setting's name: dataset, classes, …
	Reason string
}

// Error returns the option and the reason.
func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }

func badOption(option, format string, args ...any) error {
	return &OptionError{Option: option, Reason: fmt.Sprintf(format, args...)}
}

// selection checks the options that select samples of a data set with the given
// classes.
func (o *Options) selection(name string, classNames []string) (selection, error) {
	s := selection{
		noise: o.Noise, valSplit: o.ValSplit, valShuffle: o.ValShuffle,
		sampleSize: o.SampleSize, testSplit: o.TestSplit, seed: o.Seed,
	}
	var err error
	if s.classes, err = o.chosen(name, classNames); err != nil {
		return s, err
	}
	switch {
	case !(s.valSplit >= 0 && s.valSplit < 1):
		return s, badOption("val_split_prop", "%v is not between 0 (no validation split) and 1 (excluded)", s.valSplit)
	case s.sampleSize < 0:
		return s, badOption("sample_size", "%d is negative", s.sampleSize)
	case s.sampleSize > 0 && s.valSplit > 0:
		return s, badOption("sample_size", "%d cannot be combined with val_split_prop %v; leave one of them out", s.sampleSize, s.valSplit)
	}
	return s, s.noise.check(len(s.classes))
}

// chosen returns the published labels of the selected classes.
func (o *Options) chosen(name string, classNames []string) ([]int32, error) {
	if len(o.ClassList) > 0 {
		return SelectClasses(classNames, o.ClassList)
	}
	has, k := len(classNames), o.Classes
	switch {
	case k == 0:
		k = has
	case k < 2:
		return nil, badOption("classes", "%d; at least 2 are needed (one class with a sigmoid is not supported)", k)
	}
	if k > has {
		return nil, badOption("classes", "%d; %s has %d", k, name, has)
	}
	if k < 2 {
		return nil, badOption("dataset", "%s has %d class; at least 2 are needed", name, k)
	}
	first := make([]int32, k)
	for i := range first {
		first[i] = int32(i)
	}
	return first, nil
}

// logger returns the logger for notes.
func (o *Options) logger() *slog.Logger {
	if o.Log != nil {
		return o.Log
	}
	return slog.Default()
}

// dataDir returns dir with its default and with a leading ~ expanded.
func dataDir(dir string) (string, error) {
	if dir == "" {
		dir = "~/data"
	}
	return expandHome("data_dir", dir)
}

// expandHome replaces a leading ~ of an option's path by the home folder.
func expandHome(option, path string) (string, error) {
	rest, ok := strings.CutPrefix(filepath.ToSlash(path), "~/")
	if !ok && path != "~" {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", badOption(option, "%s: %v; give a path", path, err)
	}
	if path == "~" {
		return home, nil
	}
	return filepath.Join(home, rest), nil
}
