package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/metrics"
)

func TestWriteMakesEveryFigureInAllFormats(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, Report{Runs: []Run{goldenRun(t, "CrossEntropy"), goldenRun(t, "LS0.1")}}); err != nil {
		t.Fatal(err)
	}
	names := []string{"loss", "accuracy", "learning-rate", "collapse", "history-nc1", "history-nc2-etf",
		"run1-scatter-train", "run1-scatter-test", "run1-distances", "run1-reliability",
		"run2-scatter-train", "run2-scatter-test", "run2-distances", "run2-reliability"}
	for _, name := range names {
		base := filepath.Join(dir, "figures", name)
		checkSVG(t, base+".svg")
		checkPNG(t, base+".png")
		checkPDF(t, base+".pdf")
	}
	entries, err := os.ReadDir(filepath.Join(dir, "figures"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3*len(names) {
		t.Errorf("%d files in figures/, want %d", len(entries), 3*len(names))
	}
}

func checkSVG(t *testing.T, path string) {
	t.Helper()
	data := read(t, path)
	decoder := xml.NewDecoder(bytes.NewReader(data))
	for {
		_, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for _, want := range []string{"<svg ", "<title ", "<desc ", "font-family="} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s: no %s", path, want)
		}
	}
	if bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf")) {
		t.Errorf("%s: holds coordinates that are not finite", path)
	}
}

func checkPNG(t *testing.T, path string) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if w := img.Bounds().Dx(); w != 1500 {
		t.Errorf("%s: %d pixels wide, want 1500", path, w)
	}
	colours := make(map[any]bool)
	for x := 0; x < img.Bounds().Dx(); x += 3 {
		for y := 0; y < img.Bounds().Dy(); y += 3 {
			colours[img.At(x, y)] = true
		}
	}
	if len(colours) < 10 {
		t.Errorf("%s: only %d colours, nothing is drawn", path, len(colours))
	}
}

