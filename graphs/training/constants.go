package training

import (
	"strings"

	"github.com/memdil/memdil/graphs"
)

// isMask reports whether t holds zeros and, besides them, only ones, or only
// one number so low that adding it rules a position out.
func isMask(t *graphs.Tensor) bool {
	var other float64
	zeros := false
	for i := range t.Len() {
		switch v := t.At(i); {
		case v == 0:
			zeros = true
		case other == 0 && (v == 1 || v <= -100):
			other = v
		case v != other:
			return false
		}
	}
	return zeros && other != 0
}

// isNeutral reports whether t, input i of n, stands in for a scale or shift
// that a normalisation does not have: ones or zeros in a Constant node, or for
// groups of channels, which exporters normalise as the instances of a reshaped
// input, before they apply the layer's own scale and shift.
func (net *Net) isNeutral(n *graphs.Node, i int, t *graphs.Tensor, around surroundings) bool {
	if !neutralAt(n, i, t) {
		return false
	}
	if net.constants[t.Name] {
		return true
	}
	return n.StandardOp() == "InstanceNormalization" && around.reshaped[n.Input(0)]
}

// neutralAt reports whether t, input i of n, is a scale of ones or a shift of
// zeros.
func neutralAt(n *graphs.Node, i int, t *graphs.Tensor) bool {
	neutral, ok := map[int]float64{1: 1, 2: 0}[i]
	return ok && strings.HasSuffix(n.StandardOp(), "Normalization") && isUniform(t) && t.At(0) == neutral
}

// isFilter reports whether the convolution weight t has one and the same filter
// for every channel, such as the blur of an anti-aliased net: what is learned,
// or was initialised to be, differs, or is the same number all over.
func isFilter(t *graphs.Tensor) bool {
	return len(t.Dims) > 2 && t.Dims[0] > 1 && t.Dims[1] == 1 && !isUniform(t) && firstPart(t, t.Dims[0]) != nil
}

// isGrid reports whether t turns its sign when it is reversed, row by row, as
// coordinates about a centre do and learned numbers do not.
func isGrid(t *graphs.Tensor) bool {
	if len(t.Dims) < 2 || t.Len() == 0 || isUniform(t) {
		return false
	}
	width := int(t.Dims[len(t.Dims)-1])
	rows := t.Len() / width
	for i := range t.Len() {
		mirrored := (rows-1-i/width)*width + i%width
		if t.At(i) != -t.At(mirrored) {
			return false
		}
	}
	return true
}

// isUniform reports whether all elements of t are the same number.
func isUniform(t *graphs.Tensor) bool {
	for i := range t.Len() {
		if t.At(i) != t.At(0) {
			return false
		}
	}
	return t.Len() > 0
}

// surroundings are facts on which the role of an initializer may depend beside
// the node that reads it.
type surroundings struct {
	reshaped map[string]bool // results of Reshape
	slopes   map[string]bool // results of Unsqueeze and Reshape that a PRelu takes as slopes
}

func newSurroundings(g *graphs.Graph) surroundings {
	s := surroundings{reshaped: map[string]bool{}, slopes: map[string]bool{}}
	unsqueezed := map[string]bool{}
	for _, n := range g.Nodes {
		switch n.StandardOp() {
		case "Reshape":
			s.reshaped[n.Output(0)] = true
		case "Unsqueeze":
			unsqueezed[n.Output(0)] = true
		case "PRelu":
			slope := n.Input(1)
			s.slopes[slope] = s.reshaped[slope] || unsqueezed[slope]
		}
	}
	return s
}
