package graphtest

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

func intsValue(v []int64) *eval.Value { return eval.Ints([]int{len(v)}, v...) }

func scalarValue(elem graphs.DType, v float64) *eval.Value {
	return eval.FromTensor(graphs.NewTensor("", elem, nil, []float64{v}))
}

// branches appends an If whose branches read values of the outer graph, one
// of them in a branch of its own.
func (g *generator) branches() {
	condition := g.b.Greater(g.b.ReduceSum("x0", false), g.b.Scalar(graphs.Float32, 0))
	inner := branch("inner", node("Exp", []string{"x0"}), "if.inner")
	nested := &graphs.Node{Op: "If", Inputs: []string{condition}, Outputs: []string{""}, Attributes: []graphs.Attribute{
		graphs.Subgraph("then_branch", inner), graphs.Subgraph("else_branch", branch("other", node("Identity", []string{"x0"}), "if.other")),
	}}
	name := g.b.Fresh("if")
	g.b.Append(&graphs.Node{Op: "If", Inputs: []string{condition}, Outputs: []string{name}, Attributes: []graphs.Attribute{
		graphs.Subgraph("then_branch", branch("then", node("Neg", []string{g.float()}), "if.then")),
		graphs.Subgraph("else_branch", branch("else", nested, "if.else")),
	}})
	out, err := eval.Run(g.s.Model, g.s.Feeds, name)
	if err != nil {
		panic("graphtest: " + err.Error())
	}
	g.s.Values[name] = out[name]
	g.pool = append(g.pool, name)
}

// float chooses a value of floating type.
func (g *generator) float() string {
	for range 4 {
		if x := g.any(); g.b.Elem(x).IsFloat() {
			return x
		}
	}
	return "x0"
}

func branch(name string, n *graphs.Node, output string) *graphs.Graph {
	n.Outputs[0] = output
	return &graphs.Graph{Name: name, Nodes: []*graphs.Node{n}, Outputs: []*graphs.Value{{Name: output}}}
}
