package datasets

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"github.com/memdil/memdil/fixtures/python"
)

// encodedImage returns an image of one colour, as JPEG or PNG by its name.
func encodedImage(t *testing.T, name string, c color.RGBA) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 7, 5))
	for i := range 35 {
		m.Set(i%7, i/7, c)
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	if ext := strings.ToLower(filepath.Ext(name)); ext == ".jpg" || ext == ".jpeg" {
		b.Reset()
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// imageTree writes images below a new folder: image i of those given has the
// colour (20i, 0, 255).
func imageTree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, name := range names {
		writeFile(t, filepath.Join(dir, name), encodedImage(t, name, color.RGBA{uint8(20 * i), 0, 255, 255}))
	}
	return dir
}

// ownSet loads a data set of one's own and returns what it logs.
func ownSet(t *testing.T, o Options) (*Dataset, string) {
	t.Helper()
	var notes bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&notes, nil))
	d, err := Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, notes.String()
}

// numbersOf returns the red of the images of samples, in their order, divided by
// 20: the number of the image in imageTree.
func numbersOf(t *testing.T, m Images, samples []Sample) (numbers []int) {
	t.Helper()
	for _, s := range samples {
		pixels := m.At(int(s.Index))
		if blue := pixels[2*Side*Side+5]; blue < 250 {
			t.Errorf("image %d has the blue %d: its channels are mixed up", s.Index, blue)
		}
		numbers = append(numbers, (int(pixels[5])+4)/20) // JPEG is not exact
	}
	return numbers
}

func labelsOf(samples []Sample) (labels []int32) {
	for _, s := range samples {
		labels = append(labels, s.Label)
	}
	return labels
}

func TestImageFolder(t *testing.T) {
	dir := imageTree(t, "train/dog/b.png", "train/dog/a.JPG", "train/cat/deep/c.jpeg", "train/cat/b.png", "test/cat/1.png", "test/dog/1.png")
	writeFile(t, filepath.Join(dir, "train", "cat", "notes.txt"), []byte("hello"))
	writeFile(t, filepath.Join(dir, "train", ".hidden", "x"), nil)
	for range 2 { // the second time from the cache
		d, notes := ownSet(t, Options{Name: "folder:" + dir, Cache: filepath.Join(t.TempDir(), "c")})
		if d.Classes != 2 || !slices.Equal(d.ClassNames, []string{"cat", "dog"}) {
			t.Errorf("classes %q", d.ClassNames)
		}
		if got := numbersOf(t, d.Train, d.TrainSamples); !slices.Equal(got, []int{3, 2, 1, 0}) || !slices.Equal(labelsOf(d.TrainSamples), []int32{0, 0, 1, 1}) {
			t.Errorf("training images %v with labels %v", got, labelsOf(d.TrainSamples))
		}
		if got := numbersOf(t, d.Test, d.TestSamples); !slices.Equal(got, []int{4, 5}) || !slices.Equal(labelsOf(d.TestSamples), []int32{0, 1}) {
			t.Errorf("test images %v with labels %v", got, labelsOf(d.TestSamples))
		}
		if !strings.Contains(notes, "neither PNG nor JPEG by their names are ignored: 1, such as ") {
			t.Errorf("notes: %s", notes)
		}
	}
}

// TestNewClass adds a class before the others, which moves the labels of test
// images in the cache.
func TestNewClass(t *testing.T) {
	dir := imageTree(t, "train/b/0.png", "train/c/1.png", "test/b/2.png", "test/c/3.png")
	o := Options{Name: "folder:" + dir, Cache: t.TempDir(), ClassList: []string{"b", "c"}}
	for _, added := range []string{"", "a"} {
		if added != "" {
			writeFile(t, filepath.Join(dir, "train", added, "4.png"), encodedImage(t, "4.png", color.RGBA{80, 0, 255, 255}))
		}
		d, _ := ownSet(t, o)
		if got := numbersOf(t, d.Test, d.TestSamples); !slices.Equal(got, []int{2, 3}) || !slices.Equal(labelsOf(d.TestSamples), []int32{0, 1}) {
			t.Errorf("with %q: test images %v with labels %v", added, got, labelsOf(d.TestSamples))
		}
	}
}

