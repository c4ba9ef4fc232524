// Package passtest has what tests of passes share: small models and values to
// feed them, comparisons of what models compute, and random graphs that every
// pass has to keep.
package passtest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Pass is a rewrite of a model.
type Pass = func(*graphs.Model) (*graphs.Model, error)

// Builder returns a builder of an empty model.
func Builder(t testing.TB) *graphs.Builder {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("m", 18))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Passed returns what a pass makes of a builder's model.
func Passed(t testing.TB, b *graphs.Builder, pass Pass) *graphs.Model {
	t.Helper()
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	m, err := pass(b.Model())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Prune is passes.Prune as a Pass.
func Prune(m *graphs.Model) (*graphs.Model, error) { return passes.Prune(m), nil }

// Share is passes.Share that keeps nothing.
func Share(m *graphs.Model) (*graphs.Model, error) { return passes.Share(m, nil) }

// InTurn is several passes as one.
func InTurn(passes ...Pass) Pass {
	return func(m *graphs.Model) (*graphs.Model, error) {
		for _, pass := range passes {
			var err error
			if m, err = pass(m); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
}

// Count returns how many nodes of an operator a model has.
func Count(m *graphs.Model, op string) int {
	n := 0
	for _, node := range m.Graph.Nodes {
		if node.Op == op {
			n++
		}
	}
	return n
}

// Operators lists the nodes, with the number of outputs where it may vary.
func Operators(m *graphs.Model) string {
	var ops []string
	for _, n := range m.Graph.Nodes {
		op := n.Op
		switch op {
		case "Split", "LayerNormalization":
			op += "/" + strconv.Itoa(len(n.Outputs))
		}
		ops = append(ops, op)
	}
	return strings.Join(ops, " ")
}

// Matrix is the type of a matrix of floats.
func Matrix(rows, columns int64) graphs.Type {
	return graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(rows, columns)}
}
