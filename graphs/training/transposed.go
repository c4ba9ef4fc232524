package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// A GPU is slow at products with matrices of short rows, as 3×3 kernels are where
// layout.Filter multiplies them. Turns carry the transpose of these, with rows as
// long as there are kernels, and what the update makes of it is such a matrix, too.

// shortRow is the most elements of a short row.
const shortRow = 16

// shortRows returns how long the rows are of parameters that the graph reads in no
// other way than as a matrix of short ones, to be transposed in a product.
func (net *Net) shortRows() map[string]int64 {
	rows := map[string]int64{}
	shapes, readers := initializers(net.Model.Graph), net.readers()
	for _, p := range net.Parameters {
		if len(readers[p.Name]) != 1 || !readers[p.Name][0].Is("Reshape") {
			continue
		}
		view := readers[p.Name][0]
		shape, matrix := shapes[view.Input(1)], view.Outputs[0]
		if shape == nil || shape.Len() != 2 || !areTransposed(matrix, readers[matrix]) {
			continue
		}
		if length := shape.Ints()[1]; length > 1 && length <= shortRow && int64(p.Value.Len())%length == 0 {
			rows[p.Name] = length
		}
	}
	return rows
}

// areTransposed reports whether all readers of a matrix are products with its
// transpose.
func areTransposed(matrix string, readers []*graphs.Node) bool {
	for _, n := range readers {
		if !n.Is("Gemm") || n.Input(1) != matrix || n.Input(0) == matrix || n.Input(2) == matrix || n.Int("transB", 0) == 0 {
			return false
		}
	}
	return len(readers) > 0
}

// readers maps values to the nodes that read them, those of outputs to nil as well.
func (net *Net) readers() map[string][]*graphs.Node {
	readers := map[string][]*graphs.Node{}
	for _, n := range net.Model.Graph.Nodes {
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			readers[name] = append(readers[name], n)
		}
	}
	for _, v := range net.Model.Graph.Outputs {
		readers[v.Name] = append(readers[v.Name], nil)
	}
	return readers
}

// transpose replaces a parameter by one that holds its transpose, and returns that.
func (net *Net) transpose(t *graphs.Tensor, length int64, names *graphs.Names) Parameter {
	g := net.Model.Graph
	transposed := graphs.NewFloats(names.Fresh(t.Name+".transposed"), []int64{length, int64(t.Len()) / length}, transposedElements(t, length))
	g.Initializers = slices.DeleteFunc(g.Initializers, func(i *graphs.Tensor) bool { return i.Name == t.Name })
	g.Initializers = append(g.Initializers, transposed)
	g.Nodes = append(shaped(g, t, transposed.Name, true, names), g.Nodes...)
	return Parameter{transposed.Name, transposed}
}

// shaped returns the nodes that make a tensor, in its own shape, of a value that
// has its elements, transposed or not. Their constants are added to the graph.
func shaped(g *graphs.Graph, t *graphs.Tensor, from string, transposed bool, names *graphs.Names) (nodes []*graphs.Node) {
	if transposed {
		rows := names.Fresh(t.Name + ".rows")
		nodes, from = append(nodes, node("Transpose", rows, from)), rows
	}
	shape := graphs.NewInts(names.Fresh(t.Name+".shape"), []int64{int64(len(t.Dims))}, t.Dims)
	g.Initializers = append(g.Initializers, shape)
	return append(nodes, node("Reshape", t.Name, from, shape.Name))
}

// transposedElements returns the elements of a matrix with rows of that length column
// by column.
func transposedElements(t *graphs.Tensor, length int64) []float32 {
	all, n := t.Float32s(), int(length)
	out := make([]float32, 0, len(all))
	for column := range n {
		for at := column; at < len(all); at += n {
			out = append(out, all[at])
		}
	}
	return out
}