// Without a test part, one is set apart; together the parts are all images.
func TestImageFolderSetApart(t *testing.T) {
	var names []string
	for i := range 10 {
		names = append(names, fmt.Sprintf("%d/%02d.png", i%2, i))
	}
	d, _ := ownSet(t, Options{Name: "folder:" + imageTree(t, names...), TestSplit: 0.4, Seed: 3})
	train, test := numbersOf(t, d.Train, d.TrainSamples), numbersOf(t, d.Test, d.TestSamples)
	all := slices.Concat(train, test)
	slices.Sort(all)
	if len(train) != 6 || len(test) != 4 || !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("to train on %v, to test with %v", train, test)
	}
	for i, s := range d.TestSamples {
		if int(s.Label) != test[i]%2 || s.Split != Test {
			t.Errorf("test sample %+v of image %d", s, test[i])
		}
	}
}

func TestImageFolderRefuses(t *testing.T) {
	good := []string{"a/1.png", "a/2.png", "b/1.png", "b/2.png"}
	with := func(change func(dir string)) string {
		dir := imageTree(t, good...)
		change(dir)
		return dir
	}
	broken := with(func(dir string) { writeFile(t, filepath.Join(dir, "b", "1.png"), []byte("\x89PNG\r\n\x1a\n broken")) })
	text := with(func(dir string) {
		writeFile(t, filepath.Join(dir, "a", "0.jpg"), []byte("<html>"))
		writeFile(t, filepath.Join(dir, "b", "3.png"), nil)
	})
	tests := []struct {
		name, dir, want string
		option          string
	}{
		{"missing", filepath.Join(t.TempDir(), "none"), "no such file or directory", "dataset"},
		{"no classes", t.TempDir(), "there must be one for each class", "dataset"},
		{"one class", imageTree(t, "a/1.png"), "has 1 class", "dataset"},
		{"an empty class", with(func(dir string) { _ = os.Mkdir(filepath.Join(dir, "c"), 0o755) }), "c holds no PNG or JPEG images", ""},
		{"a broken image", broken, filepath.Join(broken, "b", "1.png") + ": ", ""},
		{"two that are none", text, filepath.Join(text, "a", "0.jpg") + " (and 1 more): neither PNG nor JPEG; skip_unreadable", ""},
		{"another class to test with", imageTree(t, "train/a/1.png", "train/b/1.png", "test/c/1.png"), "there is no class c in the training part", ""},
		{"nothing to test a class with", imageTree(t, "train/a/1.png", "train/b/1.png", "test/a/1.png"), "no test sample has label 1", ""},
	}
	for _, tt := range tests {
		_, err := Load(context.Background(), Options{Name: "folder:" + tt.dir, TestSplit: 0.5, Log: slog.New(slog.DiscardHandler)})
		checkError(t, tt.name, err, tt.want)
		var option *OptionError
		if errors.As(err, &option) != (tt.option != "") || option != nil && option.Option != tt.option {
			t.Errorf("%s: error %#v, want one of option %q", tt.name, err, tt.option)
		}
	}
	d, notes := ownSet(t, Options{Name: "folder:" + text, TestSplit: 0.5, SkipUnreadable: true})
	if d.Train.N != 4 || !strings.Contains(notes, "images that cannot be read are left out: ") {
		t.Errorf("%d images are left, notes: %s", d.Train.N, notes)
	}
}

