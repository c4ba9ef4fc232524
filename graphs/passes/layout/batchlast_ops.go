package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// hold appends what computes n on matrices; false leaves the node as it is.
func (l *batchLast) hold(n *graphs.Node) bool {
	switch x := n.Input(0); {
	case len(n.Outputs) != 1:
		return false
	case l.isElementwise(n):
		return l.holdElementwise(n)
	case l.held[n.Outputs[0]] && l.bringsFirst(n):
		return l.as(n, l.ReshapeTo(l.show(x), l.Shape(n.Outputs[0])[1].Size, -1))
	case l.held[x] && l.bringsBehind(n):
		l.Append(&graphs.Node{Op: "Reshape", Inputs: []string{l.matrix(x), l.ShapeOf(n.Outputs[0])}, Outputs: n.Outputs})
		return true
	case l.held[n.Outputs[0]] && l.bringsPlacesBehind(n):
		return l.as(n, l.ofPlaces(n))
	case l.held[x] && l.bringsPlacesFirst(n):
		l.Append(l.toPlaces(n))
		return true
	case l.held[x] && l.isView(n):
		return l.as(n, l.matrix(x))
	case l.held[x] && l.cutsPlanes(n):
		return l.as(n, l.cut(n))
	case l.held[x] && l.reducesBatch(n):
		return l.holdReduction(n)
	}
	return false
}

// isPlanes reports whether a value is N×C×…, of known sizes.
func (l *batchLast) isPlanes(name string) bool {
	s := l.Shape(name)
	return len(s) >= 3 && isSized(s)
}

// orders reports whether n is a Transpose in an order of axes, of planes or to them.
func (l *batchLast) orders(n *graphs.Node, planes string, order func(rank int) []int64) bool {
	rank := len(l.Shape(planes))
	return n.StandardOp() == "Transpose" && l.isPlanes(planes) && slices.Equal(passes.Permutation(n, rank), order(rank))
}

// bringsFirst reports whether n makes planes of such with the batch last.
func (l *batchLast) bringsFirst(n *graphs.Node) bool { return l.orders(n, n.Output(0), batchFirst) }

// bringsBehind reports whether n brings the batch of planes behind them.
func (l *batchLast) bringsBehind(n *graphs.Node) bool { return l.orders(n, n.Input(0), batchBehind) }

// bringsPlacesFirst reports whether n brings the places of planes in front of
// samples and channels, bringsPlacesBehind whether it makes planes of such.
func (l *batchLast) bringsPlacesFirst(n *graphs.Node) bool {
	return l.orders(n, n.Input(0), func(rank int) []int64 { return rotated(rank, 2) })
}

func (l *batchLast) bringsPlacesBehind(n *graphs.Node) bool {
	return l.orders(n, n.Output(0), func(rank int) []int64 { return rotated(rank, int64(rank)-2) })
}

// rotated is the order of axes that begins with one, goes on to the last and
// then to those before.
func rotated(rank int, first int64) []int64 {
	return append(passes.Span(first, int64(rank)), passes.Span(0, first)...)
}

// planesOf returns planes that are held as C×…×N.
func (l *batchLast) planesOf(name string) string {
	shape := l.Shape(name)
	return l.ReshapeTo(l.matrix(name), append(shape[1:].Dims(), shape[0].Size)...)
}

// toPlaces makes …×N×C of the matrix of planes, in place of n.
func (l *batchLast) toPlaces(n *graphs.Node) *graphs.Node {
	x := l.planesOf(n.Input(0))
	rank := len(l.Shape(x))
	return &graphs.Node{Op: "Transpose", Inputs: []string{x}, Outputs: n.Outputs, Attributes: []graphs.Attribute{graphs.Ints("perm", rotated(rank, 1)...)}}
}

// ofPlaces makes the matrix of planes of their …×N×C.
func (l *batchLast) ofPlaces(n *graphs.Node) string {
	x := l.show(n.Input(0))
	rank := len(l.Shape(x))
	return l.ReshapeTo(l.Transpose(x, rotated(rank, int64(rank)-1)...), l.Shape(x)[rank-1].Size, -1)
}

// isView reports whether n gives the places of planes another shape.
func (l *batchLast) isView(n *graphs.Node) bool {
	x, y := n.Input(0), n.Output(0)
	return passes.IsReshape(n) && l.isPlanes(x) && l.isPlanes(y) && l.Shape(x)[:2].Equals(l.Shape(y)[:2])
}

