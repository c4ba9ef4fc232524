package metrics

import (
	"errors"
	"math"
)

// errChanged reports a source that breaks the contract of Each.
var errChanged = errors.New("metrics: the source changed between two passes over it")

// distances is what the second pass learns about features: their scatter and
// the distances to class means, cell means and uncorrupted centroids. The
// first two go to the centroids themselves.
type distances struct {
	means     *means
	scatter   *scatter
	memorized []memorized // by true label

	rowCell, rowTrue []float64 // scratch of a batch: squared distances of each row
}

// memorized accumulates ‖h_i − c_o‖ over the corrupted samples of true class o.
type memorized struct {
	moments
	total sum
}

func newDistances(m *means, s *scatter) *distances {
	return &distances{means: m, scatter: s, memorized: make([]memorized, m.k)}
}

func (d *distances) add(b Batch) error {
	m, n := d.means, len(b.Labels)
	if err := m.find(b); err != nil {
		return err
	}
	d.rowCell, d.rowTrue = resize(d.rowCell, n), resize(d.rowTrue, n)
	d.scatter.begin(n)
	tiles(n, d.scatter.width(), func(scratch []float64, from, to int) {
		d.scatter.measure(b.Features, b.Labels, scratch, from, to)
		for i := from; i < to; i++ {
			d.measure(b, i, scratch[:m.dim])
		}
	})
	d.scatter.end()
	for i := range n {
		d.count(cellOf(b, i), i)
	}
	return nil
}

// measure fills the squared distances of row i to its cell's mean and, if it
// is corrupted, to its true class's uncorrupted centroid (NaN if there is none).
func (d *distances) measure(b Batch, i int, scratch []float64) {
	m := d.means
	row := b.Features[i*m.dim : (i+1)*m.dim]
	if m.rowCells[i] != m.classes[b.Labels[i]] { // else rowWithin has it
		d.rowCell[i] = m.rowCells[i].deviate(scratch, row)
	}
	if c := cellOf(b, i); m.corrupted(c) {
		d.rowTrue[i] = math.NaN()
		if own := m.clean[c.trueLabel]; own != nil {
			d.rowTrue[i] = own.deviate(scratch, row)
		}
	}
}

// count adds the distances of row i, a sample of cell c, to the statistics.
func (d *distances) count(c cell, i int) {
	class, own := d.means.classes[c.label], d.means.rowCells[i]
	class.distances.add(math.Sqrt(d.scatter.rowWithin[i]))
	if own != class {
		own.distances.add(math.Sqrt(d.rowCell[i]))
	}
	if d.means.corrupted(c) {
		distance := math.Sqrt(d.rowTrue[i])
		d.memorized[c.trueLabel].add(distance)
		d.memorized[c.trueLabel].total.add(distance)
	}
}

// finish checks that the second pass saw the samples of the first.
func (d *distances) finish() error {
	for _, c := range d.means.cells {
		if c.distances.n != c.n {
			return errChanged
		}
	}
	return nil
}