// What Hugging Face's library writes, testdata/huggingface.py says of what.
func TestHuggingFace(t *testing.T) {
	for _, dir := range []string{"disk", "hub", "hub/data"} {
		d, _ := ownSet(t, Options{Name: "arrow:testdata/huggingface/" + dir})
		if !slices.Equal(d.ClassNames, []string{"cat", "dog"}) || d.Train.N != 5 || d.Test.N != 3 {
			t.Fatalf("%s: classes %q, %d and %d images", dir, d.ClassNames, d.Train.N, d.Test.N)
		}
		if !slices.Equal(labelsOf(d.TrainSamples), []int32{0, 1, 0, 1, 0}) || !slices.Equal(labelsOf(d.TestSamples), []int32{0, 1, 0}) {
			t.Errorf("%s: labels %v and %v", dir, labelsOf(d.TrainSamples), labelsOf(d.TestSamples))
		}
		for i := range d.Train.N {
			pixels := d.Train.At(i)
			got := [3]uint8{pixels[7], pixels[Side*Side+7], pixels[2*Side*Side+7]}
			if want := [3]uint8{uint8(40 * i), uint8(255 - 40*i), 128}; got != want {
				t.Errorf("%s: image %d has the colour %v, want %v", dir, i, got, want)
			}
		}
	}
}

// Tables in the forms that pyarrow writes: labels of many types, encoded images
// plain or in a struct, with bytes or with paths, compressed in several ways.
func TestTablesByPyarrow(t *testing.T) {
	dir := imageTree(t, "a.png", "b.png", "c.png", "d.png")
	out := filepath.Join(dir, "tables")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a.png", "b.png", "c.png", "d.png"} {
		writeFile(t, filepath.Join(out, name), encodedImage(t, name, color.RGBA{uint8(20 * i), 0, 255, 255}))
	}
	python.Run(t, []string{"pyarrow"}, "testdata/tables.py", out)
	files, err := filepath.Glob(filepath.Join(out, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range files {
		if filepath.Ext(path) == ".png" {
			continue
		}
		read++
		d, _ := ownSet(t, Options{Name: "arrow:" + path, TestSplit: 0.5})
		samples := slices.Concat(d.TrainSamples, d.TestSamples)
		slices.SortFunc(samples, func(a, b Sample) int { return int(a.Index - b.Index) })
		if got := numbersOf(t, d.Train, samples); !slices.Equal(got, []int{0, 1, 2, 3}) || !slices.Equal(labelsOf(samples), []int32{0, 1, 1, 0}) {
			t.Errorf("%s: images %v with labels %v of %q", filepath.Base(path), got, labelsOf(samples), d.ClassNames)
		}
	}
	if read < 20 {
		t.Errorf("only %d tables", read)
	}
}

func TestTablesRefuse(t *testing.T) {
	whole, err := os.ReadFile("testdata/huggingface/hub/data/train-00000-of-00001.parquet")
	if err != nil {
		t.Fatal(err)
	}
	stream, err := os.ReadFile("testdata/huggingface/disk/train/data-00000-of-00001.arrow")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	flipped := slices.Clone(whole)
	for i := 200; i < 240; i++ {
		flipped[i] ^= 0x55
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"empty.arrow":   {nil, "the file is empty"},
		"html.parquet":  {[]byte("<!DOCTYPE html><html></html>"), "neither an Arrow IPC file nor a stream"},
		"cut.parquet":   {whole[:len(whole)-100], "no Parquet footer at the end"},
		"tail.parquet":  {append([]byte("PAR1"), whole[len(whole)-8:]...), "no Parquet footer at the end"},
		"cut.arrow":     {stream[:len(stream)/2], "the file is truncated or corrupted"},
		"flipped.pq":    {flipped, ""},
		"start.parquet": {whole[:6], "the file is truncated or corrupted"},
	} {
		path := filepath.Join(dir, name)
		writeFile(t, path, tt.data)
		_, err := Load(context.Background(), Options{Name: "arrow:" + path, TestSplit: 0.5, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("%s is read", name)
			continue
		}
		checkError(t, name, err, cmp.Or(tt.want, path))
		checkError(t, name, err, path)
	}
	_, err = Load(context.Background(), Options{Name: "arrow:" + t.TempDir()})
	checkError(t, "empty folder", err, "holds no Arrow or Parquet files")
}

// TestTableOfFiles has the image that a table names change: the cache must not
// give the old one.
func TestTableOfFiles(t *testing.T) {
	dir := t.TempDir()
	kind := arrow.StructOf(arrow.Field{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true}, arrow.Field{Name: "path", Type: arrow.BinaryTypes.String})
	images, labels := array.NewStructBuilder(memory.DefaultAllocator, kind), array.NewInt32Builder(memory.DefaultAllocator)
	for i, name := range []string{"a.png", "b.png", "c.png", "d.png"} {
		writeFile(t, filepath.Join(dir, name), encodedImage(t, name, color.RGBA{uint8(20 * i), 0, 255, 255}))
		images.Append(true)
		images.FieldBuilder(0).AppendNull()
		images.FieldBuilder(1).(*array.StringBuilder).Append(name)
		labels.Append(int32(i % 2))
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "image", Type: kind}, {Name: "label", Type: arrow.PrimitiveTypes.Int32}}, nil)
	path := filepath.Join(dir, "train.arrow")
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema))
	if err := errors.Join(w.Write(array.NewRecord(schema, []arrow.Array{images.NewArray(), labels.NewArray()}, 4)), w.Close()); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, b.Bytes())
	o := Options{Name: "arrow:" + path, TestSplit: 0.5, Cache: t.TempDir()}
	for _, red := range []uint8{0, 100} {
		writeFile(t, filepath.Join(dir, "a.png"), encodedImage(t, "a.png", color.RGBA{red, 0, 255, 255}))
		d, notes := ownSet(t, o)
		if got := d.Train.At(0)[5]; got != red {
			t.Errorf("the first image has the red %d, want %d", got, red)
		}
		if !strings.Contains(notes, "decoded images are not kept for later runs") {
			t.Errorf("notes: %s", notes)
		}
	}
}

