package batchnorm_test

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// TestStandardise compares a standardisation in one operator with one in
// eight, everything that they share with their surroundings included.
func TestStandardise(t *testing.T) {
	for _, c := range []struct {
		name  string
		axis  int64
		shape graphs.Shape
		norms int
	}{
		{"last axis", 1, graphs.Shape{graphs.Known(3), graphs.Known(5)}, 1},
		{"last axis from behind", -1, graphs.Shape{graphs.Known(2), graphs.Known(3), graphs.Known(4)}, 1},
		{"first axis", 0, graphs.Shape{graphs.Known(3), graphs.Known(5)}, 0},
		{"unknown size", 1, graphs.Shape{graphs.Known(3), graphs.Symbolic("N")}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := passtest.Builder(t)
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: c.shape})
			mean, centred, variance := b.Moments(x, c.axis)
			xhat := b.Mul(centred, b.InvStdDev(variance, 1e-3))
			for _, v := range []string{mean, centred, variance, xhat} {
				b.Output(v)
			}
			m := passtest.Passed(t, b, batchnorm.Standardise)
			if got := passtest.Count(m, "LayerNormalization"); got != c.norms {
				t.Errorf("%d LayerNormalization, want %d", got, c.norms)
			}
			shape := []int{3, 5}
			if len(c.shape) == 3 {
				shape = []int{2, 3, 4}
			}
			values := make([]float64, shape[0]*shape[1]*slices.Concat(shape, []int{1})[2])
			for i := range values {
				values[i] = math.Sin(float64(7*i)) + 10
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats(shape, values...)})
		})
	}
}

// TestStandardiseKeepsCarriedEpsilon leaves a standardisation whose ε is an
// input with a default as it is.
func TestStandardiseKeepsCarriedEpsilon(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(2), graphs.Known(3)}})
	epsilon := b.Initializer(graphs.NewFloats("epsilon", []int64{1}, []float32{1}))
	b.Model().Graph.Inputs = append(b.Model().Graph.Inputs, &graphs.Value{Name: epsilon, Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(1)}}})
	_, centred, variance := b.Moments(x, 1)
	b.Output(b.Mul(centred, b.Reciprocal(b.Sqrt(b.Add(variance, epsilon)))))
	if got := passtest.Count(passtest.Passed(t, b, batchnorm.Standardise), "LayerNormalization"); got != 0 {
		t.Errorf("%d LayerNormalization, want none", got)
	}
}

// TestStandardiseLeavesForeignOperators has every operator of a standardisation
// be somebody else's, one at a time.
func TestStandardiseLeavesForeignOperators(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(2, 8))
	centred := b.Sub(x, b.ReduceMean(x, true, 1))
	variance := b.ReduceMean(b.Square(centred), true, 1)
	b.Output(b.Mul(centred, b.Reciprocal(b.Sqrt(b.Shift(variance, 1e-5)))))
	if m := passtest.Passed(t, b, batchnorm.Standardise); len(m.Graph.Nodes) != 1 {
		t.Fatalf("no standardisation is found in\n%s", graphs.Text(b.Model()))
	}
	for i, n := range b.Model().Graph.Nodes {
		m := b.Model().Clone()
		m.Opsets[passtest.Foreign], m.Graph.Nodes[i].Domain = 1, passtest.Foreign
		out, err := batchnorm.Standardise(m)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Graph.Nodes) != len(m.Graph.Nodes) {
			t.Errorf("with another %s, it became\n%s", n.Label(), graphs.Text(out))
		}
	}
}
