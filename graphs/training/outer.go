package training

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// outer is the graph around the turns in the making.
type outer struct {
	*turn
	graph *graphs.Graph
	whole map[string]string // bundles put together so far
}

// Names of the outer graph's own values begin alike.
const outerPrefix = "loop/"

// form is how turns carry parameters p and their momentum v: as something else
// than the caller knows.
type form interface {
	// scales reports whether p is carried as something else, too.
	scales() bool
	// enter returns what the turns begin with for v.
	enter(o *outer, slot, v string, p func() string) string
	// begin is called before what leaves; scale is what the turns leave of the
	// value that the form carries for itself, "" for none.
	begin(o *outer, scale string)
	// leaveParameter and leaveMomentum make p and v, called to, of what the
	// turns leave of them.
	leaveParameter(o *outer, to, p string)
	leaveMomentum(o *outer, to, v, p string)
}

// around returns what makes a graph around the turns.
func (t *turn) around(g *graphs.Graph) *outer {
	return &outer{turn: t, graph: g, whole: map[string]string{}}
}

func (o *outer) add(n *graphs.Node) { o.graph.Nodes = append(o.graph.Nodes, n) }

// constant returns the name of a constant of the outer graph.
func (o *outer) constant(t *graphs.Tensor) string {
	if o.graph.Initializer(t.Name) == nil {
		o.graph.Initializers = append(o.graph.Initializers, t)
	}
	return t.Name
}

// enter returns the value with which the Loop begins to carry name.
func (o *outer) enter(name string) string {
	from := name
	if members := o.held[name]; members != nil {
		from = o.join(name, members)
	} else if o.isScale(name) {
		one := *o.step.Graph.Initializer(name)
		one.Name = outerPrefix + name
		return o.constant(&one)
	}
	p := o.parameterOf(name)
	if o.form == nil || p == "" {
		return from
	}
	return o.form.enter(o, name, from, func() string { return o.enter(p) })
}

// left is the name of what the Loop returns for name: the outer graph's own
// output where that needs no further form.
func (o *outer) left(name string) string {
	if o.held[name] != nil || o.isScale(name) || o.formed(name) {
		return outerPrefix + nextPrefix + name
	}
	return nextPrefix + name
}

// leaveAll brings all that is carried into the caller's form; left tells the
// names of what the turns leave.
func (o *outer) leaveAll(left func(name string) string) {
	if o.form != nil {
		scale := ""
		if len(o.scales) > 0 {
			scale = left(o.scales[0])
		}
		o.form.begin(o, scale)
	}
	for _, v := range o.carried() {
		if !o.isScale(v.Name) {
			o.leave(v.Name, left)
		}
	}
}

// leave brings what the turns leave of name into the caller's form.
func (o *outer) leave(name string, left func(name string) string) {
	value, to := left(name), nextPrefix+name
	members := o.held[name]
	if members != nil {
		to = outerPrefix + "whole/" + name
	}
	p := o.parameterOf(name)
	switch {
	case o.formed(name) && p != "":
		o.form.leaveMomentum(o, to, value, left(p))
	case o.formed(name):
		o.form.leaveParameter(o, to, value)
	case members != nil:
		to = value
	case value != to:
		o.add(node("Identity", to, value))
	}
	if members != nil {
		o.cut(name, to, members)
	}
}

// parameterOf returns the parameter whose momentum a carried value is, "" when
// it is none.
func (t *turn) parameterOf(name string) string {
	for _, p := range t.inner.Parameters {
		for _, suffix := range t.opt.Slots() {
			if name == p.Name+suffix {
				return p.Name
			}
		}
	}
	return ""
}

// isScale reports whether the body carries name for the update alone.
func (o *outer) isScale(name string) bool { return slices.Contains(o.scales, name) }

// formed reports whether the body carries something else than the caller's name.
func (o *outer) formed(name string) bool {
	if o.form == nil {
		return false
	}
	isParameter := slices.ContainsFunc(o.inner.Parameters, func(p Parameter) bool { return p.Name == name })
	return o.parameterOf(name) != "" || isParameter && o.form.scales()
}

// join appends the nodes that put tensors into one strip, or one into a matrix.
func (o *outer) join(name string, members []*graphs.Tensor) string {
	if whole := o.whole[name]; whole != "" {
		return whole
	}
	if o.isAlone(name) {
		o.whole[name] = o.transposed(members[0])
		return o.whole[name]
	}
	shape := o.constant(graphs.NewInts(outerPrefix+"strip", []int64{int64(o.rank)}, o.dims(-1)))
	joined := &graphs.Node{Op: "Concat", Outputs: []string{outerPrefix + name}, Attributes: []graphs.Attribute{o.along()}}
	for _, t := range members {
		from := t.Name
		if o.rows[t.Name] > 0 {
			from = o.transposed(t)
		}
		o.add(node("Reshape", outerPrefix+"strip/"+t.Name, from, shape))
		joined.Inputs = append(joined.Inputs, outerPrefix+"strip/"+t.Name)
	}
	o.add(joined)
	o.whole[name] = joined.Outputs[0]
	return joined.Outputs[0]
}

// transposed appends the nodes that transpose a tensor.
func (o *outer) transposed(t *graphs.Tensor) string {
	matrix := o.matrix(-1, o.rows[t.Name])
	o.add(node("Reshape", outerPrefix+"rows/"+t.Name, t.Name, matrix))
	o.add(node("Transpose", outerPrefix+"transposed/"+t.Name, outerPrefix+"rows/"+t.Name))
	return outerPrefix + "transposed/" + t.Name
}

// matrix is the shape of a matrix.
func (o *outer) matrix(rows, columns int64) string {
	return o.constant(graphs.NewInts(fmt.Sprintf("%smatrix %d×%d", outerPrefix, rows, columns), []int64{2}, []int64{rows, columns}))
}

// cut appends the nodes that take tensors out of one strip again, or one out of
// a matrix.
func (o *outer) cut(name, value string, members []*graphs.Tensor) {
	if o.isAlone(name) {
		o.cutOne(members[0], value)
		return
	}
	sizes := o.constant(graphs.NewInts(outerPrefix+"sizes/"+name, []int64{int64(len(members))}, lengths(members)))
	split := node("Split", "", value, sizes)
	split.Outputs, split.Attributes = nil, []graphs.Attribute{o.along()}
	o.add(split)
	for _, t := range members {
		piece := outerPrefix + "piece/" + t.Name
		split.Outputs = append(split.Outputs, piece)
		if length := o.rows[t.Name]; length > 0 {
			o.add(node("Reshape", outerPrefix+"transposed piece/"+t.Name, piece, o.matrix(length, -1)))
			piece = outerPrefix + "transposed piece/" + t.Name
		}
		o.cutOne(t, piece)
	}
}

// cutOne appends the nodes that give a tensor its own shape, once it is transposed
// back.
func (o *outer) cutOne(t *graphs.Tensor, piece string) {
	if o.rows[t.Name] > 0 {
		o.add(node("Transpose", outerPrefix+"back/"+t.Name, piece))
		piece = outerPrefix + "back/" + t.Name
	}
	shape := o.constant(graphs.NewInts(outerPrefix+"shape/"+t.Name, []int64{int64(len(t.Dims))}, t.Dims))
	o.add(node("Reshape", nextPrefix+t.Name, piece, shape))
}