// FuzzTable reads what may be a table to its end or to an error.
func FuzzTable(f *testing.F) {
	for _, path := range []string{"hub/data/train-00000-of-00001.parquet", "disk/train/data-00000-of-00001.arrow"} {
		data, err := os.ReadFile("testdata/huggingface/" + path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)-20])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "train.arrow")
		writeFile(t, path, data)
		table, err := scanTable(path, true)
		if err != nil {
			return
		}
		got, err := table.read(t.Context(), Train)
		if err == nil && (len(got.labels) != got.images.N || len(got.images.Pixels) != got.images.N*3*Side*Side) {
			t.Errorf("%d images with %d labels and %d pixels", got.images.N, len(got.labels), len(got.images.Pixels))
		}
	})
}

// TestTooManyRows reads a file that takes a few bytes to say that there are a
// hundred thousand rows, which would take 300 MB.
func TestTooManyRows(t *testing.T) {
	const n = 100_000
	images, labels := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary), array.NewInt32Builder(memory.DefaultAllocator)
	images.AppendNulls(n)
	labels.AppendValues(make([]int32, n), nil)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "image", Type: arrow.BinaryTypes.Binary, Nullable: true}, {Name: "label", Type: arrow.PrimitiveTypes.Int32},
	}, nil)
	path := filepath.Join(t.TempDir(), "null.parquet")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(schema, out, nil, pqarrow.DefaultWriterProps())
	if err == nil {
		err = w.Write(array.NewRecord(schema, []arrow.Array{images.NewArray(), labels.NewArray()}, n))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = Load(context.Background(), Options{Name: "arrow:" + path, TestSplit: 0.5, SkipUnreadable: true})
	checkError(t, "null images", err, path+": it claims more rows than fit into its ")
}

func TestPartOf(t *testing.T) {
	for path, want := range map[string]string{
		"train/data-00000-of-00001.arrow": "train", "data/test-0-of-1.parquet": "test", "TRAIN.arrow": "train", "x/Validation_1.parquet": "validation",
		"data.arrow": "", "training.arrow": "", "a/b/c.arrow": "", "train.test.arrow": "train",
		"--/a.arrow": "", "_/test.arrow": "test", "_train/a.arrow": "train",
	} {
		if got := partOf(path); got != want {
			t.Errorf("%s belongs to %q, want %q", path, got, want)
		}
	}
}