func checkPDF(t *testing.T, path string) {
	t.Helper()
	data := read(t, path)
	if !bytes.HasPrefix(data, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("%%EOF")) {
		t.Errorf("%s: does not start and end as a PDF file", path)
	}
	if !bytes.Contains(data, []byte("(D:19700101000000")) {
		t.Errorf("%s: its creation date is not fixed", path)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWriteIsDeterministic(t *testing.T) {
	run := goldenRun(t, "LS0.1")
	wide := goldenPoints(t, "k10_d64_n2000")
	run.TrainPoints, run.TestPoints, run.Classifier = wide, nil, nil
	var dirs [2]string
	for i := range dirs {
		dirs[i] = t.TempDir()
		if err := Write(dirs[i], Report{Runs: []Run{run}}); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(dirs[0], func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dirs[0], path)
		if err != nil {
			return err
		}
		if !bytes.Equal(read(t, path), read(t, filepath.Join(dirs[1], relative))) {
			t.Errorf("%s differs between two reports of the same run", relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWriteOddRuns draws what runs at the edge of the possible hold; nothing
// may fail, and no coordinate be other than a number.
func TestWriteOddRuns(t *testing.T) {
	nan := math.NaN()
	points := func(dim int, features []float32, labels ...int) *Points {
		return &Points{Features: features, Dim: dim, Labels: labels}
	}
	inf32, nan32 := float32(math.Inf(1)), float32(nan)
	undefined := &metrics.Result{}
	if err := undefined.NC1.UnmarshalJSON([]byte("null")); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		run  Run
	}{
		{"nothing", Run{}},
		{"undefined metric", Run{Train: undefined}},
		{"one epoch", Run{History: []Epoch{{Epoch: 1, LR: 0.1, TrainLoss: 0.5, TrainAccuracy: 50, ValLoss: nan, ValAccuracy: nan}}}},
		{"loss becomes NaN", Run{History: []Epoch{{Epoch: 1, TrainLoss: 1}, {Epoch: 2, TrainLoss: nan}, {Epoch: 3, TrainLoss: math.Inf(1)}, {Epoch: 4, TrainLoss: 2}}}},
		{"nothing measured", Run{History: []Epoch{{Epoch: 1, LR: nan, TrainLoss: nan, TrainAccuracy: nan, ValLoss: nan, ValAccuracy: nan}}}},
		{"zero and huge rates", Run{History: []Epoch{{Epoch: 1, LR: 0, TrainLoss: 1e30}, {Epoch: 2, LR: 1e-300, TrainLoss: 1e-30}}}},
		{"no samples", Run{TrainPoints: &Points{Dim: 3}, TestPoints: &Points{}}},
		{"one sample", Run{TrainPoints: points(2, []float32{1, 2}, 0)}},
		{"one sample, wide", Run{TestPoints: points(4, []float32{1, 2, 3, 4}, 1)}},
		{"one class", Run{TrainPoints: points(2, []float32{1, 2, 3, 4, 5, 6}, 0, 0, 0)}},
		{"all alike", Run{TrainPoints: points(3, make([]float32, 12), 0, 0, 1, 1)}},
		{"one feature", Run{TrainPoints: points(1, []float32{-1, -2, 1, 2}, 0, 0, 1, 1), Classifier: &Classifier{Weight: []float32{-1, 1}}}},
		{"not finite", Run{TrainPoints: points(2, []float32{inf32, 0, 1, nan32, 1, 1, 2, 2}, 0, 0, 0, 1)}},
		{"nothing finite", Run{TrainPoints: points(3, []float32{nan32, 0, 0, 0, inf32, 1}, 0, 1)}},
		{"labels outside the classes", Run{TrainPoints: points(2, []float32{1, 2, 3, 4}, -3, 4000)}},
		{"huge features", Run{TrainPoints: points(3, []float32{1e30, 2e30, 0, -1e30, 3e29, 1e30, 1, 2, 3}, 0, 1, 0)}},
		{"tiny features", Run{TrainPoints: points(2, []float32{1e-30, 2e-30, -1e-30, 3e-30}, 0, 1)}},
		{"flat", Run{TrainPoints: points(2, []float32{0, 0, 1000, 1e-3}, 0, 1), Classifier: &Classifier{Weight: make([]float32, 4)}}},
		{"all corrupted", Run{TrainPoints: &Points{Features: []float32{1, 2, 3, 4}, Dim: 2, Labels: []int{0, 1}, TrueLabels: []int{1, 0}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.run.Name = c.name
			if err := Write(dir, Report{Runs: []Run{c.run}}); err != nil {
				t.Fatal(err)
			}
			checkPage(t, read(t, filepath.Join(dir, "index.html")))
			figures, err := filepath.Glob(filepath.Join(dir, "figures", "*.svg"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range figures {
				checkSVG(t, f)
			}
		})
	}
	t.Run("no runs", func(t *testing.T) {
		dir := t.TempDir()
		if err := Write(dir, Report{}); err != nil {
			t.Fatal(err)
		}
		checkPage(t, read(t, filepath.Join(dir, "index.html")))
	})
}

func TestWriteRefusesContradictions(t *testing.T) {
	two := []int{0, 1}
	cases := []struct {
		want string
		run  Run
	}{
		{"train features of run \"x\": 3 feature values for 2 samples of width 2",
			Run{TrainPoints: &Points{Features: make([]float32, 3), Dim: 2, Labels: two}}},
		{"test features of run \"x\": 1 true labels for 2 samples",
			Run{TestPoints: &Points{Features: make([]float32, 4), Dim: 2, Labels: two, TrueLabels: two[:1]}}},
		{"feature width is 0", Run{TrainPoints: &Points{Labels: two}}},
		{"width 2 for train, 1 for test",
			Run{TrainPoints: &Points{Features: make([]float32, 4), Dim: 2, Labels: two}, TestPoints: &Points{Features: make([]float32, 2), Dim: 1, Labels: two}}},
		{"5 weights and 0 biases for features of width 2",
			Run{TrainPoints: &Points{Features: make([]float32, 4), Dim: 2, Labels: two}, Classifier: &Classifier{Weight: make([]float32, 5)}}},
	}
	for _, c := range cases {
		c.run.Name = "x"
		dir := filepath.Join(t.TempDir(), "report")
		err := Write(dir, Report{Runs: []Run{c.run}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Error("a refused report left files")
		}
	}
}

// TestWriteTidiesUp removes figures of an earlier report, and nothing else.
func TestWriteTidiesUp(t *testing.T) {
	dir := t.TempDir()
	two := []Run{{Name: "a", History: history(3, 1)}, {Name: "b", History: history(3, 2)}}
	if err := Write(dir, Report{Runs: []Run{goldenRun(t, "LS0.1")}}); err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "figures", "my-own.png")
	if err := os.WriteFile(theirs, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, Report{Runs: two}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"loss.pdf": true, "my-own.png": true, "scatter-train.svg": false, "distances.png": false} {
		if _, err := os.Stat(filepath.Join(dir, "figures", name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}

// TestWriteSparesOtherPages writes no report over a page that is none.
func TestWriteSparesOtherPages(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "index.html")
	if err := os.WriteFile(page, []byte("<p>my own</p>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, Report{Runs: []Run{{Name: "x"}}}); !errors.Is(err, ErrForeign) {
		t.Errorf("error %v, want ErrForeign", err)
	}
	if got := string(read(t, page)); got != "<p>my own</p>" {
		t.Errorf("the page became %q", got)
	}
	if err := Write(dir, Report{Runs: []Run{{Name: "x"}}, Replace: true}); err != nil {
		t.Error(err)
	}
}

func TestWriteNamesTheFileItCannotWrite(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "index.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := Write(dir, Report{Runs: []Run{{Name: "x"}}})
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "index.html")) {
		t.Errorf("error %v, want one that names index.html", err)
	}
}

// TestPageOfALargeRunStaysSmall holds the page of ten classes with more
// samples than are drawn under one megabyte.
func TestPageOfALargeRunStaysSmall(t *testing.T) {
	n := 30000
	p := &Points{Features: make([]float32, 2*n), Dim: 2, Labels: make([]int, n), TrueLabels: make([]int, n)}
	for i := range n {
		p.Features[2*i], p.Features[2*i+1] = float32(i%173), float32(i%1009)
		p.TrueLabels[i] = i % 10
		p.Labels[i] = (i%10 + boolInt(i%3 == 0)) % 10
	}
	run := Run{Name: "large", TrainPoints: p, TestPoints: p, History: history(200, 1), Train: goldenResult(t, "k10_d64_n2000")}
	r := Report{Runs: []Run{run}}
	c := newComparison(r.Runs)
	html, err := renderPage(r, c, figureSections(c, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(html) > 1<<20 {
		t.Errorf("page of %d bytes", len(html))
	}
}
