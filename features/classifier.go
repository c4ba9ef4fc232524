package features

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/memdil/memdil/arrowfile"
)

const (
	colWeight = "weight"
	colBias   = "bias"
)

// Classifier is the last linear layer, logits = W h + b. The file holds float32,
// as training does; other people's float64 is kept.
type Classifier struct {
	Classes int       // K
	Dim     int       // d
	Weight  []float64 // K×d, row-major
	Bias    []float64 // K; nil when the layer has none, which counts as zero
}

// WriteClassifier writes c to path, all or nothing. A missing bias is written as
// zeros. It panics when the lengths of c do not fit each other.
func WriteClassifier(path string, c Classifier) error {
	if c.Classes < 1 || c.Dim < 1 || len(c.Weight) != c.Classes*c.Dim || (c.Bias != nil && len(c.Bias) != c.Classes) {
		panic(fmt.Sprintf("features: classifier of %d×%d with %d weights and %d biases",
			c.Classes, c.Dim, len(c.Weight), len(c.Bias)))
	}
	weight, bias := make([]float32, len(c.Weight)), make([]float32, c.Classes)
	for i, v := range c.Weight {
		weight[i] = float32(v)
	}
	for i, v := range c.Bias {
		bias[i] = float32(v)
	}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: colWeight, Type: vectorType(c.Dim), Nullable: true},
		{Name: colBias, Type: arrow.PrimitiveTypes.Float32, Nullable: true},
	}, nil)
	return writeOnce(path, schema, []arrow.Array{vectorArray(weight, c.Dim), float32Array(bias)}, c.Classes)
}

// writeOnce writes a file of one record batch and lets go of cols.
func writeOnce(path string, schema *arrow.Schema, cols []arrow.Array, rows int) error {
	rec := newRecord(schema, cols, rows)
	defer rec.Release()
	out, err := newOutput(path, schema)
	if err != nil {
		return err
	}
	if err := out.write(rec); err != nil {
		return err
	}
	return out.commit()
}

// ReadClassifier reads a classifier in any form that [Open] takes for vectors.
// The bias column may be missing.
func ReadClassifier(path string) (*Classifier, error) {
	c, err := readClassifier(path)
	if err != nil {
		return nil, arrowfile.ReadError("classifier", path, err)
	}
	return c, nil
}

func readClassifier(path string) (*Classifier, error) {
	r, err := arrowfile.Open(path, allocator)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	weight, bias, err := classifierColumns(r.Schema())
	if err != nil {
		return nil, err
	}
	c := &Classifier{}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := arrowfile.Protect(func() error { return c.append(rec, weight, bias) }); err != nil {
			return nil, r.Locate(err)
		}
	}
	if c.Classes == 0 {
		return nil, errors.New("the table has no rows")
	}
	return c, nil
}

func classifierColumns(schema *arrow.Schema) (weight, bias int, err error) {
	if weight, err = columnIndex(schema, colWeight, true, isVector, "a list of floats"); err != nil {
		return 0, 0, err
	}
	bias, err = columnIndex(schema, colBias, false, isFloat, "a float")
	return weight, bias, err
}

// append adds the rows of rec to c.
func (c *Classifier) append(rec arrow.Record, weight, bias int) error {
	n := int(rec.NumRows())
	if n == 0 {
		return nil
	}
	v, err := newVectors(colWeight, rec.Column(weight), &c.Dim)
	if err != nil {
		return err
	}
	c.Weight = v.appendRows(c.Weight, 0, n)
	if bias >= 0 {
		col := rec.Column(bias)
		if i := firstNull(col, 0, n); i >= 0 {
			return arrowfile.BadCell(colBias, i, "is null")
		}
		c.Bias = appendFloats(c.Bias, col, 0, n)
	}
	c.Classes += n
	return nil
}
