package measure

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/metrics"
)

// TestStatisticsOfFewClasses writes what files of others may have: one class
// alone, which pulls towards no other, and more classes to test than to train on.
func TestStatisticsOfFewClasses(t *testing.T) {
	one, two, three := resultOf(t, 1), resultOf(t, 2), resultOf(t, 3)
	for _, c := range []struct {
		results []*metrics.Result
		want    string // the biases of the first class of each split
	}{
		{[]*metrics.Result{one}, "[]"},
		{[]*metrics.Result{two, three}, fmt.Sprintf("[[%g NaN] [%g %g]]", two.CorruptionBiases[0][0], three.CorruptionBiases[0][0], three.CorruptionBiases[0][1])},
	} {
		path := filepath.Join(t.TempDir(), "statistics.arrow")
		if err := writeStatistics(path, c.results...); err != nil {
			t.Fatal(err)
		}
		if err := arrowfile.Convert(path, arrowfile.Formats...); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(firstBiases(t, path)); got != c.want {
			t.Errorf("%d splits: biases %s, want %s", len(c.results), got, c.want)
		}
	}
}

// resultOf measures classes of which each has a sample of its own and one of the
// next.
func resultOf(t *testing.T, classes int) *metrics.Result {
	t.Helper()
	var b metrics.Batch
	for k := range classes {
		b.Features = append(b.Features, float64(k), 1, float64(k), 2)
		b.Labels, b.TrueLabels = append(b.Labels, k, k), append(b.TrueLabels, k, (k+1)%classes)
	}
	table, err := metrics.NewTable(b, 2, classes)
	if err != nil {
		t.Fatal(err)
	}
	r, err := metrics.Compute(t.Context(), table, nil, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Split = fmt.Sprint(classes)
	return r
}

// firstBiases reads the corruption biases of class 0 of each split.
func firstBiases(t *testing.T, path string) (biases [][]float64) {
	t.Helper()
	r, err := arrowfile.Open(path, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rec, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	column := r.Schema().FieldIndices("corruption_biases")
	if column == nil {
		return nil
	}
	labels := rec.Column(r.Schema().FieldIndices("label")[0]).(*array.Int32)
	list := rec.Column(column[0]).(*array.FixedSizeList)
	values := list.ListValues().(*array.Float64).Float64Values()
	for i := range list.Len() {
		if start, end := list.ValueOffsets(i); labels.Value(i) == 0 && list.IsValid(i) {
			biases = append(biases, append([]float64(nil), values[start:end]...))
		}
	}
	return biases
}
