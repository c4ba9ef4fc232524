package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// imageFolder is a folder of images: one folder a class, whose name is the
// class's, or train and test folders of such folders.
type imageFolder struct {
	root    string
	classes []string // sorted
	skip    bool     // leave out images that cannot be read
	parts   map[Split]imageFiles
	ignored []string // files that are no images by their names
}

var _ files = (*imageFolder)(nil)

// imageFiles are the images of a part, class by class, in the order of their
// paths.
type imageFiles struct {
	paths  []string
	labels []int32
}

// scanFolder lists the classes and images below root.
func scanFolder(root string, skip bool) (*imageFolder, error) {
	f := &imageFolder{root: root, skip: skip, parts: map[Split]imageFiles{}}
	train, test, err := f.places()
	if err != nil {
		return nil, err
	}
	if f.classes, err = subfolders(train); err != nil {
		return nil, err
	}
	if len(f.classes) == 0 {
		return nil, badOption("dataset", "folder %s holds no folders; there must be one for each class", train)
	}
	if err := f.scan(Train, train); err != nil {
		return nil, err
	}
	if test == "" {
		return f, nil
	}
	return f, f.scan(Test, test)
}

// places returns the folders of the training and the test part; the latter is
// empty when there is none.
func (f *imageFolder) places() (train, test string, err error) {
	names, err := subfolders(f.root)
	if err != nil {
		return "", "", err
	}
	if !slices.Contains(names, "train") {
		return f.root, "", nil
	}
	for _, name := range testNames {
		if slices.Contains(names, name) {
			return filepath.Join(f.root, "train"), filepath.Join(f.root, name), nil
		}
	}
	return filepath.Join(f.root, "train"), "", nil
}

// subfolders returns the names of the folders in dir, sorted, but hidden ones.
func subfolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &OptionError{Option: "dataset", Reason: err.Error()}
	}
	var names []string
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // through links
		if err == nil && info.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// scan lists the images of a part, which may lack classes but has no others.
func (f *imageFolder) scan(part Split, dir string) error {
	names, err := subfolders(dir)
	if err != nil {
		return err
	}
	var found imageFiles
	for _, name := range names {
		label := slices.Index(f.classes, name)
		if label < 0 {
			return fmt.Errorf("folder %s: there is no class %s in the training part", dir, name)
		}
		paths, err := f.images(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			return fmt.Errorf("folder %s holds no PNG or JPEG images", filepath.Join(dir, name))
		}
		for _, p := range paths {
			found.paths, found.labels = append(found.paths, p), append(found.labels, int32(label))
		}
	}
	f.parts[part] = found
	return nil
}

// images returns the paths of the images below dir, in lexical order.
func (f *imageFolder) images(dir string) (paths []string, err error) {
	real, err := filepath.EvalSymlinks(dir) // a walk does not follow its root
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(real, func(path string, e fs.DirEntry, err error) error {
		switch ext := strings.ToLower(filepath.Ext(path)); {
		case err != nil:
			return err
		case strings.HasPrefix(e.Name(), ".") && path != real:
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
		case ext == ".png" || ext == ".jpg" || ext == ".jpeg":
			paths = append(paths, path)
		default:
			f.ignored = append(f.ignored, path)
		}
		return nil
	})
	return paths, err
}

func (f *imageFolder) hasTest() bool {
	_, ok := f.parts[Test]
	return ok
}

func (f *imageFolder) inputs(part Split) (inputs, bool) {
	where, err := filepath.Abs(f.root)
	return inputs{where: where, paths: f.parts[part].paths, how: fmt.Sprintf("folder, skip %v, classes %q, ignored %q", f.skip, f.classes, f.ignored)}, err == nil
}

// read decodes the images of a part.
func (f *imageFolder) read(ctx context.Context, part Split) (decoded, error) {
	from := f.parts[part]
	d := newImageDecoder(len(from.paths))
	err := d.add(ctx, from.labels, func(i int) ([]byte, error) { return os.ReadFile(from.paths[i]) }, func(i int) string { return from.paths[i] })
	if err != nil {
		return decoded{}, err
	}
	got, err := d.finish(f.skip)
	if err != nil {
		return decoded{}, err
	}
	got.classes = len(f.classes)
	if n := len(f.ignored); n > 0 && part == Train {
		got.notes = append(got.notes, fmt.Sprintf("files that are neither PNG nor JPEG by their names are ignored: %d, such as %s", n, f.ignored[0]))
	}
	return got, nil
}

// plainPathError drops what a file error repeats.
func plainPathError(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
