package features

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
)

func create(t testing.TB, e Engine) (*Writer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "train.arrow")
	w, err := Create(path, Meta{Dim: e.Dim(), Classes: e.Classes(), Split: "train", HasSplitColumn: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w, path
}

// TestExport reads back what was exported with both engines, for numbers of
// samples around the batch, and compares it with the float64 interpreter.
func TestExport(t *testing.T) {
	checkAllocator(t)
	m := demoModel(t)
	path := save(t, m)
	for _, kind := range engineKinds {
		e := newEngine(t, kind, path, 8)
		for _, n := range []int{1, 7, 8, 9, 16, 27} {
			w, out := create(t, e)
			var done []int
			err := Export(t.Context(), e, noise{n}, labels(n, 2), w, func(d, total int) {
				if total != n {
					t.Errorf("progress of %d, want %d", total, n)
				}
				done = append(done, d)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Commit(); err != nil {
				t.Fatal(err)
			}
			if len(done) != (n+7)/8 || done[len(done)-1] != n {
				t.Errorf("%d samples: progress %v", n, done)
			}
			_, got := mustRead(t, out)
			checkExported(t, m, n, got)
		}
	}
}

func checkExported(t *testing.T, m *graphs.Model, n int, got Batch) {
	t.Helper()
	h, z := oracle(t, m, all(noise{n}, 3*32*32))
	if d := max(maxDiff(t, got.Features, h), maxDiff(t, got.Logits, z)); d > 1e-5 {
		t.Errorf("%d samples: differs by %g", n, d)
	}
	for i, l := range labels(n, 2) {
		if got.Labels[i] != int(l.Label) || got.TrueLabels[i] != int(l.TrueLabel) || got.Splits[i] != l.Split.String() {
			t.Fatalf("row %d has labels %d, %d of %s", i, got.Labels[i], got.TrueLabels[i], got.Splits[i])
		}
	}
}

// arraySamples are the rows of a golden array.
type arraySamples struct {
	golden.Array
	x []float32
}

func (a arraySamples) Len() int                { return a.Shape[0] }
func (a arraySamples) Fill(x []float32, i int) { copy(x, a.x[i*len(x):]) }

// TestExportGolden exports a PyTorch model with a fixed batch.
func TestExportGolden(t *testing.T) {
	const folder = "grad/mlp_sigmoid_ln/"
	m, err := graphs.Decode(golden.Bytes(t, folder+"model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	last := m.Graph.Nodes[len(m.Graph.Nodes)-1]
	b, err := graphs.NewBuilder(m)
	if err != nil {
		t.Fatal(err)
	}
	b.Output(b.Named("features", "Identity", last.Inputs[:1]))
	e := newEngine(t, ONNXRuntime, save(t, m), 512)
	x := golden.NPY(t, folder+"x.npy")
	samples := arraySamples{x, x.Float32s()}
	if e.Batch() != samples.Len() {
		t.Fatalf("batch %d of a model with a batch of %d", e.Batch(), samples.Len())
	}
	samples.Shape[0]-- // a last batch that is not full
	w, path := create(t, e)
	if err := Export(t.Context(), e, samples, labels(samples.Len(), e.Classes()), w, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	_, got := mustRead(t, path)
	want := golden.NPY(t, folder+"logits.npy").Floats
	if d := maxDiff(t, got.Logits, want[:len(got.Logits)]); d > 1e-5 {
		t.Errorf("logits differ by %g", d)
	}
}

// TestExportCancelled: nothing is left under any name.
func TestExportCancelled(t *testing.T) {
	e := newEngine(t, ONNXRuntime, save(t, demoModel(t)), 8)
	w, path := create(t, e)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	err := Export(ctx, e, noise{1000}, labels(1000, 2), w, func(done, total int) {
		if done == 16 {
			cancel(reason)
		}
	})
	if !errors.Is(err, reason) {
		t.Errorf("error is %v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	mustBeEmpty(t, filepath.Dir(path))
}

// TestExportNaN: what a broken net computes is for metrics to judge.
func TestExportNaN(t *testing.T) {
	m := demoModel(t)
	set(m.Graph.Initializers[0], func(int) float64 { return math.NaN() })
	for _, kind := range engineKinds {
		e := newEngine(t, kind, save(t, m), 8)
		w, path := create(t, e)
		if err := Export(t.Context(), e, noise{3}, labels(3, 2), w, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		if _, got := mustRead(t, path); !math.IsNaN(got.Logits[5]) {
			t.Errorf("%s: logits %v", kind, got.Logits)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	e := newEngine(t, ONNXRuntime, save(t, demoModel(t)), 8)
	w, _ := create(t, e)
	if err := Export(t.Context(), e, noise{0}, nil, w, nil); err == nil || !strings.Contains(err.Error(), "no samples") {
		t.Errorf("no samples: %v", err)
	}
	wide, err := Create(filepath.Join(t.TempDir(), "wide.arrow"), Meta{Dim: 9, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer wide.Close()
	if err := Export(t.Context(), e, noise{3}, labels(3, 2), wide, nil); err == nil || !strings.Contains(err.Error(), "the table takes 9 and 2") {
		t.Errorf("other width: %v", err)
	}
	if err := Export(t.Context(), e, noise{20}, append(labels(19, 2), datasets.Sample{Label: 2}), w, nil); err == nil || !strings.Contains(err.Error(), "label 2") {
		t.Errorf("label out of range: %v", err)
	}
}

// BenchmarkExport is to be held against a PyTorch evaluation with batches of 512.
func BenchmarkExport(b *testing.B) {
	for _, c := range []struct {
		name         string
		depth, width int
		n            int
	}{{"demo", 3, 64, 10_000}, {"headline", 9, 2048, 1024}} {
		b.Run(c.name, func(b *testing.B) {
			o := zoo.Options{Classes: 2, Depth: c.depth, Width: c.width, BatchNorm: true, Seed: 1}
			e := newEngine(b, ONNXRuntime, save(b, trained(b, o)), 0)
			samples := pixels(c.n)
			path := filepath.Join(b.TempDir(), "bench.arrow")
			for b.Loop() {
				w, err := Create(path, Meta{Dim: e.Dim(), Classes: e.Classes()})
				if err != nil {
					b.Fatal(err)
				}
				if err := Export(b.Context(), e, samples, labels(c.n, 2), w, nil); err != nil {
					b.Fatal(err)
				}
				if err := w.Commit(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c.n)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
			_ = os.Remove(path)
		})
	}
}

// imageSamples are normalised as a data set's are.
type imageSamples struct {
	images datasets.Images
	norm   *datasets.Normalizer
}

func pixels(n int) imageSamples {
	p := make([]uint8, n*3*32*32)
	for i := range p {
		p[i] = uint8(i * 31)
	}
	return imageSamples{datasets.Images{Pixels: p, N: n, C: 3, H: 32, W: 32},
		datasets.NewNormalizer([]float32{0.5, 0.5, 0.5}, []float32{0.25, 0.25, 0.25})}
}

func (s imageSamples) Len() int                { return s.images.N }
func (s imageSamples) Fill(x []float32, i int) { s.norm.Normalize(x, s.images.At(i)) }
