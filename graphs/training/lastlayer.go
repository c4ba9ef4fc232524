package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// LastLayer is the last linear layer of a model: logits = features·Wᵀ + b.
type LastLayer struct {
	Classes, Dim int
	Weight       []float32 // K×d, row-major
	Bias         []float32 // K; nil when there is none
}

// ReadLastLayer returns the last linear layer before the value called logits.
// A model without one is an error.
func ReadLastLayer(m *graphs.Model, logits string) (*LastLayer, error) {
	net := &Net{Model: m.Clone(), Logits: logits}
	if err := net.materialise(); err != nil {
		return nil, err
	}
	net.findClassifier()
	g := net.Model.Graph
	w := g.Initializer(net.Classifier.Weight)
	if w == nil || w.Type != graphs.Float32 {
		return nil, fmt.Errorf("no linear layer leads to the logits %q", logits)
	}
	layer := &LastLayer{Classes: int(w.Dims[0]), Dim: int(w.Dims[1]), Weight: w.Float32s()}
	if net.Classifier.transposed {
		layer.transpose()
	}
	if net.Classifier.Bias != "" {
		layer.Bias = g.Initializer(net.Classifier.Bias).Float32s()
	}
	return layer, nil
}

func (l *LastLayer) transpose() {
	rows, cols := l.Classes, l.Dim
	out := make([]float32, len(l.Weight))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = l.Weight[i*cols+j]
		}
	}
	l.Weight, l.Classes, l.Dim = out, cols, rows
}
