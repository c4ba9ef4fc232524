package datasets

import "strings"

// Own reports whether a data set's name says that it is one's own, and of which
// kind and at which path it is: folder:PATH or arrow:PATH.
func Own(name string) (kind, path string, ok bool) {
	prefix, path, ok := strings.Cut(name, ":")
	prefix = strings.ToLower(prefix)
	if !ok || prefix != folderKind && prefix != arrowKind {
		return "", "", false
	}
	return prefix, path, true
}

// The kinds of data sets of one's own.
const (
	folderKind = "folder"
	arrowKind  = "arrow"
)

// ownMean and ownStd are what images of one's own are normalised with where
// nothing else is asked for: those of ImageNet, as is the custom.
var (
	ownMean = []float32{0.485, 0.456, 0.406}
	ownStd  = []float32{0.229, 0.224, 0.225}
)

// source returns the data set of the options.
func (o *Options) source() (*source, error) {
	kind, path, own := Own(o.Name)
	if !own {
		return lookup(o.Name)
	}
	if path == "" {
		return nil, badOption("dataset", "%s needs a path", o.Name)
	}
	path, err := expandHome("dataset", path)
	if err != nil {
		return nil, err
	}
	src := &source{name: o.Name, mean: ownMean, std: ownStd}
	if kind == folderKind {
		f, err := scanFolder(path, o.SkipUnreadable)
		if err != nil {
			return nil, err
		}
		src.title, src.classNames, src.own = "folder of images", f.classes, f
		return src, nil
	}
	t, err := scanTable(path, o.SkipUnreadable)
	if err != nil {
		return nil, err
	}
	src.title, src.classNames, src.own = "table of images", t.classes, t
	return src, nil
}

// Describe returns what List says of a published data set, or what there is to
// say of one's own, whose files are looked at.
func Describe(name string) (Info, error) {
	src, err := (&Options{Name: name}).source()
	if err != nil {
		return Info{}, err
	}
	return src.info(), nil
}

// testNames are what the test part of a data set may be called, by preference.
var testNames = []string{"test", "val", "valid", "validation", "dev"}
