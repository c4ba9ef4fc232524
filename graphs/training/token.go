package training

import (
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// once replaces input i of n, an initializer that an exporter repeated for
// each sample, by its first part: only so do all samples share what is
// learned. A class token of a vision transformer is one, or a mask.
func (u *unbaking) once(n *graphs.Node, i int) {
	t := u.Model().Graph.Initializer(n.Inputs[i])
	if t == nil || u.own < 1 || len(t.Dims) < 2 || t.Dims[0] < 2 || t.Dims[0]%u.own != 0 {
		return
	}
	beside := u.besideBatch(n, t)
	if !beside && (u.own == 1 || len(t.Dims) < 3 || isUniform(t)) {
		return // a weight, for all that is known
	}
	part, ok := u.parts[t.Name]
	if !ok {
		one := firstPart(t, u.own)
		if one == nil {
			return
		}
		one.Name = u.Fresh(t.Name)
		part = u.Adopt(one)
		u.parts[t.Name] = part
	}
	rows := t.Dims[0] / u.own
	switch {
	case rows > 1:
		ones := slices.Repeat([]int64{1}, len(t.Dims)-1)
		n.Inputs[i] = u.Op("Tile", []string{part, u.follow(ones)})
	case beside && n.Op != "Concat":
		n.Inputs[i] = part // broadcast
	default:
		n.Inputs[i] = u.Expand(part, u.follow(t.Dims[1:]))
	}
}

// besideBatch reports whether n joins t to, or combines it with, a value that
// has as many rows for the samples of the batch.
func (u *unbaking) besideBatch(n *graphs.Node, t *graphs.Tensor) bool {
	switch n.StandardOp() {
	case "Concat", "Add", "Sub", "Mul", "Div", "Where":
		y := u.baked[n.Outputs[0]].Shape
		return len(y) == len(t.Dims) && y[0] == graphs.Known(t.Dims[0]) && isOpen(u.leadingDim(n))
	}
	return false
}

// firstPart returns the first of so many equal parts of t along its first
// axis, nil if they differ by more than the rounding of an exporter that
// computed each.
func firstPart(t *graphs.Tensor, parts int64) *graphs.Tensor {
	size := t.Len() / int(parts)
	largest := 0.0
	for i := range size {
		largest = max(largest, math.Abs(t.At(i)))
	}
	for i := size; i < t.Len(); i++ {
		if !(math.Abs(t.At(i)-t.At(i%size)) <= rounding*largest) && t.At(i) != t.At(i%size) { // −∞ is equal, too
			return nil
		}
	}
	one := *t
	one.Dims = slices.Clone(t.Dims)
	one.Dims[0], one.Data = t.Dims[0]/parts, t.Data[:len(t.Data)/int(parts)]
	return &one
}

// rounding is how far float32 numbers may be apart that were to be equal.
const rounding = 1e-6

// renameParts gives each part the name of what it is a part of, unless that is
// still in use.
func (u *unbaking) renameParts(m *graphs.Model) *graphs.Model {
	m = passes.Prune(m)
	for whole, part := range u.parts {
		if m.Graph.Initializer(whole) == nil {
			m = passes.Rename(m, part, whole)
		}
	}
	return m
}