// cutsPlanes reports whether n cuts planes along their own axes.
func (l *batchLast) cutsPlanes(n *graphs.Node) bool {
	x := n.Input(0)
	if n.StandardOp() != "Slice" || !l.isPlanes(x) || !l.isPlanes(n.Output(0)) {
		return false
	}
	axes := l.Info(n.Input(3)).Const
	return axes != nil && !slices.ContainsFunc(axes.Ints(), func(a int64) bool { return a < 2 })
}

// cut cuts planes as C×…×N.
func (l *batchLast) cut(n *graphs.Node) string {
	axes := l.Info(n.Input(3)).Const
	moved := make([]float64, axes.Len())
	for i := range moved {
		moved[i] = axes.At(i) - 1
	}
	inputs := slices.Clone(n.Inputs)
	inputs[0] = l.planesOf(n.Input(0))
	inputs[3] = l.Const(graphs.NewTensor("", axes.Type, axes.Dims, moved)) // of the type of the others
	return l.ReshapeTo(l.Op("Slice", inputs), l.Shape(n.Input(0))[1].Size, -1)
}

// reducesBatch reports whether n reduces planes over all axes but the channels.
func (l *batchLast) reducesBatch(n *graphs.Node) bool {
	x := n.Input(0)
	return slices.Contains(reductions, n.StandardOp()) && l.isPlanes(x) && passes.OverBatch(passes.ReducedAxes(l.Builder, n), len(l.Shape(x)))
}

// reductions are those that take elements in any order.
var reductions = []string{"ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare"}

// holdReduction reduces the rows of a matrix.
func (l *batchLast) holdReduction(n *graphs.Node) bool {
	inputs := []string{l.matrix(n.Input(0)), l.Ints(1)}
	if n.Int("keepdims", 1) != 0 {
		return l.as(n, l.Op(n.Op, inputs, n.Attributes...))
	}
	n.Inputs = inputs
	l.Append(n)
	return true
}

// isElementwise reports whether n computes planes of operands that matrices can
// stand for.
func (l *batchLast) isElementwise(n *graphs.Node) bool {
	y := n.Output(0)
	return slices.Contains(elementwise, n.StandardOp()) && l.isPlanes(y) &&
		!slices.ContainsFunc(n.Inputs, func(in string) bool { return roleOf(l.Builder, in, l.Shape(y)) == unknown })
}

// holdElementwise computes on matrices what is to be held, and what is made of
// statistics of it.
func (l *batchLast) holdElementwise(n *graphs.Node) bool {
	y := n.Outputs[0]
	shape := l.Shape(y)
	isHidden := func(in string) bool { return l.hidden[in] }
	isPerSample := func(in string) bool { return roleOf(l.Builder, in, shape) == perSample }
	if !l.held[y] && !(isStatistic(shape) && slices.ContainsFunc(n.Inputs, isHidden)) {
		return false
	}
	apart := slices.ContainsFunc(n.Inputs, isPerSample)
	inputs := make([]string, len(n.Inputs))
	for i, in := range n.Inputs {
		inputs[i] = l.operand(in, shape)
		if apart {
			inputs[i] = l.samplesApart(inputs[i], roleOf(l.Builder, in, shape), shape)
		}
	}
	matrix := l.Op(n.Op, inputs, n.Attributes...)
	if apart {
		matrix = l.ReshapeTo(matrix, shape[1].Size, -1)
	}
	return l.as(n, matrix)
}

// isStatistic reports whether a shape is 1×C×1×….
func isStatistic(shape graphs.Shape) bool {
	return isOne(shape[0]) && areOnes(shape[2:])
}

// operand returns an operand beside planes as a matrix C×(…·N), C×N or C×1, or
// as one element.
func (l *batchLast) operand(name string, planes graphs.Shape) string {
	r, rank := roleOf(l.Builder, name, planes), len(l.Shape(name))
	switch {
	case r == lone && rank <= 2:
		return l.show(name)
	case r == lone:
		return l.ReshapeTo(l.show(name), 1)
	case rank < len(planes):
		return l.ReshapeTo(l.show(name), planes[1].Size, 1)
	}
	return l.matrix(name)
}

// samplesApart returns an operand as C×…×N, C×1×N or C×1×1.
func (l *batchLast) samplesApart(matrix string, r role, planes graphs.Shape) string {
	channels, batch := planes[1].Size, planes[0].Size
	switch r {
	case whole, perSample:
		return l.ReshapeTo(matrix, channels, -1, batch)
	case perChannel:
		return l.ReshapeTo(matrix, channels, 1, 1)
	}
	return matrix
}
