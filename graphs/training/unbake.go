package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// unbaking frees a graph of the batch size that an exporter wrote into it: it
// appends the nodes of the graph to one whose input has a symbolic batch, and
// lets what holds the old size follow the batch instead.
type unbaking struct {
	*graphs.Builder
	input string // the model's input, whose first dimension is the batch
	batch graphs.Dim
	own   int64             // the size that was baked in
	baked graphs.Infos      // what held of each value at that size
	parts map[string]string // initializer that was repeated for each sample → its first part
}

// unbake returns a copy of the net's graph whose input has a symbolic batch,
// which its nodes follow as far as that can be done. What then contradicts
// itself is an error that names the node.
func (net *Net) unbake(batch graphs.Dim, own int64) (*graphs.Model, error) {
	baked, err := graphs.Infer(net.Model)
	if err != nil {
		return nil, err
	}
	m := net.Model.Clone()
	m.Graph.Input(net.Input).Type.Shape[0] = batch
	nodes := m.Graph.Nodes
	m.Graph.Nodes = nil
	b, err := graphs.NewBuilder(m)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		b.Reserve(n.Outputs...)
	}
	u := &unbaking{b, net.Input, batch, own, baked, map[string]string{}}
	for _, n := range nodes {
		u.free(n)
		b.Append(n)
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	return u.renameParts(m), nil
}

// free changes the inputs of n where they hold the old batch size.
func (u *unbaking) free(n *graphs.Node) {
	for i := range n.Inputs {
		u.once(n, i)
	}
	switch n.StandardOp() {
	case "Reshape":
		u.freeReshape(n)
	case "Expand":
		u.freeExpand(n)
	case "Tile":
		u.freeTile(n)
	case "Resize":
		u.freeResize(n)
	case "Concat":
		u.freeConcat(n)
	case "Gather":
		u.freeGather(n)
	}
}

// freeReshape leaves the size of the dimension that gets the batch to be
// inferred.
func (u *unbaking) freeReshape(n *graphs.Node) {
	target := u.Info(n.Input(1)).Value
	before, after := u.baked[n.Input(0)].Shape, u.baked[n.Outputs[0]].Shape
	from := slices.IndexFunc(u.Shape(n.Input(0)), isOpen)
	if from < 0 || !before.IsStatic() || !after.IsStatic() || len(target) != len(after) {
		return
	}
	to := batchAxis(before.Dims(), after.Dims(), from, u.own)
	if to < 0 {
		return
	}
	if e := target[to]; !e.Known || e.Int == -1 || e.Int == 0 && to == from {
		return // follows the batch as it is
	}
	dims := after.Dims()
	dims[to] = -1
	n.DropAttr("allowzero")
	n.Inputs[1] = u.Ints(dims...)
}

// isOpen reports a dimension that depends on the batch.
func isOpen(d graphs.Dim) bool { return !d.IsKnown() }

// batchAxis tells which axis of after has the batch, which is the outermost
// factor of axis from of before, when the one is reshaped to the other; −1
// where none can have it. An axis that begins with the batch is preferred to
// one where it comes after other axes.
func batchAxis(before, after []int64, from int, batch int64) int {
	if batch < 1 || elements(before) == 0 {
		return -1
	}
	outer, inner := elements(before[:from]), elements(before[from:])/batch
	for i, d := range after {
		if elements(after[:i]) == outer && d%batch == 0 {
			return i
		}
	}
	for i, d := range after {
		rest := elements(after[i+1:])
		if inner%rest == 0 && d*rest%(batch*inner) == 0 {
			return i
		}
	}
	return -1
}

func elements(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}

// freeExpand leaves dimensions that x has itself to x, and gives x the batch
// where it was to be repeated for each sample.
func (u *unbaking) freeExpand(n *graphs.Node) {
	x, target := u.Shape(n.Input(0)), u.sizes(n.Input(1))
	open := slices.IndexFunc(x, isOpen)
	switch {
	case target == nil || len(x) > len(target):
	case open >= 0:
		target[open+len(target)-len(x)] = 1
		n.Inputs[1] = u.Ints(target...)
	case u.own > 1 && target[0] == u.own:
		n.Inputs[1] = u.follow(target[1:])
	}
}

// freeTile gives x the batch where it was to be repeated for each sample.
func (u *unbaking) freeTile(n *graphs.Node) {
	repeats := u.sizes(n.Input(1))
	if u.own > 1 && len(repeats) > 0 && repeats[0] == u.own && !slices.ContainsFunc(u.Shape(n.Input(0)), isOpen) {
		n.Inputs[1] = u.follow(repeats[1:])
	}
}

// freeResize lets the first of the sizes that x is resized to follow the
// batch.
func (u *unbaking) freeResize(n *graphs.Node) {
	x, sizes := u.Shape(n.Input(0)), u.sizes(n.Input(3))
	if len(x) > 0 && x[0].Equals(u.batch) && len(sizes) == len(x) {
		n.Inputs[3] = u.follow(sizes[1:])
	}
}

// freeConcat expands what is there once for all samples and joined to what is
// there for each.
func (u *unbaking) freeConcat(n *graphs.Node) {
	if !u.leadingDim(n).Equals(u.batch) || n.Int("axis", 0) == 0 {
		return
	}
	for i, name := range n.Inputs {
		if s := u.Shape(name); s.IsStatic() && len(s) > 0 && s[0] == graphs.Known(1) {
			n.Inputs[i] = u.Expand(name, u.follow(s.Dims()[1:]))
		}
	}
}

// freeGather picks the same elements of each sample where those of all were
// picked at once, out of the batch laid flat: so exporters write strided views.
func (u *unbaking) freeGather(n *graphs.Node) {
	x, picked := u.Shape(n.Input(0)), u.Info(n.Input(1)).Const
	flat := u.baked[n.Input(0)].Shape
	if len(x) != 1 || !isOpen(x[0]) || !flat.IsStatic() || picked == nil || len(picked.Dims) < 2 || picked.Dims[0] != u.own || u.own < 1 {
		return
	}
	size, all := flat[0].Size/u.own, picked.Ints()
	one := all[:len(all)/int(u.own)]
	for i, at := range all {
		if sample := int64(i / len(one)); at-sample*size != one[i%len(one)] || one[i%len(one)] < 0 || one[i%len(one)] >= size {
			return
		}
	}
	n.Inputs[0] = u.ReshapeTo(n.Inputs[0], -1, size)
	n.Inputs[1] = u.Const(graphs.NewInts("", picked.Dims[1:], one))
	n.SetAttr(graphs.Int("axis", 1))
}

// sizes returns the elements of an integer vector, nil unless all are known.
func (u *unbaking) sizes(name string) []int64 {
	sizes, _ := u.Info(name).Ints()
	if len(sizes) == 0 || name == "" {
		return nil
	}
	return sizes
}

// follow returns the batch size at run time, and the given sizes after it.
func (u *unbaking) follow(rest []int64) string {
	size := u.Gather(u.Op("Shape", []string{u.input}), u.Ints(0), 0)
	return u.Op("Concat", []string{size, u.Ints(rest...)}, graphs.Int("axis", 0))
}

// leadingDim returns the first dimension of n's result if it depends on the
// batch: that of an input of the result's rank.
func (u *unbaking) leadingDim(n *graphs.Node) graphs.Dim {
	rank := len(u.baked[n.Outputs[0]].Shape)
	for _, name := range n.Inputs {
		if s := u.Shape(name); len(s) == rank && rank > 0 && isOpen(s[0]) {
			return s[0]
		}
	}
	return graphs.Dim{}
}
