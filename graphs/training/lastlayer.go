package training

import (
	"github.com/memdil/memdil/graphs"
)

// LastLayer is the last linear layer of a model: logits = features·Wᵀ + b.
type LastLayer struct {
	Classes, Dim int
	Weight       []float32 // K×d, row-major
	Bias         []float32 // K; nil when there is none
}

// ReadLastLayer returns the last linear layer before the value called logits,
// nil when there is none, or when what it reads is not the value called
// features.
func ReadLastLayer(m *graphs.Model, features, logits string) (*LastLayer, error) {
	net := &Net{Model: m.Clone(), Features: features, Logits: logits}
	if err := net.materialise(); err != nil {
		return nil, err
	}
	net.findClassifier()
	g := net.Model.Graph
	w := g.Initializer(net.Classifier.Weight)
	if w == nil || w.Type != graphs.Float32 || !net.ClassifierReadsFeatures() {
		return nil, nil
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
