package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/memdil/memdil/arrowfile"
)

// The columns of a table of images, by preference. Without one of these names
// the images are the only column of their type.
var (
	imageColumns = []string{"image", "img"}
	labelColumns = []string{"label", "labels", "fine_label", "target", "class"}
)

// maxClasses bounds the classes of a data set of one's own.
const maxClasses = 1 << 16

// tableLayout is what a file's schema says.
type tableLayout struct {
	image, label string
	named        bool     // labels are class names, numbers otherwise
	classNames   []string // of labels that are numbers, by the file's metadata; nil without
}

// tableRecord is the columns of a record batch.
type tableRecord struct {
	tableLayout
	images, labels arrow.Array
}

// rowRoom is how many rows a file may have beside one for each of its bytes. Some
// bytes of Parquet can stand for any number of equal rows.
const rowRoom = 1 << 16

// eachRecord calls visit for every record batch of a file, with the images if
// they are wanted. An error of visit ends the pass.
func eachRecord(path string, images bool, visit func(*tableRecord) error) error {
	layout, err := readLayout(path)
	if err != nil {
		return err
	}
	columns := []string{layout.label}
	if images {
		columns = append(columns, layout.image)
	}
	in, err := arrowfile.OpenTable(path, memory.DefaultAllocator, columns...)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	for rows := int64(0); ; {
		rec, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rows += rec.NumRows(); rows > info.Size()+rowRoom {
			return fmt.Errorf("it claims more rows than fit into its %d bytes", info.Size())
		}
		r := &tableRecord{tableLayout: layout, labels: rec.Column(in.Schema().FieldIndices(layout.label)[0])}
		if images {
			r.images = rec.Column(in.Schema().FieldIndices(layout.image)[0])
		}
		var failed error
		if err := arrowfile.Protect(func() error { failed = visit(r); return nil }); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
	}
}

// readLayout finds the columns of a file.
func readLayout(path string) (l tableLayout, err error) {
	in, err := arrowfile.OpenTable(path, memory.DefaultAllocator)
	if err != nil {
		return l, err
	}
	defer in.Close()
	schema := in.Schema()
	if l.image, err = columnOf(schema, "image", imageColumns, isImage, "encoded images, as binary or as struct{bytes, path}"); err != nil {
		return l, err
	}
	if l.label, err = columnOf(schema, "label", labelColumns, isLabel, "whole numbers or names"); err != nil {
		return l, err
	}
	l.named = isName(schema.Field(schema.FieldIndices(l.label)[0]).Type)
	if !l.named {
		l.classNames = classNamesIn(schema, l.label)
	}
	return l, nil
}

// columnOf returns the column for a purpose: the first of the names or, without
// any, the only one of an acceptable type.
func columnOf(schema *arrow.Schema, purpose string, names []string, accept func(arrow.DataType) bool, want string) (string, error) {
	for _, name := range names {
		if found := schema.FieldIndices(name); len(found) == 1 {
			if dt := schema.Field(found[0]).Type; !accept(dt) {
				return "", fmt.Errorf("column %s has type %s, want %s", name, dt, want)
			}
			return name, nil
		}
	}
	var fitting, all []string
	for _, field := range schema.Fields() {
		all = append(all, field.Name)
		if accept(field.Type) && len(schema.FieldIndices(field.Name)) == 1 {
			fitting = append(fitting, field.Name)
		}
	}
	if len(fitting) != 1 {
		return "", fmt.Errorf("no column is called %s and not just one holds %s; its columns are %s", purpose, want, strings.Join(all, ", "))
	}
	return fitting[0], nil
}

func isImage(dt arrow.DataType) bool {
	if s, ok := dt.(*arrow.StructType); ok {
		bytes, ok := s.FieldByName("bytes")
		return ok && isBinary(bytes.Type)
	}
	return isBinary(dt)
}

func isBinary(dt arrow.DataType) bool {
	return dt.ID() == arrow.BINARY || dt.ID() == arrow.LARGE_BINARY
}

func isLabel(dt arrow.DataType) bool {
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	return arrow.IsInteger(dt.ID()) || isName(dt)
}

