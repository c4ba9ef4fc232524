package metrics

import (
	"context"
	"fmt"
	"math"
)

// Batch is a block of n rows.
type Batch struct {
	Features   []float64 // n×d, row-major
	Logits     []float64 // n×K, row-major; nil when the source has none
	Labels     []int     // n training labels in [0, K)
	TrueLabels []int     // n original labels in [0, K); nil when nothing is corrupted
}

// Source is a table that can be read several times, batch by batch.
type Source interface {
	Dim() int        // d, the width of a feature
	Classes() int    // K
	HasLogits() bool // whether batches carry logits
	// Each makes one pass over the table, in the same order every time. It
	// stops at the first error and returns it. The batch belongs to the source
	// and is valid only during the call.
	Each(func(Batch) error) error
}

// Classifier is the last linear layer, z = W h + b.
type Classifier struct {
	Weight []float64 // W, K×d row-major
	Bias   []float64 // b, K; nil counts as zeros
}

// shape is what every batch of a source has in common.
type shape struct {
	dim, k    int
	outputs   int // logits of a row, rows of a classifier: K but for test samples of a latent problem
	latent    int // the true classes of a latent problem; 0 for other problems
	hasLogits bool
}

func shapeOf(src Source, o Options) (shape, error) {
	s := shape{dim: src.Dim(), k: src.Classes(), outputs: src.Classes(), latent: o.TrueClasses, hasLogits: src.HasLogits()}
	if s.dim < 1 || s.k < 1 {
		return s, fmt.Errorf("metrics: features of width %d and %d classes: both must be at least 1", s.dim, s.k)
	}
	if s.latent < 0 || s.latent > s.k {
		return s, fmt.Errorf("metrics: %d true classes among %d", s.latent, s.k)
	}
	if s.latent > 0 && o.Test {
		s.k = s.latent
	}
	return s, nil
}

// corrupted tells whether the samples of a cell count as corrupted: their label
// is not the true one or, in a latent problem, a latent noise class.
func (s shape) corrupted(c cell) bool {
	if s.latent > 0 {
		return c.label >= s.latent
	}
	return c.mislabelled()
}

// trueClasses is how many classes samples truly have.
func (s shape) trueClasses() int {
	if s.latent > 0 {
		return s.latent
	}
	return s.k
}

// check verifies the widths and labels of a batch that starts at the given row
// of its table. That the values are finite is checked where they are summed.
func (s shape) check(b Batch, row int) error {
	n := len(b.Labels)
	if len(b.Features) != n*s.dim {
		return fmt.Errorf("metrics: batch at row %d: %d feature values, want %d rows of width %d", row, len(b.Features), n, s.dim)
	}
	if s.hasLogits && len(b.Logits) != n*s.outputs {
		return fmt.Errorf("metrics: batch at row %d: %d logits, want %d rows of width %d", row, len(b.Logits), n, s.outputs)
	}
	if b.TrueLabels != nil && len(b.TrueLabels) != n {
		return fmt.Errorf("metrics: batch at row %d: %d true labels for %d rows", row, len(b.TrueLabels), n)
	}
	if err := s.checkLabels("label", b.Labels, row); err != nil {
		return err
	}
	return s.checkLabels("true_label", b.TrueLabels, row)
}

func (s shape) checkLabels(column string, labels []int, row int) error {
	for i, y := range labels {
		if y < 0 || y >= s.k {
			return fmt.Errorf("metrics: row %d: %s %d is outside [0, %d)", row+i, column, y, s.k)
		}
	}
	return nil
}

// check verifies the classifier's shapes and values; a nil classifier is fine.
func (c *Classifier) check(s shape) error {
	if c == nil {
		return nil
	}
	if len(c.Weight) != s.outputs*s.dim {
		return fmt.Errorf("metrics: classifier has %d weights, want %d×%d for these features", len(c.Weight), s.outputs, s.dim)
	}
	if len(c.Bias) != 0 && len(c.Bias) != s.outputs {
		return fmt.Errorf("metrics: classifier has %d biases, want %d", len(c.Bias), s.outputs)
	}
	if i := firstNonFinite(c.Weight); i >= 0 {
		return &NotFiniteError{fmt.Sprintf("classifier weight, row %d, column %d", i/s.dim, i%s.dim), c.Weight[i]}
	}
	if i := firstNonFinite(c.Bias); i >= 0 {
		return &NotFiniteError{fmt.Sprintf("classifier bias, row %d", i), c.Bias[i]}
	}
	return nil
}

// each makes one checked pass over src and returns the number of rows; visit
// gets the row at which its batch starts.
func each(ctx context.Context, src Source, s shape, visit func(b Batch, row int) error) (rows int, err error) {
	err = src.Each(func(b Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.check(b, rows); err != nil {
			return err
		}
		if err := visit(b, rows); err != nil {
			return err
		}
		rows += len(b.Labels)
		return nil
	})
	return rows, err
}

// NotFiniteError reports features, logits or a classifier with a NaN or an
// infinity, as a model has whose training diverged.
type NotFiniteError struct {
	Place string // column and row
	Value float64
}

// Error says what stands where.
func (e *NotFiniteError) Error() string { return fmt.Sprintf("metrics: %s: %v", e.Place, e.Value) }

// firstNonFinite is the index of the first NaN or infinity of values, or -1.
func firstNonFinite(values []float64) int {
	for i, v := range values {
		if !finite(v) {
			return i
		}
	}
	return -1
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
