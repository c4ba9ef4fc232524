package batchnorm_test

import (
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// normalised is a BatchNormalization of x, of that shape.
func normalised(t *testing.T, shape graphs.Shape, training int64) *graphs.Builder {
	t.Helper()
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: shape})
	w := b.Initializer(graphs.NewFloats("w", []int64{3}, []float32{0.5, 1, 2}))
	b.Output(b.Op("BatchNormalization", []string{x, w, w, w, w}, graphs.Int("training_mode", training), graphs.Float("epsilon", 0.1)))
	return b
}

// TestLower spells the training form out, whatever is known of the shapes, and
// leaves that of inference.
func TestLower(t *testing.T) {
	for name, c := range map[string]struct {
		shape    graphs.Shape
		training int64
		left     int
	}{
		"static":    {graphs.StaticShape(2, 3), 1, 0},
		"batch":     {graphs.Shape{graphs.Symbolic("N"), graphs.Known(3)}, 1, 0},
		"unknown":   {graphs.Shape{graphs.UnknownDim, graphs.UnknownDim}, 1, 0},
		"inference": {graphs.StaticShape(2, 3), 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := normalised(t, c.shape, c.training)
			m := passtest.Passed(t, b, batchnorm.Lower)
			if left := passtest.Count(m, "BatchNormalization"); left != c.left {
				t.Errorf("%d BatchNormalization are left, want %d", left, c.left)
			}
			passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{2, 3}, 0.5, -1, 2, 1.5, -0.25, 3)}, 1e-6)
		})
	}
	_, err := batchnorm.Lower(normalised(t, nil, 1).Model())
	if err == nil || !strings.Contains(err.Error(), `rewriting BatchNormalization node "batchnormalization": the rank of "x" is not known`) {
		t.Errorf("unknown rank: error %v", err)
	}
}
