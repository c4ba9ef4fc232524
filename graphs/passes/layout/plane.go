package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// plane is what images N×C×H×W are, in whatever layout they are held.
type plane struct {
	batch                   graphs.Dim
	channels, height, width int64
}

func (of plane) places() int64 { return of.height * of.width }

// shape is that of the images.
func (of plane) shape() graphs.Shape {
	return graphs.Shape{of.batch, graphs.Known(of.channels), graphs.Known(of.height), graphs.Known(of.width)}
}

// planeOf returns what values of a shape are images of; ok is false where they
// are none. The batch must at least have a name, by which to tell it from others.
func planeOf(s graphs.Shape) (of plane, ok bool) {
	if len(s) != 4 || s[0] == graphs.UnknownDim || !isSized(s[1:]) {
		return plane{}, false
	}
	return plane{s[0], s[1].Size, s[2].Size, s[3].Size}, true
}

// isSized reports whether all sizes are known, and none is 0.
func isSized(s graphs.Shape) bool {
	return s.IsStatic() && !slices.Contains(s, graphs.Known(0))
}

func isOne(d graphs.Dim) bool { return d == graphs.Known(1) }

// outerValues are those that outputs and subgraphs read.
func outerValues(g *graphs.Graph) map[string]bool {
	outer := map[string]bool{}
	for _, v := range g.Outputs {
		outer[v.Name] = true
	}
	for _, n := range g.Nodes {
		for _, name := range n.Captures() {
			outer[name] = true
		}
	}
	return outer
}
