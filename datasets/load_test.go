package datasets

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/memdil/memdil/fixtures"
)

func TestLoad(t *testing.T) {
	var notes bytes.Buffer
	d, err := Load(context.Background(), Options{
		Name: "MNIST", FS: fixtures.MNIST01(), Classes: 2, Noise: Noise{Degrees: []float64{0.2}}, ValSplit: 0.25, Seed: 42,
		Log: slog.New(slog.NewTextHandler(&notes, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if notes.Len() > 0 {
		t.Errorf("notes on embedded files: %s", notes.String())
	}
	if d.Name != "mnist" || d.Classes != 2 || strings.Join(d.ClassNames, " ") != "0 1" {
		t.Errorf("%s of %d classes %v", d.Name, d.Classes, d.ClassNames)
	}
	corrupted, val := 0, 0
	for i, s := range d.TrainSamples {
		if s.Label != s.TrueLabel {
			corrupted++
		}
		if s.Split == Val {
			val++
		}
		if int(s.Index) != i || (s.Split == Val) != (i < 300) {
			t.Fatalf("sample %d is %+v", i, s)
		}
	}
	if d.Train.N != 1200 || len(d.TrainSamples) != 1200 || val != 300 {
		t.Errorf("%d training images, %d samples, %d held back", d.Train.N, len(d.TrainSamples), val)
	}
	if corrupted < 80 || corrupted > 160 { // expected: 0.2 · ½ · 1200 = 120
		t.Errorf("%d of 1200 labels are corrupted", corrupted)
	}
	if d.Test.N != 600 || len(d.TestSamples) != 600 || d.TestSamples[599].Split != Test {
		t.Errorf("%d test images, %d samples", d.Test.N, len(d.TestSamples))
	}
	checkInk(t, d)
}

// checkInk wants zeros to have more ink than ones, as in any hand: images and
// labels then belong together.
func checkInk(t *testing.T, d *Dataset) {
	t.Helper()
	var ink, count [2]float64
	for i, s := range d.TrainSamples {
		for _, p := range d.Train.At(i) {
			ink[s.TrueLabel] += float64(p)
		}
		count[s.TrueLabel]++
	}
	// Mean of all zeros of MNIST: 0.173; of all ones: 0.076. Resizing keeps it.
	for digit, want := range []float64{0.173, 0.076} {
		if got := ink[digit] / count[digit] / (3 * Side * Side) / 255; !(math.Abs(got-want) <= 0.01) {
			t.Errorf("images of digit %d have mean %.3f, want %.3f", digit, got, want)
		}
	}
}

func TestLoadFromFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "MNIST", "raw"), fixtures.MNIST01()); err != nil {
		t.Fatal(err)
	}
	var notes bytes.Buffer
	log := slog.New(slog.NewTextHandler(&notes, nil))
	d, err := Load(context.Background(), Options{Name: "mnist", Dir: dir, Classes: 2, SampleSize: 600, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	counts := countLabels(d.TrainSamples, Train, 2)
	if counts[0] >= 600 || counts[1] != 600 {
		t.Errorf("counts %v, want fewer than 600 zeros and 600 ones", counts)
	}
	if n := strings.Count(notes.String(), "checksum is not the published one"); n != 4 {
		t.Errorf("%d notes on checksums of 4 files", n)
	}
	if n := strings.Count(notes.String(), "fewer samples than sample_size"); n != 1 {
		t.Errorf("%d notes on a class with fewer samples", n)
	}
}

func TestLoadDownloads(t *testing.T) {
	src, requests := remote(t)
	saved := sources
	sources = []*source{src}
	defer func() { sources = saved }()
	dir := t.TempDir()
	files := map[string]bool{}
	for range 2 { // the second time everything is there
		d, err := Load(context.Background(), Options{
			Name: "mnist", Dir: dir, Classes: 2, Log: slog.New(slog.DiscardHandler),
			Progress: func(file string, _, _ int64) { files[file] = true },
		})
		if err != nil {
			t.Fatal(err)
		}
		if d.Train.N != 3 || d.Test.N != 2 || len(*requests) != 4 || len(files) != 4 {
			t.Errorf("%d and %d images after %d requests, progress of %d files", d.Train.N, d.Test.N, len(*requests), len(files))
		}
	}
}

func TestLoadErrors(t *testing.T) {
	embedded := fixtures.MNIST01()
	ok := Options{Name: "mnist", FS: embedded, Classes: 2}
	with := func(change func(*Options)) Options {
		o := ok
		change(&o)
		return o
	}
	tests := []struct {
		name   string
		o      Options
		option string // of the OptionError; empty for another error
		want   string
	}{
		{"misspelt name", with(func(o *Options) { o.Name = "fashion_mnits" }), "dataset", `unknown data set "fashion_mnits"; did you mean fashionmnist?`},
		{"unknown name", with(func(o *Options) { o.Name = "imagenet21k" }), "dataset", "there are cifar10, cifar100, cifar10_random, fashionmnist, mnist"},
		{"no name", with(func(o *Options) { o.Name = "" }), "dataset", `unknown data set ""`},
		{"too many classes", with(func(o *Options) { o.Classes = 11 }), "classes", "11; mnist has 10"},
		{"one class", with(func(o *Options) { o.Classes = 1 }), "classes", "at least 2"},
		{"negative classes", with(func(o *Options) { o.Classes = -3 }), "classes", "at least 2"},
		{"negative noise", with(func(o *Options) { o.Noise.Degrees = []float64{-0.1} }), "label_noise", "-0.1 is not between 0 and 1"},
		{"too much noise", with(func(o *Options) { o.Noise.Degrees = []float64{1.5} }), "label_noise", "1.5 is not between 0 and 1"},
		{"NaN noise", with(func(o *Options) { o.Noise.Degrees = []float64{math.NaN()} }), "label_noise", "NaN is not between"},
		{"everything held back", with(func(o *Options) { o.ValSplit = 1 }), "val_split_prop", "1 is not between 0"},
		{"negative sample size", with(func(o *Options) { o.SampleSize = -1 }), "sample_size", "-1 is negative"},
		{"sample size and split", with(func(o *Options) { o.SampleSize, o.ValSplit = 10, 0.2 }), "sample_size", "cannot be combined with val_split_prop 0.2"},
		{"empty class", with(func(o *Options) { o.Classes = 0 }), "", "mnist: no train sample has label 2 of 10"},
		{"missing files", with(func(o *Options) { o.FS = fstest.MapFS{} }), "", "mnist: the file system given has no train-images-idx3-ubyte.gz"},
	}
	for _, tt := range tests {
		_, err := Load(context.Background(), tt.o)
		checkError(t, tt.name, err, tt.want)
		var option *OptionError
		if errors.As(err, &option) != (tt.option != "") || option != nil && option.Option != tt.option {
			t.Errorf("%s: error %#v, want one of option %q", tt.name, err, tt.option)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Load(ctx, ok); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestDataDir(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip("no home folder")
	}
	for dir, want := range map[string]string{
		"":         filepath.Join(home, "data"),
		"~":        home,
		"~/a/b":    filepath.Join(home, "a/b"),
		"~other/x": "~other/x",
		"data":     "data",
		"/data":    "/data",
	} {
		if got, err := dataDir(dir); err != nil || got != want {
			t.Errorf("dataDir(%q) = %q, %v, want %q", dir, got, err, want)
		}
	}
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "mnist"), fixtures.MNIST01()); err != nil {
		t.Fatal(err)
	}
	verify := func() ([]FileStatus, error) { return Verify(context.Background(), "mnist", dir) }
	states, err := verify()
	if err != nil || len(states) != 4 {
		t.Fatalf("%d files, %v", len(states), err)
	}
	for _, s := range states {
		if s.Err != nil || s.Known || s.Path != filepath.Join(dir, "mnist", s.Name) {
			t.Errorf("subset of MNIST: %+v", s)
		}
	}
	labels := filepath.Join(dir, "mnist", "t10k-labels-idx1-ubyte.gz")
	writeFile(t, labels, pack(encodeIDX([]byte{1}, 1)))
	_, err = verify()
	checkError(t, "too few labels", err, labels+": 1 labels for the 600 images")

	data, _ := fs.ReadFile(fixtures.MNIST01(), "t10k-labels-idx1-ubyte.gz")
	writeFile(t, labels, data[:len(data)-4])
	states, err = verify()
	checkError(t, "truncated", err, labels+": unexpected EOF")
	checkError(t, "truncated", states[3].Err, "unexpected EOF")

	if err := os.Remove(labels); err != nil {
		t.Fatal(err)
	}
	states, err = verify()
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(states[3].Err, fs.ErrNotExist) || states[3].Path != labels {
		t.Errorf("missing: %+v, %v", states[3], err)
	}
}
