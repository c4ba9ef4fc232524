package training

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/random"
)

// Classes returns the number of logits K, 0 when the graph does not tell.
func (net *Net) Classes() int {
	if s := net.Model.Graph.Output(net.Logits).Type.Shape; len(s) == 2 && s[1].IsKnown() {
		return int(s[1].Size)
	}
	return 0
}

// ResetHead gives the last linear layer so many classes and draws its weight
// and bias anew, from U(−1/√d, 1/√d). A net without such a layer, or whose
// logits are more than that layer's output, is an error.
func (net *Net) ResetHead(classes int, seed uint64) error {
	g := net.Model.Graph
	w := g.Initializer(net.Classifier.Weight)
	if w == nil || len(w.Dims) != 2 {
		return fmt.Errorf("no linear layer leads to the logits %q: the head cannot be replaced", net.Logits)
	}
	classAxis, featureAxis := 0, 1
	if net.Classifier.transposed {
		classAxis, featureAxis = 1, 0
	}
	h := head{seed: seed, bound: 1 / math.Sqrt(float64(w.Dims[featureAxis]))}
	h.redraw(w, classAxis, classes)
	if b := g.Initializer(net.Classifier.Bias); b != nil {
		h.redraw(b, len(b.Dims)-1, classes)
	}
	infos, err := graphs.Infer(net.Model)
	if err != nil {
		return fmt.Errorf("the head cannot have %d classes: %w", classes, err)
	}
	g.Output(net.Logits).Type = infos[net.Logits].Type
	if net.Classes() != classes {
		return fmt.Errorf("the logits %q are more than the output of a linear layer: the head cannot be replaced", net.Logits)
	}
	for i, t := range net.Tensors {
		net.Tensors[i].Shape = g.Initializer(t.Name).Dims
	}
	return nil
}

// between draws from U(−bound, bound).
func between(bound float64) func(random.Stream, uint64) float64 {
	return func(s random.Stream, i uint64) float64 { return s.Uniform(i, -bound, bound) }
}

// head draws a linear layer's tensors.
type head struct {
	seed  uint64
	drawn uint64
	bound float64
}

// redraw gives t another size along an axis, and new values.
func (h *head) redraw(t *graphs.Tensor, axis, size int) {
	stream := random.New(h.seed, random.Init, 0).Sub(h.drawn)
	h.drawn++
	dims := append([]int64(nil), t.Dims...)
	dims[axis] = int64(size)
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	values := make([]float32, n)
	stream.Fill(values, between(h.bound))
	*t = *graphs.NewFloats(t.Name, dims, values)
}
