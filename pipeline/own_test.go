package pipeline

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// ownImages writes n images of each of two classes, dark and bright, to a folder.
func ownImages(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 2 * n {
		path := filepath.Join(dir, []string{"bright", "dark"}[i%2], fmt.Sprintf("%03d.png", i))
		m := image.NewGray(image.Rect(0, 0, 8, 8))
		for j := range m.Pix {
			m.SetGray(j%8, j/8, color.Gray{Y: uint8(220 - 180*(i%2) + (i*j)%30)})
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(file, m), file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestOwnImages trains on a folder of images: a test part is set apart, the
// validation split is random, and the run folder needs the images no more once
// the features are there.
func TestOwnImages(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	images := ownImages(t, 60)
	e := with(t, settings.Defaults(), "dataset", "folder:"+images, "classes", "all", "runs_dir", t.TempDir(), "model", "MLP", "depth", "2", "width", "16", "use_bn", "true",
		"epochs", "3", "batch_size", "16", "lr", "0.05", "label_noise", "0.1", "threads", "1")
	r := upTo(t, e, settings.StageExport)
	if got := len(r.data.TestSamples); got != 24 {
		t.Errorf("%d of 120 samples are to test with, want a fifth", got)
	}
	if err := os.RemoveAll(images); err != nil {
		t.Fatal(err)
	}
	if err := r.stage(t.Context(), settings.StageMetrics); err != nil {
		t.Fatal(err)
	}
	results, err := measure.Read(r.folder.file(runfolder.MetricsFile))
	if err != nil || !(results.Test.AccuracyTop1 > 90) || results.Train.N+results.Test.N != 120 {
		t.Errorf("%v: test accuracy %v of %d and %d samples", err, results.Test.AccuracyTop1, results.Train.N, results.Test.N)
	}
}

// TestOwnImagesChanged refuses to go on with a training when images came since it
// began, and takes them up when it is to begin anew.
func TestOwnImagesChanged(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	images := ownImages(t, 10)
	e := with(t, settings.Defaults(), "dataset", "folder:"+images, "classes", "all", "runs_dir", t.TempDir(), "uid", "run", "model", "MLP", "depth", "1", "width", "4",
		"epochs", "1", "batch_size", "8", "until", "train")
	if _, err := Run(t.Context(), e, quiet()); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(filepath.Join(images, "dark", "001.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(images, "dark", "999.png"), copied, 0o644); err != nil {
		t.Fatal(err)
	}
	again := with(t, e, "from", "data")
	want := "the samples in folder:" + images + " are not those of "
	if _, err := Run(t.Context(), again, quiet()); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s…", err, want)
	}
	if _, err := Run(t.Context(), with(t, again, "force_retrain", "true"), quiet()); err != nil {
		t.Errorf("with force_retrain: %v", err)
	}
}

// Classes that images of one's own have not are a mistake before there is a run
// folder.
func TestOwnImagesRefused(t *testing.T) {
	images, runs := ownImages(t, 2), t.TempDir()
	for _, set := range [][]string{{"classes", "5"}, {"class_list", "bright,blue"}} {
		e := with(t, settings.Defaults(), append(set, "dataset", "folder:"+images, "runs_dir", runs, "model", "MLP", "depth", "1")...)
		_, err := Run(t.Context(), e, quiet())
		var mistake *settings.UsageError
		if !errors.As(err, &mistake) || mistake.Setting != set[0] {
			t.Errorf("%v: error %v", set, err)
		}
	}
	if left, err := os.ReadDir(runs); err != nil || len(left) > 0 {
		t.Errorf("%d run folders, %v", len(left), err)
	}
}
