package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/random"
)

// MetricsOptions say what table [Metrics] measures.
type MetricsOptions struct {
	Samples, Dim, Classes int
	Noise                 float64 // probability that a label is drawn anew
	Repeats               int     // how often the table is measured
}

// MetricsResult is what [Metrics] measures.
type MetricsResult struct {
	Seconds    Spread // from the file to every metric
	FileSize   int64  // in bytes
	PerSecond  float64
	PeakMemory int64 // of the process, once the table is written, in bytes; 0 when unknown
}

// Metrics measures the metrics stage on a table of normal features around
// normal class means, with logits and a classifier. One measurement more than
// is counted comes first.
func Metrics(ctx context.Context, o MetricsOptions) (*MetricsResult, error) {
	dir, err := os.MkdirTemp("", "memdil-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the benchmark: %w", err)
	}
	defer os.RemoveAll(dir)
	table, classifier := filepath.Join(dir, "features.arrow"), filepath.Join(dir, "classifier.arrow")
	g := &generator{MetricsOptions: o, stream: random.New(0, random.Bench, 1)}
	if err := g.write(table, classifier); err != nil {
		return nil, err
	}
	info, err := os.Stat(table)
	if err != nil {
		return nil, err
	}
	machine.ForgetPeak()
	var seconds []float64
	for i := range 1 + o.Repeats {
		start := time.Now()
		if _, _, err := measure.Table(ctx, table, classifier, metrics.Options{}); err != nil {
			return nil, err
		}
		if i > 0 {
			seconds = append(seconds, time.Since(start).Seconds())
		}
	}
	r := &MetricsResult{Seconds: newSpread(seconds), FileSize: info.Size(), PeakMemory: machine.PeakMemory()}
	r.PerSecond = float64(r.FileSize) / r.Seconds.Median
	return r, nil
}

// generator draws a features table. Each kind of number has a stream of its
// own.
type generator struct {
	MetricsOptions
	stream random.Stream
	means  []float32 // K×d, the weights of the classifier at once
}

const (
	meanStream = iota
	featureStream
	labelStream
	noiseStream
)

// tableBatch is the number of rows of a record batch.
const tableBatch = 512

func (g *generator) write(table, classifier string) error {
	g.means = make([]float32, g.Classes*g.Dim)
	weight := make([]float64, len(g.means))
	for i := range g.means {
		g.means[i] = float32(g.stream.Sub(meanStream).Normal(uint64(i)))
		weight[i] = float64(g.means[i])
	}
	err := features.WriteClassifier(classifier, features.Classifier{
		Classes: g.Classes, Dim: g.Dim, Weight: weight, Bias: make([]float64, g.Classes),
	})
	if err != nil {
		return err
	}
	w, err := features.Create(table, features.Meta{Dim: g.Dim, Classes: g.Classes, Split: "train"})
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }() // removes what was not committed
	for from := 0; from < g.Samples; from += tableBatch {
		if err := w.Write(g.rows(from, min(from+tableBatch, g.Samples))); err != nil {
			return err
		}
	}
	return w.Commit()
}

// rows draws the rows [from, to).
func (g *generator) rows(from, to int) features.Rows {
	n := to - from
	r := features.Rows{
		Features: make([]float32, n*g.Dim), Logits: make([]float32, n*g.Classes),
		Labels: make([]int32, n), TrueLabels: make([]int32, n),
	}
	spread, labels, noise := g.stream.Sub(featureStream), g.stream.Sub(labelStream), g.stream.Sub(noiseStream)
	for i := range n {
		row := uint64(from + i)
		class := (from + i) % g.Classes // no class is empty
		r.TrueLabels[i], r.Labels[i] = int32(class), int32(class)
		if noise.Float64(row) < g.Noise {
			r.Labels[i] = int32(labels.IntN(row, g.Classes))
		}
		h := r.Features[i*g.Dim : (i+1)*g.Dim]
		for j := range h {
			h[j] = g.means[class*g.Dim+j] + float32(spread.Normal(row*uint64(g.Dim)+uint64(j)))
		}
	}
	matrix := func(data []float32, columns int) blas32.General {
		return blas32.General{Rows: len(data) / columns, Cols: columns, Stride: columns, Data: data}
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, matrix(r.Features, g.Dim), matrix(g.means, g.Dim), 0, matrix(r.Logits, g.Classes))
	return r
}
