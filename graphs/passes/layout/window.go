package layout

import "github.com/memdil/memdil/graphs"

// slidesOf reads how the window of a Conv slides, whose weights and output have
// these shapes.
func slidesOf(n *graphs.Node, w, y graphs.Shape) []graphs.Slide {
	strides, dilations, pads := n.Ints("strides"), n.Ints("dilations"), n.Ints("pads")
	axes := make([]graphs.Slide, len(w)-2)
	for i := range axes {
		axes[i] = graphs.Slide{Taps: w[2+i].Size, Places: y[2+i].Size, Stride: at(strides, i, 1), Dilation: at(dilations, i, 1), Before: at(pads, i, 0)}
	}
	return axes
}

// at returns element i of an attribute, def where that is not given.
func at(values []int64, i int, def int64) int64 {
	if i >= len(values) {
		return def
	}
	return values[i]
}
