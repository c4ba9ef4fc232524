package features

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/memdil/memdil/datasets"
)

// Samples are inputs of a network.
type Samples interface {
	// Len returns the number of samples.
	Len() int
	// Fill writes the input of sample i to x, row-major. It is called from
	// several goroutines.
	Fill(x []float32, i int)
}

// Sink takes the rows of a features table: a [Writer] or a [Spool].
type Sink interface {
	Meta() Meta
	Write(Rows) error
}

// Export appends the features and logits of all samples, in order, to w, a
// record batch for each batch of the engine; the caller commits. The labels are
// those of the samples at the same position. After every batch progress, unless
// it is nil, is told how many samples are done. What the network computes is
// written as it is, NaN included. When ctx is cancelled, Export stops between
// two batches. It panics when there are not as many labels as samples.
func Export(ctx context.Context, e Engine, s Samples, labels []datasets.Sample, w Sink, progress func(done, total int)) error {
	n := s.Len()
	if len(labels) != n {
		panic(fmt.Sprintf("features: %d labels of %d samples", len(labels), n))
	}
	if n == 0 {
		return errors.New("there are no samples to export")
	}
	if m := w.Meta(); e.Dim() != m.Dim || e.Classes() != m.Classes {
		return fmt.Errorf("the model gives %d features and %d logits, the table takes %d and %d", e.Dim(), e.Classes(), m.Dim, m.Classes)
	}
	ctx, cancel := context.WithCancel(ctx)
	var filling sync.WaitGroup
	defer filling.Wait()
	defer cancel()
	free, filled := bufferQueue(0, 1), bufferQueue()
	filling.Go(func() { fillBatches(ctx, e, s, free, filled) })
	for from := 0; from < n; from += e.Batch() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case i := <-filled:
			to := min(from+e.Batch(), n)
			if err := exportBatch(e, i, labels[from:to], w); err != nil {
				return fmt.Errorf("exporting samples %d to %d of %d: %w", from, to-1, n, err)
			}
			free <- i
			if progress != nil {
				progress(to, n)
			}
		}
	}
	return nil
}

// bufferQueue holds numbers of an engine's two buffers; sending never blocks.
func bufferQueue(buffers ...int) chan int {
	q := make(chan int, 2)
	for _, i := range buffers {
		q <- i
	}
	return q
}

// fillBatches fills free buffers with the samples in order until ctx ends.
func fillBatches(ctx context.Context, e Engine, s Samples, free <-chan int, filled chan<- int) {
	for from := 0; from < s.Len(); from += e.Batch() {
		select {
		case <-ctx.Done():
			return
		case i := <-free:
			fill(e.Buffer(i), len(e.Buffer(i))/e.Batch(), s, from, min(from+e.Batch(), s.Len()))
			filled <- i
		}
	}
}

// fill writes the samples from…to−1, of width values each, to x, all cores at
// once.
func fill(x []float32, width int, s Samples, from, to int) {
	n := to - from
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			for i := k * n / workers; i < (k+1)*n/workers; i++ {
				s.Fill(x[i*width:(i+1)*width], from+i)
			}
		})
	}
	wg.Wait()
}

// exportBatch writes the features of the samples in buffer i.
func exportBatch(e Engine, i int, labels []datasets.Sample, w Sink) error {
	h, z, err := e.Infer(i, len(labels))
	if err != nil {
		return err
	}
	rows := Rows{
		Features:   h,
		Logits:     z,
		Labels:     make([]int32, len(labels)),
		TrueLabels: make([]int32, len(labels)),
	}
	splits := w.Meta().HasSplitColumn
	if splits {
		rows.Splits = make([]string, len(labels))
	}
	for j, l := range labels {
		rows.Labels[j], rows.TrueLabels[j] = l.Label, l.TrueLabel
		if splits {
			rows.Splits[j] = l.Split.String()
		}
	}
	return w.Write(rows)
}
