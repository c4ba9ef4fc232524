package features

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Columns and schema metadata of a features table.
const (
	colFeature   = "feature"
	colLogits    = "logits"
	colLabel     = "label"
	colTrueLabel = "true_label"
	colSplit     = "split"

	metaClasses = "classes"
	metaSplit   = "split"
	metaRun     = "run"
	// metaTrueClasses is how many classes the samples truly have, where labels
	// from there on are latent noise classes.
	metaTrueClasses = "true_classes"
)

// splitNames is the dictionary of the split column. It is written once: an
// Arrow file cannot replace a dictionary.
var splitNames = []string{"train", "val", "test"}

var splitType = &arrow.DictionaryType{
	IndexType: arrow.PrimitiveTypes.Int8,
	ValueType: arrow.BinaryTypes.String,
}

// maxWriteBytes bounds the vectors of one written record batch, and so what a
// reader must hold at a time.
const maxWriteBytes = 32 << 20

// Meta describes a features table.
type Meta struct {
	Dim            int    // d, the length of a feature vector
	Classes        int    // K
	Split          string // train or test; empty when unknown
	Run            string // UID of the run; empty when unknown
	TrueClasses    int    // of a problem with latent noise classes; 0 for others
	HasSplitColumn bool   // whether each row names its split: train, val or test
}

func (m Meta) schema() *arrow.Schema {
	fields := []arrow.Field{
		{Name: colFeature, Type: vectorType(m.Dim), Nullable: true},
		{Name: colLogits, Type: vectorType(m.Classes), Nullable: true},
		{Name: colLabel, Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: colTrueLabel, Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	}
	if m.HasSplitColumn {
		fields = append(fields, arrow.Field{Name: colSplit, Type: splitType, Nullable: true})
	}
	keys, values := []string{metaClasses, metaSplit, metaRun}, []string{strconv.Itoa(m.Classes), m.Split, m.Run}
	if m.TrueClasses > 0 {
		keys, values = append(keys, metaTrueClasses), append(values, strconv.Itoa(m.TrueClasses))
	}
	md := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(fields, &md)
}

// Rows are n rows of a features table, in memory. [Writer.Write] reads them
// without copying.
type Rows struct {
	Features   []float32 // n×d, row-major
	Logits     []float32 // n×K, row-major
	Labels     []int32   // n, in [0, K)
	TrueLabels []int32   // n, in [0, K)
	Splits     []string  // n of train, val, test; nil without a split column
}

func (r Rows) slice(m Meta, from, to int) Rows {
	r.Features = r.Features[from*m.Dim : to*m.Dim]
	r.Logits = r.Logits[from*m.Classes : to*m.Classes]
	r.Labels = r.Labels[from:to]
	r.TrueLabels = r.TrueLabels[from:to]
	if m.HasSplitColumn {
		r.Splits = r.Splits[from:to]
	}
	return r
}

// Writer streams a features table into an Arrow IPC file, which appears under
// its name only when [Writer.Commit] succeeds. The first error is terminal: the
// unfinished file is removed and every later call returns the same error. A
// Writer is not safe for concurrent use.
type Writer struct {
	meta   Meta
	schema *arrow.Schema
	out    *output
	rows   int
}

// Create starts the features table path. The caller ends it with
// [Writer.Commit] and, on every way out, [Writer.Close].
// It panics when a width in m is not positive.
func Create(path string, m Meta) (*Writer, error) {
	if m.Dim < 1 || m.Classes < 1 || m.Dim > math.MaxInt32 || m.Classes > math.MaxInt32 {
		panic(fmt.Sprintf("features: dim %d or classes %d out of range", m.Dim, m.Classes))
	}
	schema := m.schema()
	out, err := newOutput(path, schema)
	if err != nil {
		return nil, err
	}
	return &Writer{meta: m, schema: schema, out: out}, nil
}

// Meta describes the table.
func (w *Writer) Meta() Meta { return w.meta }

// Write appends rows, as one record batch or, when they are many, several. It
// panics when the lengths of b do not fit each other and [Meta]; a label that is
// no class and an unknown split are errors.
func (w *Writer) Write(b Rows) error {
	n := w.count(b)
	if w.out.err != nil {
		return w.out.err
	}
	if err := w.check(b); err != nil {
		return w.out.fail(err)
	}
	step := max(1, maxWriteBytes/(4*(w.meta.Dim+w.meta.Classes)))
	for from := 0; from < n; from += step {
		rec := w.record(b.slice(w.meta, from, min(from+step, n)))
		err := w.out.write(rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
	w.rows += n
	return nil
}

// Commit completes the file, syncs it and gives it its name. A table without
// rows is an error.
func (w *Writer) Commit() error {
	if w.out.err == nil && w.rows == 0 {
		return w.out.fail(errors.New("no rows to write"))
	}
	return w.out.commit()
}

// Close removes the unfinished file; after [Writer.Commit] or an error there is
// none and it does nothing.
func (w *Writer) Close() error { return w.out.abort() }

// count returns the number of rows of b and panics when its slices disagree.
func (w *Writer) count(b Rows) int {
	n, m := len(b.Labels), w.meta
	splits := 0
	if m.HasSplitColumn {
		splits = n
	}
	if len(b.Features) != n*m.Dim || len(b.Logits) != n*m.Classes || len(b.TrueLabels) != n || len(b.Splits) != splits {
		panic(fmt.Sprintf("features: %d labels with %d features (d = %d), %d logits (K = %d), %d true labels, %d splits",
			n, len(b.Features), m.Dim, len(b.Logits), m.Classes, len(b.TrueLabels), len(b.Splits)))
	}
	return n
}

func (w *Writer) check(b Rows) error {
	for i := range b.Labels {
		for _, c := range []struct {
			name  string
			label int32
		}{{colLabel, b.Labels[i]}, {colTrueLabel, b.TrueLabels[i]}} {
			if c.label < 0 || int(c.label) >= w.meta.Classes {
				return fmt.Errorf("column %s, row %d: label %d is not in 0..%d", c.name, w.rows+i, c.label, w.meta.Classes-1)
			}
		}
		if w.meta.HasSplitColumn && !slices.Contains(splitNames, b.Splits[i]) {
			return fmt.Errorf("column %s, row %d: %q is not one of %q", colSplit, w.rows+i, b.Splits[i], splitNames)
		}
	}
	return nil
}

func (w *Writer) record(b Rows) arrow.Record {
	cols := []arrow.Array{
		vectorArray(b.Features, w.meta.Dim),
		vectorArray(b.Logits, w.meta.Classes),
		int32Array(b.Labels),
		int32Array(b.TrueLabels),
	}
	if w.meta.HasSplitColumn {
		cols = append(cols, splitArray(b.Splits))
	}
	return newRecord(w.schema, cols, len(b.Labels))
}

func splitArray(splits []string) arrow.Array {
	codes := make([]int8, len(splits))
	for i, s := range splits {
		codes[i] = int8(slices.Index(splitNames, s))
	}
	indices, names := int8Array(codes), stringArray(splitNames)
	defer indices.Release()
	defer names.Release()
	return array.NewDictionaryArray(splitType, indices, names)
}
