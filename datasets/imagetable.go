package datasets

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// imageTable is a data set in Arrow or Parquet files: one column of encoded
// images and one of labels, as Hugging Face's data sets have them.
type imageTable struct {
	root    string
	skip    bool               // leave out images that cannot be read
	parts   map[Split][]string // files, in lexical order
	classes []string
}

var _ files = (*imageTable)(nil)

// scanTable finds the files at root, which is one or holds them, and their
// classes.
func scanTable(root string, skip bool) (*imageTable, error) {
	t := &imageTable{root: root, skip: skip, parts: map[Split][]string{}}
	info, err := os.Stat(root)
	switch {
	case err != nil:
		return nil, &OptionError{Option: "dataset", Reason: err.Error()}
	case info.IsDir():
		err = t.find()
	default:
		t.parts[Train] = []string{root}
	}
	if err != nil {
		return nil, err
	}
	return t, t.scanClasses()
}

// find lists the table files below the root. A file belongs to the part that its
// name, or that of a folder on the way, begins with; when no name tells, there
// is one part.
func (t *imageTable) find() error {
	byName := map[string][]string{}
	err := filepath.WalkDir(t.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != t.root && strings.HasPrefix(e.Name(), ".") && e.IsDir() {
			return fs.SkipDir
		}
		if !e.IsDir() && isTable(e.Name()) {
			below, err := filepath.Rel(t.root, path)
			if err != nil {
				return err
			}
			part := partOf(below)
			byName[part] = append(byName[part], path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case len(byName) == 0:
		return badOption("dataset", "%s holds no Arrow or Parquet files", t.root)
	case byName["train"] == nil && byName[""] == nil:
		return badOption("dataset", "%s holds no training part: no file or folder whose name begins with train", t.root)
	case byName["train"] == nil:
		t.parts[Train] = byName[""]
	default:
		t.parts[Train] = byName["train"]
	}
	for _, name := range testNames {
		if byName[name] != nil {
			t.parts[Test] = byName[name]
			break
		}
	}
	return nil
}

// isTable reports whether a file is a table by its name, and not one of the
// results that Hugging Face's library leaves beside its own.
func isTable(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return (ext == ".arrow" || ext == ".parquet" || ext == ".feather") && !strings.HasPrefix(name, "cache-") && !strings.HasPrefix(name, ".")
}

// partOf returns which part a file below the root belongs to, "" when its path
// does not tell.
func partOf(below string) string {
	for _, element := range strings.Split(filepath.ToSlash(below), "/") {
		const between = "-_."
		word := strings.ToLower(strings.TrimLeft(element, between))
		if end := strings.IndexAny(word, between); end >= 0 {
			word = word[:end]
		}
		if word == "train" || slices.Contains(testNames, word) {
			return word
		}
	}
	return ""
}

func (t *imageTable) hasTest() bool { return t.parts[Test] != nil }

func (t *imageTable) inputs(part Split) (inputs, bool) {
	where, err := filepath.Abs(t.root)
	return inputs{where: where, paths: t.parts[part], how: fmt.Sprintf("table, skip %v, classes %q", t.skip, t.classes)}, err == nil
}

// scanClasses learns the names of the classes: from the files' metadata, else
// from the labels of the training part.
func (t *imageTable) scanClasses() error {
	first := t.parts[Train][0]
	layout, err := readLayout(first)
	if err != nil {
		return fmt.Errorf("read %s: %w", first, err)
	}
	if t.classes = layout.classNames; t.classes != nil {
		return nil
	}
	seen, largest := map[string]bool{}, int64(-1)
	for _, path := range t.parts[Train] {
		err := eachRecord(path, false, func(r *tableRecord) error {
			return r.eachLabel(func(number int64, name string) error {
				if r.named {
					seen[name] = true
				} else {
					largest = max(largest, number)
				}
				if len(seen) > maxClasses || largest >= maxClasses {
					return fmt.Errorf("there are more than %d classes", maxClasses)
				}
				return nil
			})
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	t.classes = slices.Sorted(maps.Keys(seen))
	for i := range largest + 1 {
		t.classes = append(t.classes, fmt.Sprint(i))
	}
	switch {
	case len(t.classes) == 0:
		return fmt.Errorf("%s: there are no rows", t.root)
	case len(seen) > 0 && largest >= 0:
		return fmt.Errorf("%s: some files have numbers for labels, others names", t.root)
	}
	return nil
}

// read decodes the images of a part, a record batch at a time.
func (t *imageTable) read(ctx context.Context, part Split) (decoded, error) {
	images, outside := newImageDecoder(0), false
	for _, path := range t.parts[part] {
		before := images.seen()
		err := eachRecord(path, true, func(r *tableRecord) error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			labels, err := t.labelsOf(r)
			if err != nil {
				return err
			}
			outside = outside || r.namesFiles()
			row := images.seen() - before
			return images.add(ctx, labels, r.imageIn(filepath.Dir(path)), func(i int) string { return fmt.Sprintf("%s, row %d", path, row+i) })
		})
		if err != nil {
			return decoded{}, fmt.Errorf("read %s: %w", path, err)
		}
	}
	if images.seen() == 0 {
		return decoded{}, fmt.Errorf("%s: there are no rows in its %s part", t.root, part)
	}
	got, err := images.finish(t.skip)
	got.classes, got.outside = len(t.classes), outside
	return got, err
}

// labelsOf returns the labels of a record batch.
func (t *imageTable) labelsOf(r *tableRecord) ([]int32, error) {
	var labels []int32
	err := r.eachLabel(func(number int64, name string) error {
		label, err := t.label(r.named, number, name)
		labels = append(labels, label)
		return err
	})
	return labels, err
}

// label returns the label of a row that has a number or the name of a class.
func (t *imageTable) label(named bool, number int64, name string) (int32, error) {
	if named {
		i, ok := slices.BinarySearch(t.classes, name)
		if !ok {
			return 0, fmt.Errorf("%q is no class of the training part", name)
		}
		return int32(i), nil
	}
	if number < 0 || number >= int64(len(t.classes)) {
		return 0, fmt.Errorf("%d is no label, they are 0 to %d", number, len(t.classes)-1)
	}
	return int32(number), nil
}