func isName(dt arrow.DataType) bool {
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	return dt.ID() == arrow.STRING || dt.ID() == arrow.LARGE_STRING
}

// classNamesIn returns the names of a column's classes that Hugging Face's
// library writes to the metadata, nil where there are none.
func classNamesIn(schema *arrow.Schema, column string) []string {
	metadata := schema.Metadata()
	text, _ := metadata.GetValue("huggingface")
	var known struct {
		Info struct {
			Features map[string]json.RawMessage
		}
	}
	if json.Unmarshal([]byte(text), &known) != nil {
		return nil
	}
	var feature struct{ Names []string }
	if json.Unmarshal(known.Info.Features[column], &feature) != nil {
		return nil
	}
	return feature.Names
}

// eachLabel calls f with the label of every row: its number, or its name.
func (r *tableRecord) eachLabel(f func(number int64, name string) error) error {
	for i := range r.labels.Len() {
		number, name, err := labelAt(r.labels, i)
		if err != nil {
			return arrowfile.BadCell(r.label, i, err.Error())
		}
		if err := f(number, name); err != nil {
			return arrowfile.BadCell(r.label, i, err.Error())
		}
	}
	return nil
}

// labelAt returns one label.
func labelAt(labels arrow.Array, i int) (number int64, name string, err error) {
	if labels.IsNull(i) {
		return 0, "", errors.New("is null")
	}
	switch a := labels.(type) {
	case *array.Dictionary:
		at := a.GetValueIndex(i)
		if at < 0 || at >= a.Dictionary().Len() {
			return 0, "", errors.New("is not in the dictionary")
		}
		return labelAt(a.Dictionary(), at)
	case *array.String:
		return 0, strings.Clone(a.Value(i)), nil // the batch's memory is used again
	case *array.LargeString:
		return 0, strings.Clone(a.Value(i)), nil
	}
	if number := arrowfile.Integers(labels); number != nil {
		return number(i), "", nil
	}
	return 0, "", fmt.Errorf("has type %s", labels.DataType())
}

// namesFiles tells whether an image has the path of a file in place of bytes.
func (r *tableRecord) namesFiles() bool {
	s, ok := r.images.(*array.Struct)
	if !ok {
		return false
	}
	kind := s.DataType().(*arrow.StructType)
	path, ok := kind.FieldIdx("path")
	if !ok {
		return false
	}
	bytes, _ := kind.FieldIdx("bytes")
	for i := range s.Len() {
		if s.Field(bytes).IsNull(i) && s.Field(path).IsValid(i) {
			return true
		}
	}
	return false
}

// imageIn returns what returns the bytes of the i-th encoded image: those in the
// table, or those of the file that it names, below dir.
func (r *tableRecord) imageIn(dir string) func(i int) ([]byte, error) {
	return func(i int) (data []byte, err error) {
		err = arrowfile.Protect(func() error {
			data, err = imageBytes(r.images, i, dir)
			return err
		})
		return data, err
	}
}

func imageBytes(images arrow.Array, i int, dir string) ([]byte, error) {
	if images.IsNull(i) {
		return nil, errors.New("the image is null")
	}
	switch a := images.(type) {
	case *array.Binary:
		return a.Value(i), nil
	case *array.LargeBinary:
		return a.Value(i), nil
	case *array.Struct:
		kind := a.DataType().(*arrow.StructType)
		bytes, _ := kind.FieldIdx("bytes")
		if !a.Field(bytes).IsNull(i) {
			return imageBytes(a.Field(bytes), i, dir)
		}
		path, ok := kind.FieldIdx("path")
		if !ok || a.Field(path).IsNull(i) {
			return nil, errors.New("the image is null")
		}
		_, name, err := labelAt(a.Field(path), i)
		if err != nil {
			return nil, fmt.Errorf("path: %w", err)
		}
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("its path %q leads out of the data set's folder", name)
		}
		return os.ReadFile(filepath.Join(dir, name))
	}
	return nil, fmt.Errorf("the image has type %s", images.DataType())
}
