package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// poolPlaces takes the largest of each block of places: of those in a row, and of
// these in a column. That pays even where a matrix has to be made of images.
func poolPlaces(p *places, n *graphs.Node) ([]string, bool) {
	at, ok := p.planeOf(n.Input(0))
	if !ok || !poolsBlocks(n, at) || p.Elem(n.Input(0)) != graphs.Float32 {
		return nil, false
	}
	block := n.Ints("kernel_shape")
	x := p.largest(p.held(n.Input(0)), at.height, at.width, block[1])
	at.width /= block[1]
	x = p.largest(x, 1, at.height, block[0])
	at.height /= block[0]
	return []string{p.holds(p.ReshapeTo(x, -1, at.channels), at)}, true
}

// largestBlock is how many places a block may have along an axis: there is an
// operator for each.
const largestBlock = 8

// poolsBlocks reports whether the windows of a MaxPool lie side by side, from the
// first place on, and hold none of padding.
func poolsBlocks(n *graphs.Node, at plane) bool {
	block := n.Ints("kernel_shape")
	isNot := func(v int64) func(int64) bool { return func(x int64) bool { return x != v } }
	if len(n.Outputs) != 1 || len(block) != 2 || slices.Max(block) > largestBlock || at.height < block[0] || at.width < block[1] || !slices.Equal(n.Ints("strides"), block) ||
		slices.ContainsFunc(n.Ints("pads"), isNot(0)) || slices.ContainsFunc(n.Ints("dilations"), isNot(1)) || n.Str("auto_pad", "NOTSET") != "NOTSET" {
		return false
	}
	return n.Int("ceil_mode", 0) == 0 || at.height%block[0] == 0 && at.width%block[1] == 0
}

// largest returns the largest of each so many places along one of the given
// number of rows; what a row has beyond them is left out. The gradient goes to the
// first of equal ones, as that of a pool does; Maxima then makes an operator of it.
func (p *places) largest(x string, rows, places, size int64) string {
	if size == 1 {
		return x
	}
	groups := places / size
	if groups*size < places {
		x = p.Op("Slice", []string{p.ReshapeTo(x, rows, places, -1), p.Ints(0), p.Ints(groups * size), p.Ints(1)})
	}
	parts := p.Node("Split", []string{p.ReshapeTo(x, rows*groups, size, -1)}, int(size), graphs.Int("axis", 1), graphs.Int("num_outputs", size))
	y := parts[0]
	for _, part := range parts[1:] {
		y = p.Add(y, p.Op("Relu", []string{p.Sub(part, y)}))
	}
	return y
}
