package graphs

import "maps"

// The rule of If infers graphs, hence any operator: it enters the table late to
// keep Go's order of initialisation.
func init() { inference["If"] = conditional }

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

// subgraph infers a graph that reads values around it: only those are copied,
// since a model may hold many small branches.
func (c *inferCall) subgraph(g *Graph) (Infos, error) {
	around := Infos{}
	for _, name := range g.free() {
		if info, ok := c.around[name]; ok {
			around[name] = info
		}
	}
	return InferWithin(g, around, c.opset)
}

// InferWithin is Infer for a subgraph of a model in the given operator set,
// such as a branch or the body of a loop, which reads the values around it.
// The result holds those as well.
func InferWithin(g *Graph, around Infos, opset int64) (Infos, error) {
	infos := maps.Clone(around)
	for _, v := range g.Inputs {
		infos[v.Name] = Info{Type: v.Type}
	}
	for _, t := range g.Initializers {
		infos[t.Name] = constInfo(t)
	}
	for _, n := range g.Nodes {
		if err := infos.add(n, opset); err != nil {
			return nil, err
		}
	}
	return infos, nil
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
