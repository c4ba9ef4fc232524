package graphs

import (
	"maps"
	"slices"
)

// These rules infer graphs, hence any operator: they enter the table late to
// keep Go's order of initialisation.
func init() { inference["If"], inference["Loop"], inference["Scan"] = conditional, loop, scan }

// conditional infers If: what both branches agree on, or the branch that a
// known condition chooses.
func conditional(c *inferCall) ([]Info, error) {
	branches := []string{"then_branch", "else_branch"}
	switch e := c.input(0).scalar(); {
	case e.Known && e.Int != 0:
		branches = branches[:1]
	case e.Known:
		branches = branches[1:]
	}
	var out []Info
	for i, name := range branches {
		a := c.node.Attr(name)
		if a == nil || a.Graph == nil {
			return nil, nil
		}
		infos, err := c.subgraph(a.Graph)
		if err != nil {
			return nil, err
		}
		for j, v := range a.Graph.Outputs {
			switch {
			case i == 0:
				out = append(out, infos[v.Name])
			case j < len(out):
				out[j] = Info{Type: commonType(out[j].Type, infos[v.Name].Type)}
			}
		}
	}
	return out, nil
}

// loop infers Loop: the final states, and every turn's further results stacked.
func loop(c *inferCall) ([]Info, error) {
	body := c.body()
	if body == nil || len(c.in) < 2 || len(body.Inputs) != len(c.in) || len(body.Outputs) < len(c.in)-1 {
		return nil, nil
	}
	turn := []Type{{Elem: Int64, Shape: Shape{}}, {Elem: Bool, Shape: Shape{}}}
	out, err := c.turns(body, turn, c.in[2:], nil, 1)
	for i := len(c.in) - 2; i < len(out); i++ {
		out[i].Type = stacked(out[i].Type, UnknownDim, 0)
	}
	return out, err
}

// scan infers Scan, as it is since opset 9: the final states, and every turn's
// further results stacked.
func scan(c *inferCall) ([]Info, error) {
	if c.opset < 9 {
		return nil, nil
	}
	body, elements := c.body(), int(c.node.Int("num_scan_inputs", 0))
	states := len(c.in) - elements
	if body == nil || elements < 1 || states < 0 || len(body.Inputs) != len(c.in) || len(body.Outputs) < states {
		return nil, nil
	}
	length, axes := UnknownDim, c.node.Ints("scan_input_axes")
	var parts []Type
	for i, x := range c.in[states:] {
		part := Type{Elem: x.Elem}
		if x.Shape != nil {
			a, err := axis(nth(axes, i), len(x.Shape))
			if err != nil {
				return nil, err
			}
			length, part.Shape = x.Shape[a], slices.Delete(slices.Clone(x.Shape), a, a+1)
		}
		parts = append(parts, part)
	}
	out, err := c.turns(body, nil, c.in[:states], parts, 0)
	for i := states; i < len(out); i++ {
		out[i].Type = stacked(out[i].Type, length, nth(c.node.Ints("scan_output_axes"), i-states))
	}
	return out, err
}

// body is the graph that a Loop or Scan repeats, nil where there is none.
func (c *inferCall) body() *Graph {
	if a := c.node.Attr("body"); a != nil {
		return a.Graph
	}
	return nil
}

// nth is element i of a list that may be left out, 0 then.
func nth(list []int64, i int) int64 {
	if i < len(list) {
		return list[i]
	}
	return 0
}

// turns infers the body of a Loop or Scan, which reads before, the states and
// after, and gives skip results, then the states and others: what holds of them
// in every turn.
func (c *inferCall) turns(body *Graph, before []Type, states []Info, after []Type, skip int) ([]Info, error) {
	carried := make([]Type, len(states))
	for i, s := range states {
		carried[i] = s.Type
	}
	out := make([]Info, len(body.Outputs)-skip)
	for left := attempts(body); left > 0; left-- {
		infos, err := c.subgraph(body, slices.Concat(before, carried, after)...)
		if err != nil {
			return nil, err
		}
		settled := true
		for i, v := range body.Outputs[skip:] {
			out[i] = Info{Type: infos[v.Name].Type}
			if i < len(carried) {
				both := commonType(carried[i], out[i].Type)
				settled = settled && both.Elem == carried[i].Elem && sameShape(both.Shape, carried[i].Shape)
				carried[i], out[i].Type = both, both
			}
		}
		if settled {
			return out, nil
		}
	}
	for i := range out {
		out[i].Shape = nil
	}
	return out, nil
}

// attempts is how often to infer the body of a loop to find what holds in every
// turn: each time something is forgotten. Loops in loops get one, so that many of
// them do not take for ever.
func attempts(body *Graph) int {
	if hasLoop(body) {
		return 1
	}
	return 4
}

func hasLoop(g *Graph) bool {
	return slices.ContainsFunc(g.Nodes, func(n *Node) bool {
		inside := n.Subgraphs()
		return len(inside) > 0 && n.Op != "If" || slices.ContainsFunc(inside, hasLoop)
	})
}

// sameShape reports the same knowledge of a shape, where a rank of 0 is not an
// unknown one.
func sameShape(a, b Shape) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

// stacked is the type of length tensors of type t side by side along a new
// axis. A body may not say how large they are.
func stacked(t Type, length Dim, at int64) Type {
	if t.Shape == nil {
		return t
	}
	if at < 0 {
		at += int64(len(t.Shape)) + 1
	}
	if at < 0 || at > int64(len(t.Shape)) {
		return Type{Elem: t.Elem}
	}
	return Type{t.Elem, slices.Insert(slices.Clone(t.Shape), int(at), length)}
}

// subgraph infers a graph that reads values around it, of which only those are
// copied, since a model may hold many small branches, and inputs of the given
// types.
func (c *inferCall) subgraph(g *Graph, inputs ...Type) (Infos, error) {
	infos := Infos{}
	for _, name := range g.free() {
		if info, ok := c.around[name]; ok {
			infos[name] = info
		}
	}
	for i, t := range inputs {
		if t.Elem == Undefined {
			t.Elem = g.Inputs[i].Type.Elem
		}
		infos[g.Inputs[i].Name] = Info{Type: t}
	}
	return infos, infos.addGraph(g, c.opset)
}

// InferWithin is Infer for a subgraph of a model in the given operator set,
// such as a branch or the body of a loop, which reads the values around it.
// The result holds those as well.
func InferWithin(g *Graph, around Infos, opset int64) (Infos, error) {
	infos := maps.Clone(around)
	for _, v := range g.Inputs {
		infos[v.Name] = Info{Type: v.Type}
	}
	return infos, infos.addGraph(g, opset)
}

// addGraph infers the values of a subgraph from what is known of its inputs
// and of the values around it.
func (infos Infos) addGraph(g *Graph, opset int64) error {
	for _, t := range g.Initializers {
		if g.Input(t.Name) == nil { // else it is what the input may be, not what it is
			infos[t.Name] = constInfo(t)
		}
	}
	for _, n := range g.Nodes {
		if err := infos.add(n, opset); err != nil {
			return err
		}
	}
	return nil
}

// commonType is what is true of both types.
func commonType(a, b Type) Type {
	if a.Elem != b.Elem {
		a.Elem = Undefined
	}
	if a.Shape == nil || len(a.Shape) != len(b.Shape) {
		return Type{Elem: a.Elem}
	}
	shape := make(Shape, len(a.Shape))
	for i, d := range a.Shape {
		if shape[i] = d; d != b.Shape[i] {
			shape[i] = UnknownDim
		}
	}
	return Type{a.Elem, shape}
}
