package batchnorm_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// all are the passes, by name.
var all = map[string]passtest.Pass{
	"Affines":       func(m *graphs.Model) (*graphs.Model, error) { return batchnorm.Affines(m, batchnorm.Large{}) },
	"Lower":         batchnorm.Lower,
	"LowerComputed": batchnorm.LowerComputed,
	"Planes":        func(m *graphs.Model) (*graphs.Model, error) { return batchnorm.Planes(m, batchnorm.Large{}) },
	"Scales":        batchnorm.Scales,
	"Standardise":   batchnorm.Standardise,
}

// TestPassesKeepRandomGraphs runs them on random graphs, and on such of operators
// that are not ONNX's.
func TestPassesKeepRandomGraphs(t *testing.T) {
	passtest.Keep(t, all)
	passtest.LeaveForeign(t, all)
}

func FuzzPasses(f *testing.F) { passtest.Fuzz(f, all) }
