package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// BatchLast returns a copy of m in which planes N×C×… between products that make
// and take them with the batch last, as [Unfold] leaves them, or with places first,
// as [Filter] does, are held so: as matrices C×(…·N). Elementwise operators compute
// the same on them, transpositions vanish, and statistics over batch and planes run
// along rows, as batchnorm.Standardise asks.
//
// Planes that elementwise operators join are held that way all or none: all where
// that saves transpositions, or takes as many and there are such statistics. Those
// of many channels weigh as much as a transposition each. Shapes must be known.
func BatchLast(m *graphs.Model) (*graphs.Model, error) {
	out, err := passes.Views(m) // lest transpositions count that are none
	if err != nil {
		return nil, err
	}
	out = passes.Prune(out)
	b, err := graphs.NewBuilder(out)
	if err != nil {
		return nil, err
	}
	l := &batchLast{Builder: b, matrices: map[string]string{}, hidden: map[string]bool{}}
	if l.held = l.worthHolding(); len(l.held) == 0 {
		return m, nil
	}
	nodes := out.Graph.Nodes
	out.Graph.Nodes = nil
	for _, n := range nodes {
		if !l.hold(n) {
			l.keep(n)
		}
	}
	for _, v := range out.Graph.Outputs {
		l.show(v.Name)
	}
	return out, b.Err()
}

// batchLast is the state of one pass.
type batchLast struct {
	*graphs.Builder
	held map[string]bool // the planes to hold
	// matrices maps planes, and values N×C×1×… or 1×C×1×… that go with them, to
	// their matrix, where that is computed.
	matrices map[string]string
	hidden   map[string]bool // values of which only the matrix is computed
}

// keep appends a node as it is.
func (l *batchLast) keep(n *graphs.Node) {
	for _, in := range slices.Concat(n.Inputs, n.Captures()) {
		l.show(in)
	}
	l.Append(n)
}

// as takes note of the matrix that is computed in place of n's output.
func (l *batchLast) as(n *graphs.Node, matrix string) bool {
	l.matrices[n.Outputs[0]], l.hidden[n.Outputs[0]] = matrix, true
	return true
}

// show makes sure that a value is there in its own layout, and returns it.
func (l *batchLast) show(name string) string {
	if !l.hidden[name] {
		return name
	}
	delete(l.hidden, name)
	matrix, dims := l.matrices[name], l.Shape(name).Dims()
	shown := &graphs.Node{Outputs: []string{name}}
	if dims[0] == 1 {
		shown.Op, shown.Inputs = "Reshape", []string{matrix, l.Ints(dims...)}
	} else {
		shown.Op, shown.Inputs = "Transpose", []string{l.ReshapeTo(matrix, append(dims[1:], dims[0])...)}
		shown.Attributes = []graphs.Attribute{graphs.Ints("perm", batchFirst(len(dims))...)}
	}
	l.Append(shown)
	return name
}

// matrix returns a value N×C×… as C×(…·N).
func (l *batchLast) matrix(name string) string {
	if l.matrices[name] == "" {
		x, shape := name, l.Shape(name)
		if !isOne(shape[0]) {
			x = l.Transpose(name, batchBehind(len(shape))...)
		}
		l.matrices[name] = l.ReshapeTo(x, shape[1].Size, -1)
	}
	return l.matrices[name]
}

// batchFirst is the order of axes that brings the last to the front.
func batchFirst(rank int) []int64 {
	return append([]int64{int64(rank) - 1}, passes.Span(0, int64(rank)-1)...)
}

// batchBehind is the order of axes that brings the first behind the others.
func batchBehind(rank int) []int64 { return append(passes.Span(1, int64(rank)), 0) }
