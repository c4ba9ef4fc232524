package features

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// fixture is a features table with what it must read back as.
type fixture struct {
	name   string
	meta   Meta
	writes []Rows
}

// fixtures is the catalogue that every write–read–compare test goes through.
func fixtures() []fixture {
	return []fixture{
		{"one row", Meta{Dim: 1, Classes: 1, Split: "train"}, []Rows{someRows(1, 1, 1, false)}},
		{"two classes", Meta{Dim: 2, Classes: 2, Split: "test", Run: "MLP_mnist_c2"}, []Rows{someRows(50, 2, 2, false)}},
		{"many batches", Meta{Dim: 5, Classes: 3, Split: "train", Run: "r"}, []Rows{
			someRows(7, 5, 3, false), someRows(1, 5, 3, false), {}, someRows(64, 5, 3, false)}},
		{"split column", Meta{Dim: 3, Classes: 10, Split: "train", HasSplitColumn: true}, []Rows{
			someRows(20, 3, 10, true), someRows(11, 3, 10, true)}},
		{"wide", Meta{Dim: 2048, Classes: 100, Split: "train"}, []Rows{someRows(1500, 2048, 100, false)}},
		{"special values", Meta{Dim: 2, Classes: 2}, []Rows{{
			Features:   []float32{float32(math.Inf(1)), -0, math.MaxFloat32, math.SmallestNonzeroFloat32},
			Logits:     []float32{1, 2, 3, 4},
			Labels:     []int32{1, 0},
			TrueLabels: []int32{0, 0},
		}}},
	}
}

// someRows makes n rows whose every cell is different, a third of them corrupted.
func someRows(n, d, k int, splits bool) Rows {
	var r Rows
	for i := range n {
		for j := range d {
			r.Features = append(r.Features, float32(i)+float32(j)/4096)
		}
		for j := range k {
			r.Logits = append(r.Logits, float32(j)-float32(i)/8)
		}
		r.Labels = append(r.Labels, int32(i%k))
		r.TrueLabels = append(r.TrueLabels, int32((i+i%3/2)%k))
		if splits {
			r.Splits = append(r.Splits, splitNames[i%2])
		}
	}
	return r
}

// rows is all that was written, as it is read.
func (f fixture) rows() Batch {
	var b Batch
	for _, w := range f.writes {
		b.N += len(w.Labels)
		for _, v := range w.Features {
			b.Features = append(b.Features, float64(v))
		}
		for _, v := range w.Logits {
			b.Logits = append(b.Logits, float64(v))
		}
		for i := range w.Labels {
			b.Labels = append(b.Labels, int(w.Labels[i]))
			b.TrueLabels = append(b.TrueLabels, int(w.TrueLabels[i]))
		}
		b.Splits = append(b.Splits, w.Splits...)
	}
	return b
}

// write writes f and returns its path.
func (f fixture) write(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "features.arrow")
	w, err := Create(path, f.meta)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, r := range f.writes {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll joins all batches of a table.
func readAll(t *Table) (Batch, error) {
	var all Batch
	err := t.Each(func(b Batch) error {
		all.N += b.N
		all.Features = append(all.Features, b.Features...)
		all.Logits = append(all.Logits, b.Logits...)
		all.Labels = append(all.Labels, b.Labels...)
		all.TrueLabels = append(all.TrueLabels, b.TrueLabels...)
		all.Splits = append(all.Splits, b.Splits...)
		return nil
	})
	return all, err
}

func mustRead(t testing.TB, path string) (*Table, Batch) {
	t.Helper()
	table, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readAll(table)
	if err != nil {
		t.Fatal(err)
	}
	return table, all
}

func equalBatches(a, b Batch) bool {
	return a.N == b.N && slices.Equal(a.Features, b.Features) && slices.Equal(a.Logits, b.Logits) &&
		slices.Equal(a.Labels, b.Labels) && slices.Equal(a.TrueLabels, b.TrueLabels) && slices.Equal(a.Splits, b.Splits)
}

// checkAllocator makes the test fail when Arrow memory is not given back.
func checkAllocator(t testing.TB) {
	t.Helper()
	checked, before := memory.NewCheckedAllocator(memory.NewGoAllocator()), allocator
	allocator = checked
	t.Cleanup(func() {
		allocator = before
		checked.AssertSize(t, 0)
	})
}

// mustBeEmpty fails when dir holds anything.
func mustBeEmpty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
}
