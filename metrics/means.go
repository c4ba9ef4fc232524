package metrics

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
)

// cell names the samples of one label and one true label.
type cell struct{ label, trueLabel int }

// mislabelled tells whether the samples' label is not their true one.
func (c cell) mislabelled() bool { return c.label != c.trueLabel }

// means is what the first pass learns: the means of features by cell and of
// logits by label, and everything that follows from those.
type means struct {
	shape
	rows       int
	cells      map[cell]*centroid // non-empty cells
	order      []cell             // their keys by label, then true label
	classes    []*centroid        // μ_k; nil for an empty class
	clean      []*centroid        // of the uncorrupted samples with each label; nil without any
	global     *centroid          // μ_G
	logits     []*centroid        // mean logits by label; nil for an empty class
	rowCells   []*centroid        // scratch of a batch: the cell of each row,
	rowClasses []*centroid        // and the centroid of its logits
}

func newMeans(s shape) *means {
	return &means{shape: s, cells: make(map[cell]*centroid), classes: make([]*centroid, s.k), logits: make([]*centroid, s.k)}
}

// cellOf is the cell of row i.
func cellOf(b Batch, i int) cell {
	if b.TrueLabels == nil {
		return cell{b.Labels[i], b.Labels[i]}
	}
	return cell{b.Labels[i], b.TrueLabels[i]}
}

// add takes in the batch that starts at the given row.
func (m *means) add(b Batch, row int) error {
	m.assign(b)
	if err := accumulate("feature", b.Features, m.dim, m.rowCells, row); err != nil {
		return err
	}
	if m.hasLogits {
		return accumulate("logits", b.Logits, m.outputs, m.rowClasses, row)
	}
	return nil
}

// assign finds or makes the centroids of the rows of a batch and counts the rows.
func (m *means) assign(b Batch) {
	m.rowCells, m.rowClasses = m.rowCells[:0], m.rowClasses[:0]
	for i, y := range b.Labels {
		key := cellOf(b, i)
		c := m.cells[key]
		if c == nil {
			c = newCentroid(b.Features[i*m.dim : (i+1)*m.dim])
			m.cells[key] = c
		}
		c.n++
		m.rowCells = append(m.rowCells, c)
		if !m.hasLogits {
			continue
		}
		if m.logits[y] == nil {
			m.logits[y] = newCentroid(b.Logits[i*m.outputs : (i+1)*m.outputs])
		}
		m.logits[y].n++
		m.rowClasses = append(m.rowClasses, m.logits[y])
	}
}

// find sets the cell of every row of a batch that an earlier pass has seen.
func (m *means) find(b Batch) error {
	m.rowCells = m.rowCells[:0]
	for i := range b.Labels {
		c := m.cells[cellOf(b, i)]
		if c == nil {
			return errChanged
		}
		m.rowCells = append(m.rowCells, c)
	}
	return nil
}

// accumulate adds each row of values, rows of width dim, to its centroid. The
// work is cut by columns, which keeps the order of every single addition.
func accumulate(column string, values []float64, dim int, into []*centroid, row int) error {
	var broken atomic.Bool
	parallel(dim, max(64, minWork/max(len(into), 1)), func(from, to int) {
		scratch := make([]float64, to-from)
		for i, c := range into {
			if !c.accumulate(values[i*dim:(i+1)*dim], scratch, from, to) {
				broken.Store(true)
				return
			}
		}
	})
	if !broken.Load() {
		return nil
	}
	if i := firstNonFinite(values); i >= 0 {
		return &NotFiniteError{fmt.Sprintf("row %d, column %d of %s", row+i/dim, i%dim, column), values[i]}
	}
	return fmt.Errorf("metrics: %s in the %d rows from row %d on are too large for float64 arithmetic", column, len(into), row)
}

// finish turns sums into means once all rows are in.
func (m *means) finish(rows int) {
	m.rows = rows
	for key, c := range m.cells {
		c.finish()
		m.order = append(m.order, key)
	}
	slices.SortFunc(m.order, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(a.trueLabel, b.trueLabel))
	})
	byLabel := make([][]*centroid, m.k)
	for _, key := range m.order {
		byLabel[key.label] = append(byLabel[key.label], m.cells[key])
	}
	m.clean = make([]*centroid, m.k)
	for k, parts := range byLabel {
		m.classes[k] = pool(parts)
		if m.clean[k] = m.cells[cell{k, k}]; m.latent > 0 {
			m.clean[k] = nil
			if k < m.latent { // all of its samples count as uncorrupted
				m.clean[k] = m.classes[k]
			}
		}
		if m.logits[k] != nil {
			m.logits[k].finish()
		}
	}
	m.global = pool(present(m.classes))
}

// anyCorrupted tells whether a sample counts as corrupted.
func (m *means) anyCorrupted() bool { return slices.ContainsFunc(m.order, m.corrupted) }

// present leaves out the empty classes.
func present(classes []*centroid) []*centroid {
	var kept []*centroid
	for _, c := range classes {
		if c != nil {
			kept = append(kept, c)
		}
	}
	return kept
}
