package training

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// stepInputs is the number of a step graph's inputs that are not carried: the
// model's own, label, lr and t.
const stepInputs = 4

// ownInputs is the number of a body's inputs that are the Loop's, not carried.
const ownInputs = 2

// The step's names inside the Loop begin alike, and so do those of what a turn
// adds to it, which keeps them apart from each other and from those outside.
const (
	bodyPrefix = "step/"
	turnPrefix = "turn/"
	turnNumber = turnPrefix + "number"
	samples    = turnPrefix + "samples"
	goOn       = "loop/continue"
)

func inside(name string) string {
	if name == "" {
		return ""
	}
	return bodyPrefix + name
}

// body is one turn: the batch is taken from the data, then follows the step.
//
// What a Loop itself tells its body, the number of the turn and whether to go
// on, lies in host memory. A GPU that read or wrote either would have to finish
// its work first, every time; so the body counts for itself, and always goes on.
func (t *turn) body(batch []*graphs.Node) *graphs.Graph {
	truth := graphs.Type{Elem: graphs.Bool, Shape: graphs.Shape{}}
	number := graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{}}
	g := &graphs.Graph{
		Name: "step",
		Inputs: []*graphs.Value{
			{Name: turnPrefix + "iteration", Type: number}, {Name: turnPrefix + "continue", Type: truth},
			{Name: turnNumber, Type: number},
		},
		Outputs: []*graphs.Value{{Name: turnPrefix + "go on", Type: truth}, {Name: turnPrefix + "next.number", Type: number}},
		Initializers: []*graphs.Tensor{
			graphs.NewTensor(turnPrefix+"go on", graphs.Bool, nil, []float64{1}), graphs.NewInts(turnPrefix+"one", nil, []int64{1}),
		},
		Nodes: append(batch,
			node("Gather", inside(LabelInput), LabelsInput, samples),
			node("Gather", inside(RateInput), RateInput, turnNumber),
			node("Add", inside(StepInput), StepInput, turnNumber),
			node("Add", turnPrefix+"next.number", turnNumber, turnPrefix+"one"),
		),
	}
	for _, v := range t.carried() {
		g.Inputs = append(g.Inputs, &graphs.Value{Name: inside(v.Name), Type: v.Type})
		g.Outputs = append(g.Outputs, &graphs.Value{Name: inside(nextPrefix + v.Name), Type: v.Type})
	}
	for _, v := range t.step.Graph.Outputs[:2] { // loss and correct
		g.Outputs = append(g.Outputs, &graphs.Value{Name: inside(v.Name), Type: v.Type})
	}
	t.copyStep(g)
	return g
}

// node is one application of an operator to values and constants.
func node(op, output string, inputs ...string) *graphs.Node {
	return &graphs.Node{Op: op, Inputs: inputs, Outputs: []string{output}}
}

// castNode converts a value to another type.
func castNode(output, input string, to graphs.DType) *graphs.Node {
	n := node("Cast", output, input)
	n.Attributes = []graphs.Attribute{graphs.Int("to", int64(to))}
	return n
}

// copyStep appends the step's nodes and constants under their inside names.
func (t *turn) copyStep(g *graphs.Graph) {
	for _, tensor := range t.step.Graph.Initializers {
		if t.step.Graph.Input(tensor.Name) != nil {
			continue // carried
		}
		named := *tensor
		named.Name = inside(tensor.Name)
		g.Initializers = append(g.Initializers, &named)
	}
	names := map[string]string{}
	for _, v := range t.step.Graph.Inputs {
		names[v.Name] = inside(v.Name)
	}
	for _, tensor := range t.step.Graph.Initializers {
		names[tensor.Name] = inside(tensor.Name)
	}
	for _, n := range t.step.Graph.Nodes {
		for _, o := range n.Outputs {
			names[o] = inside(o)
		}
	}
	for _, n := range t.step.Graph.Nodes {
		g.Nodes = append(g.Nodes, renamed(n, names, inside(n.Name)))
	}
}

// renamed returns a copy of a node of another name that reads and makes values
// of other names.
func renamed(n *graphs.Node, names map[string]string, name string) *graphs.Node {
	c := n.Clone()
	c.Name = name
	passes.RenameReads(c, names)
	for i, o := range c.Outputs {
		if to, ok := names[o]; ok {
			c.Outputs[i] = to
		}
	}
	return c
}
