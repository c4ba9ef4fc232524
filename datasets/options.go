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
	Name string // the data set, as in List

	// Dir is the data directory (default ~/data). It holds the files in a folder
	// of the data set's name, in torchvision's place or by themselves; what is
	// missing is downloaded to the first of these.
	Dir string
	// FS is read in place of Dir when it is not nil; nothing is then downloaded
	// and unknown checksums are not noted.
	FS fs.FS

	Classes    int     // the first so many classes, at least 2; 0 for all
	LabelNoise float64 // noise degree η in [0, 1]
	ValSplit   float64 // share of the training samples held back, in [0, 1)
	SampleSize int     // training samples a label; 0 for all; excludes ValSplit
	Seed       uint64  // of the label noise

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

// selection checks the options that select samples of src.
func (o *Options) selection(src *source) (selection, error) {
	s := selection{o.Classes, o.LabelNoise, o.ValSplit, o.SampleSize, o.Seed}
	has := len(src.classNames)
	bad := func(option, format string, args ...any) (selection, error) {
		return selection{}, &OptionError{Option: option, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case s.classes == 0:
		s.classes = has
	case s.classes < 2:
		return bad("classes", "%d; at least 2 are needed (one class with a sigmoid is not supported)", s.classes)
	case s.classes > has:
		return bad("classes", "%d; %s has %d", s.classes, src.name, has)
	}
	switch {
	case !(s.labelNoise >= 0 && s.labelNoise <= 1):
		return bad("label_noise", "%v is not between 0 and 1", s.labelNoise)
	case !(s.valSplit >= 0 && s.valSplit < 1):
		return bad("val_split_prop", "%v is not between 0 (no validation split) and 1 (excluded)", s.valSplit)
	case s.sampleSize < 0:
		return bad("sample_size", "%d is negative", s.sampleSize)
	case s.sampleSize > 0 && s.valSplit > 0:
		return bad("sample_size", "%d cannot be combined with val_split_prop %v; leave one of them out", s.sampleSize, s.valSplit)
	}
	return s, nil
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
	rest, ok := strings.CutPrefix(filepath.ToSlash(dir), "~/")
	if !ok && dir != "~" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &OptionError{Option: "data_dir", Reason: fmt.Sprintf("%s: %v; give a path", dir, err)}
	}
	if dir == "~" {
		return home, nil
	}
	return filepath.Join(home, rest), nil
}
